"""The product's processes in a home of their own, to be killed: servers, worker and the rest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg

from pricebook.config.embedded.hold import Services, ensure_services
from pricebook.config.processes import dying_with_me, last_lines, spawn
from tests.integration.config.watch import keeper_pid, postgres_pid

# Short, so that a lost job is found soon; long enough for two busy cores.
_INTERVALS = {
    "PRICEBOOK_JOB_LEASE_SECONDS": "2.5",
    "PRICEBOOK_JOB_HEARTBEAT_SECONDS": "0.5",
    "PRICEBOOK_JOB_RECOVERY_SECONDS": "0.5",
    "PRICEBOOK_JOB_RESEND_SECONDS": "3",
    "PRICEBOOK_CHANGES_PLACE_SECONDS": "0.5",
    # So that a file of 20,000 new products is merged in 10 steps.
    "PRICEBOOK_IMPORT_MERGE_CHUNK": "2000",
}
# What was claimed is soon another's, what was refused soon sent again; the receivers are here.
_WEBHOOKS = {
    "PRICEBOOK_WEBHOOK_SENDER_LOST_SECONDS": "2",
    "PRICEBOOK_WEBHOOK_RETRY_SECONDS": ",".join(["0.2"] * 20),
    "PRICEBOOK_WEBHOOK_NETWORKS": "127.0.0.0/8",
    # A storm of edits comes with one key.
    "PRICEBOOK_API_RATE_PER_MINUTE": "1000000",
}
_CELERY = (sys.executable, "-m", "celery", "-A", "pricebook.config.celery")
_ROOT = Path(__file__).resolve().parents[3]
_LOOK_SECONDS = 0.005
_DATABASE_SECONDS = 60.0

_UNFINISHED = """
    SELECT id::text, queue_number, status, phase, stalled_leases, lease_token, worker, checkpoint
    FROM jobs_job WHERE status IN ('pending', 'processing') ORDER BY queue_number LIMIT 5
