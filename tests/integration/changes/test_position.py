"""Positions: gapless, in the order in which the sets can be read."""

from __future__ import annotations

import pytest

from pricebook.changes.models import ChangeSet
from pricebook.changes.position import place_changesets

pytestmark = pytest.mark.django_db


def test_committed_sets_get_the_next_positions_without_a_gap() -> None:
    ChangeSet.objects.create(id=10)
    ChangeSet.objects.create(id=30)
    assert place_changesets() == 2
    # A set that took its number early and committed late comes after what was readable before.
    ChangeSet.objects.create(id=20)
    assert place_changesets() == 1
    placed = ChangeSet.objects.order_by("position").values_list("id", "position")
    assert list(placed) == [(10, 1), (30, 2), (20, 3)]


def test_placing_nothing_does_nothing() -> None:
    assert place_changesets() == 0
