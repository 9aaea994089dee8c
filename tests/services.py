"""pytest plugin (`-p tests.services`): gives a whole test run servers and a home of its own.

It acts when it is loaded, because pytest-django reads the settings before any conftest.py, and the
settings want the addresses. Servers named by the real environment are used instead; `.env` is
for the product and decides nothing here.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from pricebook.config.embedded.hold import ensure_services


def _start() -> None:
    home = Path(tempfile.mkdtemp(prefix="pricebook-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    services = ensure_services(
        home,
        database_url=os.environ.get("DATABASE_URL"),
        redis_url=os.environ.get("REDIS_URL"),
    )
    atexit.register(services.release)
    os.environ["PRICEBOOK_HOME"] = str(home)
    os.environ["PRICEBOOK_ENV_FILE"] = os.devnull
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = services.urls


# The workers of pytest-xdist inherit the environment of the process that started them.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _start()
