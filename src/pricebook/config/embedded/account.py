"""The account that PostgreSQL runs under: it refuses root, so as root it runs as another user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from pricebook.config.embedded.service import ServicesError

if TYPE_CHECKING:
    from pathlib import Path

# From none to the one that also helps where umask 077 made even the programs private. The first
# that suffices is used: a home below /root (mode 0700) needs the second.
_CAPABILITIES = ("", "dac_read_search", "dac_override")


class Account(NamedTuple):
    """A user and group id, and the words before a command that make it run so."""

    user: int
    group: int
    prefix: tuple[str, ...] = ()


def choose_account(data: Path, program: Path) -> Account:
    """Return the account for the data folder `data`: this user, or a lesser one when it is root.

    As root that is the owner of the data (who may have started here without being root), else
    `nobody`, because initdb wants an entry in the passwd file. Raises ServicesError when that user
    can reach neither the program nor the home.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    user, group = _lesser_owner(data)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        msg = (
            "As root, PostgreSQL needs the program setpriv. Install util-linux or use another user."
        )
        raise ServicesError(msg)
    for capability in _CAPABILITIES:
        prefix = (setpriv, *_options(user, group, capability))
        if _reaches(prefix, program, data.parent):
            return Account(user, group, prefix)
    msg = f"User {user} can reach {program} or {data.parent} in no way; open their folders to it."
    raise ServicesError(msg)


def _lesser_owner(data: Path) -> tuple[int, int]:
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _options(user: int, group: int, capability: str) -> list[str]:
    options = ["--reuid", str(user), "--regid", str(group), "--clear-groups", "--no-new-privs"]
    # The change of user clears what the parent has asked for (prctl(2)), so ask again.
    options += ["--pdeathsig", "INT"]
    if capability:
        options += ["--inh-caps", f"+{capability}", "--ambient-caps", f"+{capability}"]
    return options


def _reaches(prefix: tuple[str, ...], program: Path, folder: Path) -> bool:
    """Try it, because no rule of ours would know of access lists and security modules."""
    trial = [*prefix, "/bin/sh", "-c", '"$0" --version && cd "$1"', str(program), str(folder)]
    return subprocess.run(trial, cwd="/", capture_output=True, check=False).returncode == 0
