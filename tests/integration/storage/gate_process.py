"""The gate in a process of its own, which may be killed: `python -m … FOLDER SECRET DESCRIPTOR`.

It serves at a socket that it inherits, with no more of Django than the settings it reads.
"""

from __future__ import annotations

import sys

import uvicorn
from django.conf import settings

from pricebook.files.gate import StorageGate
from tests.integration.storage.stores import not_found


def main() -> None:
    folder, secret, descriptor = sys.argv[1:]
    settings.configure(BUCKET=None, FILES_ROOT=folder, SECRET_KEY=secret)
    uvicorn.run(
        StorageGate(not_found), fd=int(descriptor), lifespan="off", ws="none", log_level="warning"
    )


if __name__ == "__main__":
    main()
