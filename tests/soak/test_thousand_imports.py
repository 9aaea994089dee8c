"""A thousand imports queued at once (ABUSE 21)."""

from __future__ import annotations

from pathlib import Path

from tests.abuse.test_many_imports import expect_one_after_the_other
from tests.integration.crash.stack import Stack


def test_a_thousand_imports_at_once(stack: Stack, tmp_path: Path) -> None:
    expect_one_after_the_other(stack, tmp_path, imports=1_000)
