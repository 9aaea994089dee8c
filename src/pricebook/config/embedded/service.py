"""Where one embedded server keeps its things; all of it follows from the home alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import ClassVar, NamedTuple
from urllib.parse import quote

from pricebook.config.env import make_private_folder

# A socket's path has at most 107 bytes (unix(7)), a home may be longer. Not TMPDIR: every
# process has to come to the same folder, also one that was started with another TMPDIR.
_SOCKET_ROOT = Path("/tmp")  # noqa: S108 (its subfolders are private and checked)
# Nothing of the caller's: PGDATA, PGOPTIONS or a locale would change what a server does.
SERVER_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


class ServicesError(Exception):
    """PostgreSQL or Valkey cannot run; the message says why and what to do."""


class ServiceUrls(NamedTuple):
    """The addresses in the form of DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str


class Step(NamedTuple):
    """One step of ending a server: a signal, and how long it may take."""

    signal: Signals
    seconds: float


class Service(ABC):
    """One server of one home: its files, and how to run it."""

    name: ClassVar[str]
    title: ClassVar[str]
    # What the kernel sends when the keeper is killed.
    orphan_signal: ClassVar[Signals]
    stop_steps: ClassVar[tuple[Step, ...]]

    def __init__(self, home: Path) -> None:
        self.home = home

    @abstractmethod
    def prepare(self) -> None:
        """Make everything ready for a start; nothing of an earlier run is alive."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""

    @property
    def data(self) -> Path:
        """Return the folder of the server's data."""
        return self.home / self.name

    @property
    def log(self) -> Path:
        """Return the server's log."""
        return make_private_folder(self.home / "log") / f"{self.name}.log"

    @property
    def keeper_log(self) -> Path:
        """Return the log of the server's keeper."""
        return make_private_folder(self.home / "log") / f"{self.name}-keeper.log"

    @property
    def users_lock(self) -> Path:
        """Return the lock that users share, and that the keeper takes when there are none."""
        return make_private_folder(self.home / "run") / f"{self.name}.users"

    @property
    def keeper_lock(self) -> Path:
        """Return the lock, with the process id in it, that the one keeper holds."""
        return make_private_folder(self.home / "run") / f"{self.name}.keeper"

    @property
    def process_lock(self) -> Path:
        """Return the lock that every process of the server holds."""
        return make_private_folder(self.home / "run") / f"{self.name}.process"

    @property
    def socket_folder(self) -> Path:
        """Return the private folder of the server's socket."""
        return socket_folder(self.home, self.name)

    def remove_socket_folder(self) -> None:
        """Leave nothing in /tmp; a server that was killed leaves its socket behind."""
        shutil.rmtree(self.socket_folder, ignore_errors=True)


def socket_folder(home: Path, name: str) -> Path:
    """Return a short path that only this user and this home have."""
    identity = f"{os.geteuid()}:{home.resolve()}"
    digest = hashlib.sha256(os.fsencode(identity)).hexdigest()[:16]
    return _SOCKET_ROOT / f"pricebook-{digest}-{name}"


def embedded_urls(home: Path) -> ServiceUrls:
    """Return the addresses that the embedded servers of `home` have whenever they run."""
    postgres, valkey = socket_folder(home, "postgres"), socket_folder(home, "valkey")
    return ServiceUrls(
        database_url=f"postgresql://pricebook@{quote(str(postgres), safe='')}/pricebook",
        redis_url=f"unix://{valkey}/valkey.sock?db=0",
    )


def make_socket_folder(path: Path, owner: int, group: int) -> None:
    """Create the folder, or take over the one of an earlier run, and empty it.

    Raises ServicesError when somebody else has put something there: /tmp is open to all.
    """
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if not private or found.st_uid not in {os.geteuid(), owner}:
            msg = f"{path} is not a private folder of this user. Remove it, then start again."
            raise ServicesError(msg) from None
    for leftover in path.iterdir():
        leftover.unlink()
    if os.geteuid() == 0:
        os.chown(path, owner, group)
