"""Figures for people and for programs: medians, ratios, memory."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.contest import FLOOR, Sample, Scenario

_MB = 1024
_HEADINGS = (
    f"{'':<22}{'seconds':>9}{'min–max':>15}{'× floor’s':>12}{'× floor':>10}{'rows/s':>11}"
    f"{'peak RSS':>11}{'growth':>9}\n"
    f"{'':<22}{'':>9}{'':>15}{'first load':>12}{'':>10}{'':>11}{'MB':>11}{'MB':>9}"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the figures depend on."""

    machine: str
    postgresql: str
    commit: str
    rows: int
    products: int
    file_bytes: int

    def as_text(self) -> str:
        """Return one line."""
        return (
            f"{self.rows:,} rows ({self.file_bytes / 1e6:.1f} MB, {self.products:,} products) · "
            f"PostgreSQL {self.postgresql} · {self.machine} · commit {self.commit}"
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One contestant in one scenario. Memory in MB (2**20 bytes), the largest of the runs."""

    scenario: str
    contestant: str
    seconds: float
    fastest: float
    slowest: float
    ratio_to_first_load: float
    ratio: float
    rows_per_second: int
    peak_mb: float
    growth_mb: float
    receive_seconds: float

    def as_text(self) -> str:
        """Return the table's line."""
        spread = f"{self.fastest:.2f}–{self.slowest:.2f}"
        return (
            f"  {self.contestant:<20}{self.seconds:>9.2f}{spread:>15}"
            f"{self.ratio_to_first_load:>12.2f}{self.ratio:>10.2f}{self.rows_per_second:>11,}"
            f"{self.peak_mb:>11.1f}{self.growth_mb:>9.1f}"
        )


def summarize(samples: Sequence[Sample], rows: int) -> list[Line]:
    """Return a line for each scenario and contestant, in the order of the samples."""
    groups: dict[tuple[Scenario, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.scenario, sample.contestant), []).append(sample)
    medians = {key: median(s.run.seconds for s in group) for key, group in groups.items()}
    first_load = medians[Scenario.FIRST, FLOOR.name]
    return [
        _line(group, rows, medians[key], first_load, medians[key[0], FLOOR.name])
        for key, group in groups.items()
    ]


def _line(
    group: Sequence[Sample], rows: int, seconds: float, first_load: float, floor: float
) -> Line:
    runs = [sample.run for sample in group]
    return Line(
        scenario=group[0].scenario.value,
        contestant=group[0].contestant,
        seconds=round(seconds, 3),
        fastest=round(min(run.seconds for run in runs), 3),
        slowest=round(max(run.seconds for run in runs), 3),
        ratio_to_first_load=round(seconds / first_load, 3),
        ratio=round(seconds / floor, 3),
        rows_per_second=round(rows / seconds),
        peak_mb=round(max(run.peak_kib for run in runs) / _MB, 1),
        growth_mb=round(max(run.growth_kib for run in runs) / _MB, 1),
        receive_seconds=round(median(run.receive_seconds for run in runs), 3),
    )


def as_text(setting: Setting, lines: Sequence[Line], repeat: int) -> str:
    """Return the table."""
    shown = [setting.as_text(), f"medians of {repeat}" if repeat > 1 else "one run", "", _HEADINGS]
    scenario = ""
    for line in lines:
        if line.scenario != scenario:
            scenario = line.scenario
            shown.append(scenario)
        shown.append(line.as_text())
    received = [line.receive_seconds for line in lines if line.receive_seconds]
    if received:
        shown.append(f"\nPricebook took the file into its storage in {received[0]:.2f} s before.")
    return "\n".join(shown)


def as_json(setting: Setting, lines: Sequence[Line], repeat: int) -> str:
    """Return one JSON object."""
    return json.dumps(
        {**asdict(setting), "repeat": repeat, "lines": [asdict(line) for line in lines]}
    )


def machine() -> str:
    """Return the processor, its cores in reach and the memory."""
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    gigabytes = f", {int(memory[1]) / _MB**2:.0f} GB" if memory else ""
    name = found[1] if found else platform.machine()
    return f"{len(os.sched_getaffinity(0))} × {name}{gigabytes}, Python {platform.python_version()}"


def commit() -> str:
    """Return the commit that is measured, with a plus when files differ from it."""
    folder = Path(__file__).parent
    named = subprocess.run(
        ["git", "--no-optional-locks", "describe", "--always", "--dirty=+"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return named.stdout.strip() or "unknown"


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
