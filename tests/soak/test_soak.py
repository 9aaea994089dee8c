"""A hundred kills among a thousand imports; writes what came of it to docs/reference/soak.md."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from statistics import median

from tests.integration.crash.aim import Moment
from tests.integration.crash.stack import Stack, running_stack
from tests.integration.crash.storm import Storm, Target, raise_storm
from tests.soak.versions import versions_of

JOBS = 1_000
KILLS = (
    *[(target, moment) for target in Target for moment in Moment if target is not Target.BEAT] * 6,
    *[(Target.BEAT, Moment.ANY)] * 10,
)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "soak.md"


def test_a_thousand_imports_survive_a_hundred_kills(tmp_path: Path) -> None:
    assert len(KILLS) == 100
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    with running_stack() as stack:
        storm = raise_storm(stack, tmp_path, jobs=JOBS, kills=KILLS, seed=seed)
        PAGE.write_text(_page(stack, storm, seed), encoding="utf-8")
    print(storm.report())


def _page(stack: Stack, storm: Storm, seed: int) -> str:
    rows = sum(spec.rows for spec in storm.specs)
    ((products, changes),) = stack.look("""
        SELECT (SELECT count(*) FROM catalogue_product), (SELECT count(*) FROM changes_change)
    """)
    pauses = sorted(kill.seconds for kill in storm.kills)
    return f"""\
# Soak test: {len(storm.kills)} kills among {JOBS:,} imports

`./test --soak` wrote this page. It queues {JOBS:,} imports of overlapping files at once and sends
`kill -9` to the worker, PostgreSQL, Valkey and beat while they work: at chosen moments of staging
and of merging, and at random ones. What is killed is started again, as a supervisor does. Then it
compares every job, every product and every line of the ledger with a model that imports the same
files in the order of the queue, one after the other, in plain Python.

**Every import completed. Nothing was lost and nothing was done twice; no staging table, no lease
and no gap in the positions of the ledger was left.**

| | |
|---|---|
| Date | {datetime.now(UTC):%Y-%m-%d} |
| Seed | {seed} |
| Versions | {versions_of(stack)} |
| Machine | {os.cpu_count()} processors; 1 worker with 2 processes |
| Imports | {len(storm.specs):,}, with {rows:,} rows |
| Book afterwards | {products:,} products, {changes:,} changes in the ledger |
| Duration | {storm.seconds / 60:.1f} minutes |
| Work went on after a kill | median {median(pauses):.1f} s, longest {pauses[-1]:.1f} s |

{_kill_table(storm)}

“Session” is the process of PostgreSQL that works for the import, or at any moment any process of
it but the first. The time until work went on depends on the lease, which is
{stack.setting("JOB_LEASE")} s here and 20 s by default, and on how long a worker takes to start.
"""


def _kill_table(storm: Storm) -> str:
    tally = storm.tally()
    lines = ["| Killed | " + " | ".join(Moment) + " |", "|---|" + "---|" * len(Moment)]
    for target in Target:
        times = (str(tally[target, moment] or "–") for moment in Moment)
        lines.append(f"| {target} | " + " | ".join(times) + " |")
    return "\n".join(lines)
