"""A hundred kills while webhooks are sent; writes what came of it to a page of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from statistics import median

from tests.integration.crash.stack import Stack, running_stack
from tests.integration.crash.test_webhook_storm import FILES, KILLS
from tests.integration.crash.webhook_storm import Kill, Target, WebhookStorm, raise_webhook_storm
from tests.soak.versions import versions_of

ROUNDS = 10
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "webhook-soak.md"


def test_webhooks_survive_a_hundred_kills(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    with running_stack() as stack:
        storms = [_storm(stack, tmp_path, seed + number) for number in range(ROUNDS)]
        assert sum(len(storm.kills) for storm in storms) == 100
        PAGE.write_text(_page(stack, storms, seed), encoding="utf-8")


def _storm(stack: Stack, folder: Path, seed: int) -> WebhookStorm:
    stack.ask("empty")
    storm = raise_webhook_storm(stack, folder, files=FILES, kills=KILLS, seed=seed)
    print(storm.report(), flush=True)
    assert storm.events >= 10_000
    return storm


def _page(stack: Stack, storms: Sequence[WebhookStorm], seed: int) -> str:
    kills = [kill for storm in storms for kill in storm.kills]
    events = sum(storm.events for storm in storms)
    edits = sum(storm.editors.edits for storm in storms)
    return f"""\
# Soak test of webhooks: {len(kills)} kills with 10,000 events queued

`./test --soak` wrote this page. {len(storms)} times it imports some 10,000 products, while
programs create, change, delete and bring back products through the API, and sends `kill -9` to the
sender, to web, to Valkey and to PostgreSQL at random moments. What is killed is started again, as a
supervisor does. Three endpoints listen: one in health that hears everything one by one, a flaky one
that gets batches (an error for every tenth request, a closed connection for every twentieth, a slow
answer for every tenth), and one that gets summaries. Then it compares what was made with the
ledger, and the ledger with what each endpoint heard.

**Every event was delivered to every endpoint that wanted it, and no other. Each came under one id,
with the same bytes each time, signed; the log says of each exactly once that it was taken. Nothing
was left in the queue, and no edit that was answered as done was lost.**

| | |
|---|---|
| Date | {datetime.now(UTC):%Y-%m-%d} |
| Seed | {seed} |
| Versions | {versions_of(stack)} |
| Machine | {os.cpu_count()} processors; 1 sender, 2 processes of web, 1 worker with 2 processes |
| Events | {events:,}, {edits:,} of them edits of single products through the API |
| Not delivered yet at a kill | median {median(kill.waiting for kill in kills):,.0f}, \
fewest {min(kill.waiting for kill in kills):,} |
| Duration | {sum(storm.seconds for storm in storms) / 60:.1f} minutes |

{_kill_table(kills)}

{_listener_table(storms)}

A duplicate is a request with the id of an event that the receiver had answered as taken before: the
sender died, or PostgreSQL with what it had not written to disk yet, before that was known for
certain. That is why receivers remember the ids that they have seen. Work goes on when the next
event is delivered and the next edit is answered; another sender, or the next one, takes over what a
dead one had claimed after {stack.setting("WEBHOOK_SENDER_LOST")} s here, and after 10 s by default.
"""


def _kill_table(kills: Sequence[Kill]) -> str:
    lines = ["| Killed | times | work went on after, median | longest |", "|---|---|---|---|"]
    for target in Target:
        pauses = sorted(kill.seconds for kill in kills if kill.target is target)
        figures = f"{len(pauses)} | {median(pauses):.1f} s | {pauses[-1]:.1f} s"
        lines.append(f"| {target} | {figures} |")
    return "\n".join(lines)


def _listener_table(storms: Sequence[WebhookStorm]) -> str:
    lines = ["| Endpoint | told | requests | duplicates |", "|---|---|---|---|"]
    for same in zip(*(storm.listeners for storm in storms), strict=True):
        told = sum(len(each.heard) for each in same)
        requests = sum(each.requests for each in same)
        duplicates = sum(each.duplicates for each in same)
        lines.append(f"| {same[0].mode} | {told:,} | {requests:,} | {duplicates:,} |")
    return "\n".join(lines)
