"""Killing processes with SIGKILL while the ledger grows and subscribers are told of it."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random

import psutil

from tests.integration.crash.editors import Editors
from tests.integration.crash.expect_told import expect_all_told
from tests.integration.crash.files import FileSpec, ModelBook
from tests.integration.crash.listeners import (
    Listener,
    Manner,
    flakily,
    healthily,
    listening,
)
from tests.integration.crash.stack import Stack


class Target(StrEnum):
    """What is killed."""

    SENDER = "webhook sender"
    WEB = "web with its workers"
    WEB_WORKER = "web's worker"
    VALKEY = "Valkey"
    POSTGRES = "PostgreSQL"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, how many events were not delivered yet, and how long until work went on."""

    target: Target
    waiting: int
    seconds: float


_PRODUCT_EVENTS = ("product.created", "product.updated", "product.deleted")
_PROCESSES = ("worker", "beat", "web", "webhooks")
# What subscribers still have to be told, counted wherever it may stand just now.
_UNTOLD = """
    SELECT (SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing'))
         + (SELECT count(*) FROM changes_changeset WHERE position IS NULL
               OR position > coalesce((SELECT position FROM webhooks_cursor), 0))
         + (SELECT count(*) FROM changes_event WHERE NOT is_told)
         + (SELECT count(*) FROM webhooks_backlog WHERE ended_at IS NULL)
         + (SELECT count(*) FROM webhooks_delivery WHERE status = 'pending')
"""
_END_SECONDS = 300.0
_FILE_ROWS = 1_100


@dataclass
class WebhookStorm:
    """Kills one after the other, each after work went on since the last."""

    stack: Stack
    dice: Random
    # How many changes the files make.
    imported: int
    editors: Editors
    # Everything one by one, by a receiver in health; in batches, by a flaky one; and in summary.
    each: Listener
    batch: Listener
    summary: Listener
    seconds: float = 0.0
    kills: list[Kill] = field(default_factory=list)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        return self.each, self.batch, self.summary

    @property
    def events(self) -> int:
        """How many changes there are, each of them an event; edits are added until the end."""
        return self.imported + self.editors.acknowledged

    def rage(self, files: Sequence[Path], kills: Sequence[Target]) -> None:
        """Import and edit, kill on until the kills are spent; return when everything is told."""
        start = time.monotonic()
        self.stack.start(*_PROCESSES)
        self.stack.ask("queue", *map(str, files))
        with self.editors.at_work():
            for number, target in enumerate(self.dice.sample(kills, len(kills)), start=1):
                # Spread over half of the imported: the other half is for what each kill takes.
                due = self.imported * number // (2 * len(kills))
                self.wait_until(partial(self.has_heard, due), f"{due:,} are heard", _END_SECONDS)
                self.strike(target)
            self.editors.finish()
            self.wait_until(self.is_over, "everything is told", _END_SECONDS)
        self.seconds = time.monotonic() - start

    def strike(self, target: Target) -> None:
        """Kill the target at a random moment and wait until the work goes on."""
        time.sleep(self.dice.random())  # The moment itself, not a wait for something.
        waiting = self.events - len(self.each.heard)
        assert waiting > 0, "everything was told before the kills were spent"
        struck = time.monotonic()
        self._kill(target)
        heard, acknowledged = len(self.each.heard), self.editors.acknowledged
        self.wait_until(
            lambda: len(self.each.heard) > heard and self.editors.acknowledged > acknowledged,
            f"work goes on after kill {len(self.kills) + 1}: {target}",
        )
        self.kills.append(Kill(target, waiting, time.monotonic() - struck))

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait for the condition, and start each process again whenever it ends."""

        def look() -> bool:
            self.stack.start(*_PROCESSES)
            return condition()

        self.stack.wait_until(look, what, seconds)

    def has_heard(self, events: int) -> bool:
        return len(self.each.heard) >= events

    def is_over(self) -> bool:
        """Say whether every edit is made and everything told."""
        all_heard = self.editors.are_done and self.has_heard(self.events)
        return all_heard and self.stack.number(_UNTOLD) == 0

    def tally(self) -> Counter[Target]:
        """Return how often each target was killed."""
        return Counter(kill.target for kill in self.kills)

    def report(self) -> str:
        """Return in a few lines what was survived, and what was heard twice."""
        lines = [f"{self.events:,} events, {self.seconds:.0f} s; kills:"]
        lines += [f"  {times:3} × {target}" for target, times in sorted(self.tally().items())]
        lines += [
            f"{each.mode}: {len(each.heard):,} told, {each.requests:,} requests, "
            f"{each.duplicates:,} duplicates"
            for each in self.listeners
        ]
        return "\n".join([*lines, f"tries of editors without success: {self.failures()}"])

    def failures(self) -> str:
        """Return what the editors met with when they were not answered as they wanted."""
        times = sorted(self.editors.unanswered.items())
        return ", ".join(f"{count} × {what}" for what, count in times) or "none"

    def _kill(self, target: Target) -> None:
        if target in {Target.SENDER, Target.WEB}:
            self.stack.kill("webhooks" if target is Target.SENDER else "web")
        else:
            os.kill(self._victim(target), signal.SIGKILL)

    def _victim(self, target: Target) -> int:
        if target is Target.VALKEY:
            return self.stack.valkey_pid()
        if target is Target.POSTGRES:
            return self.stack.postgres_pid()
        # One that has just been started has no children yet.
        web = psutil.Process(self.stack.process("web").pid)
        self.wait_until(lambda: bool(web.children()), f"{target} is there")
        return self.dice.choice(web.children()).pid


def raise_webhook_storm(
    stack: Stack, folder: Path, *, files: int, kills: Sequence[Target], seed: int
) -> WebhookStorm:
    """Import files and edit products meanwhile, kill on until the kills are spent, check all."""
    # Mostly new products, so that nearly every row is an event.
    specs = [FileSpec(seed, n, _FILE_ROWS, skus=20 * files * _FILE_ROWS) for n in range(files)]
    model = ModelBook()
    imported = sum(len(model.apply(spec).changes) for spec in specs)
    editors = Editors(stack.port, stack.ask("issue_key"))
    with ExitStack() as running:
        listen = partial(_listen, running, stack)
        storm = WebhookStorm(
            stack,
            Random(seed),
            imported,
            editors,
            each=listen("each", healthily, *_PRODUCT_EVENTS),
            batch=listen("batch", flakily(Random(seed)), "product.created", "product.updated"),
            summary=listen("summary", healthily, "import.completed", "product.deleted"),
        )
        running.callback(_stop, stack)
        storm.rage([spec.write(folder) for spec in specs], kills)
    expect_all_told(stack, storm.listeners, editors, imported)
    return storm


def _listen(running: ExitStack, stack: Stack, mode: str, manner: Manner, *types: str) -> Listener:
    return running.enter_context(listening(stack, mode, manner, *types))


def _stop(stack: Stack) -> None:
    """End what no other test of the shared product wants."""
    for name in ("web", "webhooks"):
        stack.kill(name)
