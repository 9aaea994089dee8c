"""The keeper of one embedded server: starts it, restarts it, and ends it with its last user.

    python -m pricebook.config.embedded.keeper {postgres|valkey} HOME LOCK

LOCK is the inherited descriptor of the keeper's lock, which makes this the only keeper. The
keeper imports nothing but the standard library, so that it is there at once.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pricebook.config.embedded.postgres import Postgres
from pricebook.config.embedded.service import SERVER_ENVIRONMENT, Service, ServicesError
from pricebook.config.embedded.valkey import Valkey
from pricebook.config.processes import SignalInbox, last_lines, open_lock, spawn, try_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOOK_SECONDS = 0.25
# So many ends of its own accord, each soon after a start, and the server is taken for broken.
_FAILURES = 5
_SOON_SECONDS = 5.0


class Server:
    """The running server of a service; `keep_running` is called again and again."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._process: subprocess.Popen[bytes] | None = None
        # By the monotonic clock; 0 before the first start.
        self._started = 0.0
        self._failures = 0

    def keep_running(self) -> None:
        """Start the server unless it runs; raise ServicesError when it ends again and again."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            self._count_failure(code)
        self._start()

    def stop(self) -> None:
        """End the server, first politely; returns when every process of it is gone."""
        for step in self._service.stop_steps:
            if self._process is None:
                break
            self._process.send_signal(step.signal)
            try:
                self._process.wait(step.seconds)
            except subprocess.TimeoutExpired:
                continue
            self._process = None
        if self._started:
            self._service.remove_socket_folder()

    def _count_failure(self, code: int) -> None:
        soon = time.monotonic() - self._started < _SOON_SECONDS
        # Below zero a signal ended it: that says nothing about the next start.
        self._failures = self._failures + 1 if code > 0 and soon else 0
        if self._failures == _FAILURES:
            log = self._service.log
            msg = f"{log} ends with:\n{last_lines(log)}"
            raise ServicesError(msg)

    def _start(self) -> None:
        # Sessions of a killed PostgreSQL live on for a moment, and hold the lock, as they hold
        # the shared memory. While they do, the next call tries again.
        lock = try_lock(self._service.process_lock)
        if lock is None:
            return
        try:
            self._service.prepare()
            self._process = spawn(
                self._service.command(),
                self._service.log,
                orphan_signal=self._service.orphan_signal,
                descriptors=[lock],
                cwd=self._service.data,
                environment=SERVER_ENVIRONMENT,
            )
            self._started = time.monotonic()
        finally:
            os.close(lock)


def main(arguments: Sequence[str]) -> None:
    """Keep the server until nobody uses it any more, or until SIGTERM."""
    name, home, lock = arguments
    os.write(int(lock), str(os.getpid()).encode())
    signals = SignalInbox(signal.SIGTERM)
    service = {"postgres": Postgres, "valkey": Valkey}[name](Path(home))
    users = open_lock(service.users_lock)
    server = Server(service)
    try:
        server.keep_running()
        while signals.wait(_LOOK_SECONDS) is None and _has_users(users):
            server.keep_running()
    except (ServicesError, OSError) as error:
        sys.exit(f"{service.title} cannot run. {error}")
    finally:
        server.stop()


def _has_users(lock: int) -> bool:
    """Whether anyone shares the lock; if not, it is taken and new users wait for our end."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
