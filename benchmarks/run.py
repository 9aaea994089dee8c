"""One run of one contestant: a process of its own, so that its memory is its alone. Linux only."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self

_SELF = Path("/proc/self")
# Resets the peak that VmHWM shows (proc(5), /proc/pid/clear_refs).
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a file's rows; None where the method cannot tell."""

    rows: int
    created: int | None = None
    updated: int | None = None
    unchanged: int | None = None
    duplicate: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took. Memory is the client's resident set, in KiB."""

    seconds: float
    idle_kib: int
    peak_kib: int
    counts: Counts
    # Taking the file in, where that is a step before.
    receive_seconds: float = 0.0

    @property
    def growth_kib(self) -> int:
        """Return how much more than the idle process the work needed."""
        return self.peak_kib - self.idle_kib

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**{**fields, "counts": Counts(**fields["counts"])})

    def to_json(self) -> str:
        """Return the run as one line."""
        return json.dumps(asdict(self))


def measure(work: Callable[[], Counts]) -> Run:
    """Do the work in this process and return what it took."""
    idle = _memory_kib("VmRSS")
    (_SELF / "clear_refs").write_text(_RESET_PEAK)
    began = perf_counter()
    counts = work()
    return Run(perf_counter() - began, idle, _memory_kib("VmHWM"), counts)


def start(module: str, file: Path, environment: Mapping[str, str]) -> Run:
    """Run `python -m MODULE FILE` and return what it measured of itself.

    Raises RuntimeError with the child's own words when it fails.
    """
    command = [sys.executable, "-m", module, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"{module} failed with exit code {done.returncode}:\n{done.stderr}"
        raise RuntimeError(message)
    return Run.from_json(done.stdout.splitlines()[-1])


def _memory_kib(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", (_SELF / "status").read_text(), re.MULTILINE)
    if found is None:
        message = f"/proc/self/status does not tell {name}; the benchmarks need Linux."
        raise RuntimeError(message)
    return int(found[1])
