"""A disk that is soon full."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1 << 20
_NAMES = 64


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 1 MiB and 64 names; skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    order = ["mount", "-t", "tmpfs", "-o", f"size={MIB},nr_inodes={_NAMES}", "tmpfs", str(folder)]
    try:
        subprocess.run(order, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", "") or error
        pytest.skip(f"A small disk needs root on Linux, and the right to mount it: {why}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left; whoever deletes the file that is returned gives it back."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))
    return ballast


def fill_names(folder: Path) -> None:
    """Make files without content until there can be no other one, nor a folder."""
    with suppress(OSError):
        for number in range(_NAMES):
            (folder / f"name-{number}").touch()
