"""One child of `pricebook up`: started, restarted with patience, ended with its group."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.config.processes import last_lines, spawn

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A child that ran so long had started well: the next pause is the first again.
_HEALTHY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs, and what it is sent when: {seconds after the order to stop: signal}."""

    name: str
    command: tuple[str, ...]
    stops: dict[float, signal.Signals]
    descriptors: tuple[int, ...] = ()


class Child:
    """A running program, in a process group of its own, that dies with this process."""

    def __init__(self, program: Program, logs: Path) -> None:
        self._program = program
        self._log = logs / f"{program.name}.log"
        self._pause = _FIRST_PAUSE
        self._stops = dict(program.stops)
        self._started = time.monotonic()
        self._next_start: float | None = None
        self._process = self._spawn()

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def keep_running(self) -> str | None:
        """Start the program again when it ended and its pause is over; return news for a person."""
        if self.running:
            return None
        now = time.monotonic()
        if self._next_start is None:
            self._end_group()
            if now - self._started > _HEALTHY_SECONDS:
                self._pause = _FIRST_PAUSE
            self._next_start = now + self._pause
            news = f"{self.epitaph()}\nIt starts again in {self._pause:.0f} s."
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            return news
        if now >= self._next_start:
            self._next_start, self._started = None, now
            self._process = self._spawn()
        return None

    def epitaph(self) -> str:
        """Return how the program ended, with the last lines of its log."""
        code = self._process.returncode
        how = f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        return f"{self._program.name} ended {how}. {self._log} ends with:\n{last_lines(self._log)}"

    def order_stop(self, seconds: float) -> None:
        """Send the signals that are due `seconds` after the order to stop, each once."""
        for due in [at for at in self._stops if at <= seconds]:
            number = self._stops.pop(due)
            if self.running:
                self._process.send_signal(number)

    def kill(self) -> None:
        """End whatever is left of the program and its children, at once."""
        self._end_group()
        self._process.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        return spawn(
            self._program.command,
            self._log,
            # Not the terminal's group: the supervisor decides who ends when.
            own_group=True,
            descriptors=self._program.descriptors,
        )

    def _end_group(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
