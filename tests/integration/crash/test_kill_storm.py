"""kill -9 of worker, PostgreSQL and Valkey while a long queue is imported (A13)."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

from tests.integration.crash.aim import Moment
from tests.integration.crash.stack import Stack
from tests.integration.crash.storm import Target, raise_storm

JOBS = 40
# As many large files as among a hundred of the long test, so a kill seldom waits for one.
LARGE_EVERY = 8
KILLS = (
    (Target.WORKER, Moment.STAGING),
    (Target.WORKER, Moment.MERGING),
    (Target.WORKER, Moment.ANY),
    (Target.CHILD, Moment.STAGING),
    (Target.CHILD, Moment.MERGING),
    (Target.POSTGRES, Moment.STAGING),
    (Target.POSTGRES, Moment.MERGING),
    (Target.SESSION, Moment.STAGING),
    (Target.SESSION, Moment.MERGING),
    (Target.VALKEY, Moment.ANY),
)


def test_forty_imports_survive_ten_kills(stack: Stack, tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    storm = raise_storm(stack, tmp_path, jobs=JOBS, kills=KILLS, seed=seed, large_every=LARGE_EVERY)
    print(storm.report())
    assert len(storm.kills) == len(KILLS)
