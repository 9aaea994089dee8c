"""Killing processes with SIGKILL at chosen and at random moments of a long queue of imports."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random

import psutil

from tests.integration.crash.aim import Aim, Moment, find_aim
from tests.integration.crash.expect import expect_all_imported
from tests.integration.crash.files import FileSpec
from tests.integration.crash.stack import Stack


class Target(StrEnum):
    """What is killed."""

    WORKER = "worker with its children"
    CHILD = "worker's child"
    POSTGRES = "PostgreSQL"
    SESSION = "PostgreSQL's session"
    VALKEY = "Valkey"
    BEAT = "beat"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, and how long it took until work went on."""

    target: Target
    moment: Moment
    seconds: float


# Staged and ended: two steps for each job.
_STEPS_DONE = """
    SELECT count(*) FILTER (WHERE status NOT IN ('pending', 'processing'))
         + count(*) FILTER (WHERE checkpoint->>'table' <> '')
    FROM jobs_job
"""
_CHANGE_SETS = "SELECT count(*) FROM changes_changeset"
_UNFINISHED = "SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')"
_UNSTAGED = f"{_UNFINISHED} AND coalesce(checkpoint->>'table', '') = ''"
_AT_THE_EDGE = """
    SELECT count(*) FROM jobs_job WHERE status = 'processing' AND stalled_leases >= 4
"""
_FARTHEST = {Moment.STAGING: 15_000, Moment.MERGING: 8}
_AIM_SECONDS = 4.0
_END_SECONDS = 600.0


@dataclass
class Storm:
    """Kills one after the other, each after work went on since the last."""

    stack: Stack
    dice: Random
    specs: Sequence[FileSpec]
    seconds: float = 0.0
    kills: list[Kill] = field(default_factory=list)

    def choose(self, kills: Sequence[tuple[Target, Moment]]) -> tuple[Target, Moment]:
        """Return one of the kills by chance, mostly one of staging while there are files to stage.

        Workers stage ahead, so towards the end there would be nothing left for such a kill to hit.
        """
        at_staging = [kill for kill in kills if kill[1] is Moment.STAGING]
        others = [kill for kill in kills if kill[1] is not Moment.STAGING]
        wanted = at_staging if self.unstaged() and self.dice.random() < 0.7 else others
        return self.dice.choice(wanted or kills)

    def strike(self, target: Target, moment: Moment) -> None:
        """Kill the target at the moment and wait until the work goes on."""
        # The fifth interruption in a row would rightly end a job, so nothing is killed then.
        self.wait_until(lambda: self.stack.number(_AT_THE_EDGE) == 0, "weak jobs get further")
        aim = self._take_aim(moment)
        struck = time.monotonic()
        self._kill(target, aim)
        before = self.work_done()
        self.wait_until(
            lambda: self.work_done() > before or self.unfinished() == 0,
            f"work goes on after kill {len(self.kills) + 1}: {target}, {moment}",
        )
        seconds = time.monotonic() - struck
        self.kills.append(Kill(target, moment if aim else Moment.ANY, seconds))

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait for the condition, and start worker and beat again whenever they end."""

        def look() -> bool:
            self.stack.start("worker", "beat")
            return condition()

        self.stack.wait_until(look, what, seconds)

    def steps_done(self) -> int:
        """Return how many jobs were staged and how many ended."""
        return self.stack.number(_STEPS_DONE)

    def work_done(self) -> int:
        """Return the steps, and the chunks that changed something."""
        return self.steps_done() + self.stack.number(_CHANGE_SETS)

    def has_done(self, steps: int) -> bool:
        """Say whether so many steps are done, or all there are."""
        return self.steps_done() >= steps or self.unfinished() == 0

    def unfinished(self) -> int:
        """Return how many jobs wait or run."""
        return self.stack.number(_UNFINISHED)

    def unstaged(self) -> int:
        """Return how many jobs have not been staged."""
        return self.stack.number(_UNSTAGED)

    def tally(self) -> Counter[tuple[Target, Moment]]:
        """Return how often each target was killed at each moment."""
        return Counter((kill.target, kill.moment) for kill in self.kills)

    def report(self) -> str:
        """Return in a few lines what was survived."""
        rows = sum(spec.rows for spec in self.specs)
        lines = [f"{len(self.specs):,} imports, {rows:,} rows, {self.seconds:.0f} s; kills:"]
        for (target, moment), times in sorted(self.tally().items()):
            lines.append(f"  {times:3} × {target}, {moment}")
        return "\n".join(lines)

    def _take_aim(self, moment: Moment) -> Aim | None:
        """Wait for a job at the moment; None for any, or when none comes there in time."""
        if moment is Moment.ANY:
            time.sleep(self.dice.random())  # The moment itself, not a wait for something.
            return None
        far = self.dice.randrange(_FARTHEST[moment])
        start = time.monotonic()
        while (waited := time.monotonic() - start) < 2 * _AIM_SECONDS:
            aim = find_aim(self.stack, moment, far=far if waited < _AIM_SECONDS else 0)
            if aim is not None:
                return aim
        return None

    def _kill(self, target: Target, aim: Aim | None) -> None:
        if target in {Target.WORKER, Target.BEAT}:
            self.stack.kill("worker" if target is Target.WORKER else "beat")
        else:
            os.kill(self._victim(target, aim), signal.SIGKILL)

    def _victim(self, target: Target, aim: Aim | None) -> int:
        if target is Target.VALKEY:
            return self.stack.valkey_pid()
        if target is Target.POSTGRES:
            return self.stack.postgres_pid()
        if aim is not None:
            return aim.session if target is Target.SESSION else aim.child
        # A worker that has just been started has no children yet.
        self.wait_until(lambda: bool(self._children(target)), f"{target} is there")
        return self.dice.choice(self._children(target)).pid

    def _children(self, target: Target) -> list[psutil.Process]:
        parent = self.stack.postgres_pid()
        if target is Target.CHILD:
            parent = self.stack.process("worker").pid
        return psutil.Process(parent).children()


def raise_storm(
    stack: Stack,
    folder: Path,
    *,
    jobs: int,
    kills: Sequence[tuple[Target, Moment]],
    seed: int,
    large_every: int = 20,
) -> Storm:
    """Queue that many imports at once, kill on until the kills are spent, check everything.

    One file in `large_every` is large enough for a kill to land within its steps.
    """
    dice = Random(seed)
    specs = [
        _a_spec(seed, number, dice, large=number % large_every == large_every // 2)
        for number in range(jobs)
    ]
    storm = Storm(stack, dice, specs)
    start = time.monotonic()
    ids = stack.ask("queue", *(str(spec.write(folder)) for spec in specs))
    left = list(kills)
    while left:
        # Spread over the whole of the work, and surely before its end.
        due = 2 * jobs * (1 + len(storm.kills)) // (2 + len(kills))
        storm.wait_until(partial(storm.has_done, due), f"step {due}", _END_SECONDS)
        assert storm.unfinished(), "the work ended before the kills were spent"
        kill = storm.choose(left)
        left.remove(kill)
        storm.strike(*kill)
    storm.wait_until(lambda: storm.unfinished() == 0, "every job ends", _END_SECONDS)
    storm.seconds = time.monotonic() - start
    expect_all_imported(stack, ids, specs)
    return storm


def _a_spec(seed: int, number: int, dice: Random, *, large: bool) -> FileSpec:
    rows = dice.randrange(20_000, 40_000) if large else dice.randrange(20, 400)
    return FileSpec(seed, number, rows, skus=60_000)