"""

# These files are made by chance: their prices leap, and nobody is there to approve that.
_NO_GUARDS = {
    f"PRICEBOOK_GUARD_{name}_PERCENT": "0"
    for name in ("REJECTED", "PRICES_MOVED", "DEACTIVATED", "FEWER_ROWS")
}
Answer = tuple[Any, ...]


class Stack:
    """One running product; its web and webhooks run when a test wants them."""

    def __init__(self, home: Path, services: Services) -> None:
        self.home = home
        self.url = services.urls.database_url
        self._environment = {
            **os.environ,
            **_INTERVALS,
            **_NO_GUARDS,
            **_WEBHOOKS,
            "PRICEBOOK_HOME": str(home),
            "DATABASE_URL": services.urls.database_url,
            "REDIS_URL": services.urls.redis_url,
            "SECRET_KEY": "the crash tests’ key: long enough, and no secret at all",
            "DJANGO_SETTINGS_MODULE": "pricebook.config.settings",
            "PYTHONPATH": os.pathsep.join((str(_ROOT / "src"), str(_ROOT))),
        }
        # As a supervisor holds it: who comes while web is down waits for its next start.
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._control = self._start_control()
        self._connection: psycopg.Connection[Answer] | None = None

    # --- what people do ------------------------------------------------------------------

    def ask(self, command: str, *words: str) -> Any:
        """Have a command of control.py done and return its answer."""
        assert self._control.stdin
        assert self._control.stdout
        self._control.stdin.write(json.dumps([command, *words]) + "\n")
        self._control.stdin.flush()
        answer = self._control.stdout.readline()
        assert answer, f"control.py ended at “{command}”. {self.words_of('control')}"
        return json.loads(answer)

    # --- what operators do ---------------------------------------------------------------

    def start(self, *names: str) -> None:
        """Start `worker`, `beat`, `web`, `webhooks` unless they run; a supervisor does the same."""
        for name in names:
            if name in self._running:
                if self._running[name].poll() is None:
                    continue
                self.kill(name)
            self._running[name] = spawn(
                self._command(name),
                self._log(name),
                own_group=True,
                descriptors=(self._listener.fileno(),) if name == "web" else (),
                cwd=_ROOT,
                environment=self._environment,
            )

    def kill(self, name: str) -> None:
        """End a process that was started, with its children, by SIGKILL."""
        process = self._running.pop(name)
        # The group may outlive its leader, or be gone with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def process(self, name: str) -> subprocess.Popen[bytes]:
        return self._running[name]

    def postgres_pid(self) -> int:
        return postgres_pid(self.home)

    def valkey_pid(self) -> int:
        (server,) = psutil.Process(keeper_pid(self.home, "valkey")).children()
        return server.pid

    # --- what can be seen ----------------------------------------------------------------

    def look(self, sql: LiteralString, parameters: dict[str, Any] | None = None) -> list[Answer]:
        """Return the rows of a query; waits while the database is down."""
        deadline = time.monotonic() + _DATABASE_SECONDS
        while True:
            try:
                return self._query(sql, parameters)
            except psycopg.OperationalError as error:
                self._disconnect()
                if time.monotonic() > deadline:
                    message = f"PostgreSQL stays away. {self.words_of('postgres')}"
                    raise AssertionError(message) from error
            # Each attempt costs the server a process.
            time.sleep(10 * _LOOK_SECONDS)

    def number(self, sql: LiteralString, parameters: dict[str, Any] | None = None) -> int:
        """Return the one number that a query gives."""
        ((number,),) = self.look(sql, parameters)
        return int(number)

    def wait_until(self, condition: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Return when the condition is true; fail with the logs when it does not become so."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                state = "\n".join(map(str, self.look(_UNFINISHED)))
                message = f"Not within {seconds:g} s: {what}\nUnfinished jobs:\n{state}\n"
                raise AssertionError(message + self.words_of(*self._running))
            time.sleep(_LOOK_SECONDS)

    def setting(self, name: str) -> str:
        """Return a shortened interval in seconds."""
        return (_INTERVALS | _WEBHOOKS)[f"PRICEBOOK_{name}_SECONDS"]

    def words_of(self, *names: str) -> str:
        """Return the last lines of logs, for a message to a person."""
        return "\n".join(f"{name}.log ends with:\n{last_lines(self._log(name))}" for name in names)

    # --- inside --------------------------------------------------------------------------

    def _query(self, sql: LiteralString, parameters: dict[str, Any] | None) -> list[Answer]:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=2)
        return self._connection.execute(sql, parameters).fetchall()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _command(self, name: str) -> tuple[str, ...]:
        if name == "worker":
            quiet = ("--without-gossip", "--without-mingle")
            return (*_CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet)
        if name == "webhooks":
            return (sys.executable, "-m", "pricebook.config.cli", "send_webhooks")
        if name == "web":
            gunicorn = (sys.executable, "-m", "gunicorn", "-c", "python:pricebook.config.gunicorn")
            return (*gunicorn, "--bind", f"fd://{self._listener.fileno()}", "--workers", "2")
        return (*_CELERY, "beat", "--schedule", str(self.home / "beat-schedule"))

    def _log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def _start_control(self) -> subprocess.Popen[str]:
        with self._log("control").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.integration.crash.control"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=_ROOT,
                env=self._environment,
                preexec_fn=dying_with_me(),  # noqa: PLW1509 (there are no threads)
            )

    def close(self) -> None:
        """End every process that was started here, whatever state it is in."""
        with ExitStack() as stack:
            stack.callback(self._listener.close)
            for name in list(self._running):
                stack.callback(self.kill, name)
            stack.callback(self._end_control)
            stack.callback(self._disconnect)

    def _end_control(self) -> None:
        self._control.kill()
        self._control.communicate()


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Run a product in a new home; nothing of it is left afterwards."""
    home = Path(tempfile.mkdtemp(prefix="pricebook-crash-"))
    try:
        with ensure_services(home) as services:
            stack = Stack(home, services)
            try:
                stack.ask("migrate")
                stack.start("worker", "beat")
                yield stack
            finally:
                stack.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)
