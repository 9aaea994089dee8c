"""Imports of the same SKUs at the same time: no deadlock, and the order of the queue decides."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest

from tests.integration.crash.expect import book, expect_all_imported, expect_nothing_left
from tests.integration.crash.files import FileSpec
from tests.integration.crash.stack import Stack

SKUS = 3_000

UNFINISHED = "SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')"
OVERLAP = """
    SELECT (SELECT started_at FROM jobs_job WHERE id = %(second)s)
         < (SELECT finished_at FROM jobs_job WHERE id = %(first)s)
"""
RENAMED_BY_IMPORTS = """
    SELECT p.sku_key, c.fields->'name'->>0, c.fields->'name'->>1
    FROM changes_change c JOIN catalogue_product p ON p.id = c.product_id
    WHERE c.fields ? 'name'
"""


def queue(stack: Stack, folder: Path, specs: list[FileSpec]) -> list[str]:
    jobs: list[str] = stack.ask("queue", *(str(spec.write(folder)) for spec in specs))
    return jobs


def all_ended(stack: Stack) -> bool:
    return stack.number(UNFINISHED) == 0


@pytest.mark.parametrize("seed", range(4))
def test_two_imports_at_once_end_as_if_one_had_followed_the_other(
    stack: Stack, tmp_path: Path, seed: int
) -> None:
    specs = [FileSpec(seed, number, rows=8_000, skus=SKUS) for number in (1, 2)]
    first, second = queue(stack, tmp_path, specs)
    stack.wait_until(lambda: all_ended(stack), "both imports end")
    assert stack.look(OVERLAP, {"first": first, "second": second}) == [(True,)]
    expect_all_imported(stack, [first, second], specs)


def test_three_imports_and_a_person_overwrite_nothing_unseen(stack: Stack, tmp_path: Path) -> None:
    """Every change was made to the value that stood there: before-images form one trail."""
    specs = [FileSpec(9, number, rows=12_000, skus=SKUS) for number in (1, 2, 3)]
    queue(stack, tmp_path, specs)
    befores: defaultdict[str, list[str]] = defaultdict(list)
    afters: defaultdict[str, list[str]] = defaultdict(list)
    dice, edit = Random(9), 0
    while not all_ended(stack):
        edit += 1
        keys = (f"item-{item:06}" for item in dice.sample(range(SKUS), 40))
        for key, before in stack.ask("rename", f"Edit {edit}", *keys):
            befores[key].append(before)
            afters[key].append(f"Edit {edit}")
    edited = set(befores)
    assert len(edited) > 100, "the person came too late to race with anything"

    for key, before, after in stack.look(RENAMED_BY_IMPORTS):
        befores[key].append(before)
        afters[key].append(after)
    products = book(stack)
    for key in edited:
        # Along a trail each value is left as often as it is reached, but for its two ends.
        trail = Counter([*befores[key], products[key].name])
        trail.subtract(afters[key])
        assert sorted(trail.values())[-1:] == [1], key
        assert sum(map(abs, trail.values())) == 1, key

    assert stack.look("SELECT DISTINCT status, error FROM jobs_job") == [("completed", "")]
    stack.ask("tidy")
    expect_nothing_left(stack)
