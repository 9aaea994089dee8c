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

# The first that suffices is used. Below /root (mode 0700) that is the second: to read and search.
# Containers often withhold that one, but not the third, which also lets it write.
_CAPABILITIES = ("", "dac_read_search", "dac_override")


class Account(NamedTuple):
    """A user and group id, and the words before a command that make it run so."""

    user: int
    group: int
    prefix: tuple[str, ...] = ()


def choose_account(data: Path, initdb: Path) -> Account:
    """Return the account for the data folder `data`: this user, or a lesser one when it is root.

    As root that is the owner of the data (who may have started here without being root), else
    `nobody`, because initdb wants an entry in the passwd file. Raises ServicesError when that user
    cannot reach both the programs and the home.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    user, group = _lesser_owner(data)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        msg = "As root, PostgreSQL needs setpriv. Install util-linux, or use another user."
        raise ServicesError(msg)
    said = ""
    for capability in _CAPABILITIES:
        prefix = (setpriv, *_options(user, group, capability))
        trial = _try_to_reach(prefix, initdb, data.parent)
        if trial.returncode == 0:
            return Account(user, group, prefix)
        said = trial.stderr.strip()
    msg = f"User {user}, who PostgreSQL runs as, cannot use {initdb} and {data.parent}. {said}"
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
        # PostgreSQL looks for its parts with access(2), which otherwise ignores capabilities.
        options += ["--securebits", "+no_setuid_fixup"]
    return options


def _try_to_reach(
    prefix: tuple[str, ...], initdb: Path, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Try it: no rule of ours would know of access lists and security modules."""
    script = 'cd "$1" && "$0" --show --pgdata=.'
    trial = [*prefix, "/bin/sh", "-c", script, str(initdb), str(folder)]
    return subprocess.run(trial, cwd="/", capture_output=True, text=True, check=False)
