"""The user's side: hold the embedded servers for as long as they are needed."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import psycopg

from pricebook.config.embedded.postgres import Postgres
from pricebook.config.embedded.service import (
    Service,
    ServicesError,
    ServiceUrls,
    embedded_urls,
)
from pricebook.config.embedded.valkey import Valkey
from pricebook.config.env import make_home
from pricebook.config.processes import open_lock, open_log, try_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# PostgreSQL may have to replay up to `max_wal_size` after a crash.
_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class Hold:
    """One user's hold on one embedded server."""

    def __init__(self, service: Service, answers: Callable[[], bool]) -> None:
        self._service = service
        self._answers = answers
        self._keeper: subprocess.Popen[bytes] | None = None
        self._keeper_log_start = 0
        self._users = open_lock(service.users_lock)
        # Waits while a keeper ends the server of earlier users.
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def start(self) -> None:
        """Start a keeper unless there is one; raise ServicesError when ours gave up."""
        if self._keeper is not None and (self._keeper.poll() or 0) > 0:
            raise ServicesError(self._keeper_words())
        lock = try_lock(self._service.keeper_lock)
        if lock is None:
            return
        try:
            # The keeper writes its own id; until then nobody may take an earlier one for it.
            os.ftruncate(lock, 0)
            self._spawn_keeper(lock)
        finally:
            os.close(lock)

    def wait(self, deadline: float) -> None:
        """Return when the server answers; raise ServicesError when it does not."""
        while not self._answers():
            if time.monotonic() > deadline:
                msg = f"{self._service.title} does not answer; {self._service.log} may say why."
                raise ServicesError(msg)
            self.start()
            time.sleep(_LOOK_SECONDS)

    def release(self) -> None:
        """Let go; the last user stops the keeper and returns when the server is gone."""
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Either others use it, and this returns at once, or a keeper is ending it.
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._keeper_ended()
        else:
            self._stop_keeper()
        os.close(self._users)

    def _spawn_keeper(self, lock: int) -> None:
        words = (self._service.name, str(self._service.home), str(lock))
        with open_log(self._service.keeper_log) as log:
            self._keeper_log_start = log.tell()
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "pricebook.config.embedded.keeper", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                # Not the terminal's: Ctrl-C is for the users, the keeper follows them.
                start_new_session=True,
            )

    def _stop_keeper(self) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        told = False
        while not self._keeper_ended() and time.monotonic() < deadline:
            # Empty for the first moments of a keeper.
            pid = self._service.keeper_lock.read_text()
            if pid and not told:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)
                told = True
            time.sleep(_LOOK_SECONDS)

    def _keeper_ended(self) -> bool:
        """Whether there is no keeper any more; one of our own is then taken leave of."""
        lock = try_lock(self._service.keeper_lock)
        if lock is None:
            return False
        os.close(lock)
        if self._keeper is not None:
            self._keeper.wait()
        return True

    def _keeper_words(self) -> str:
        with self._service.keeper_log.open("rb") as log:
            log.seek(self._keeper_log_start)
            return log.read().decode(errors="replace").strip()


class Services:
    """One user's hold on what it needs: nothing where an address was given."""

    def __init__(self, urls: ServiceUrls, holds: list[Hold]) -> None:
        self.urls = urls
        self._holds = holds

    def start(self) -> None:
        """Have every server started, without waiting; also after a keeper was killed."""
        for hold in self._holds:
            hold.start()

    def wait(self) -> None:
        """Return when every server answers."""
        deadline = time.monotonic() + _START_SECONDS
        for hold in self._holds:
            hold.wait(deadline)

    def release(self) -> None:
        """Let go of every server."""
        with ExitStack() as stack:
            for hold in self._holds:
                stack.callback(hold.release)
        self._holds = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def hold_services(
    home: Path, *, database_url: str | None = None, redis_url: str | None = None
) -> Services:
    """Return a hold on the embedded servers of `home` whose address is not given; start nothing."""
    make_home(home)
    own = embedded_urls(home)
    holds = []
    if database_url is None:
        holds.append(Hold(Postgres(home), lambda: _postgres_answers(own.database_url)))
    if redis_url is None:
        holds.append(Hold(Valkey(home), lambda: _valkey_answers(own.redis_url)))
    urls = ServiceUrls(database_url or own.database_url, redis_url or own.redis_url)
    return Services(urls, holds)


def ensure_services(
    home: Path, *, database_url: str | None = None, redis_url: str | None = None
) -> Services:
    """Return a hold on servers that answer, starting those whose address is not given.

    The servers live at least until the hold is released or this process ends. Raises
    ServicesError when one cannot run.
    """
    services = hold_services(home, database_url=database_url, redis_url=redis_url)
    try:
        services.start()
        services.wait()
    except BaseException:
        services.release()
        raise
    return services


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _valkey_answers(url: str) -> bool:
    """Whether it answers PING; while it loads its data it answers with an error instead."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(urlsplit(url).path)
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
