"""kill -9 of sender, web, Valkey and PostgreSQL while 10,000 events are told (ABUSE 19)."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

from tests.integration.crash.stack import Stack
from tests.integration.crash.webhook_storm import Target, raise_webhook_storm

FILES = 9
KILLS = (
    *[Target.SENDER] * 4,
    *(Target.WEB, Target.WEB_WORKER, Target.WEB_WORKER),
    *(Target.VALKEY, Target.VALKEY, Target.POSTGRES),
)


def test_ten_thousand_events_survive_ten_kills(stack: Stack, tmp_path: Path) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    storm = raise_webhook_storm(stack, tmp_path, files=FILES, kills=KILLS, seed=seed)
    print(storm.report())
    assert storm.events >= 10_000
    assert len(storm.kills) == len(KILLS)
