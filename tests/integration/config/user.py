"""A process that uses the embedded servers of HOME: prints their addresses, waits for its input.

python -m tests.integration.config.user HOME
"""

from __future__ import annotations

import sys
from pathlib import Path

from pricebook.config.embedded.hold import ensure_services

if __name__ == "__main__":
    with ensure_services(Path(sys.argv[1])) as services:
        print(*services.urls, sep="\n", flush=True)
        sys.stdin.read()
