"""The targets of fuzzing hold for the files that they begin with, so they can be run any day."""

import pytest

from tests.fuzz.targets import TARGETS
from tests.fuzz.wishes import WISHES_BYTES


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("wish", range(2))
def test_every_seed_is_read_as_it_must_be_whatever_is_wished(name: str, wish: int) -> None:
    target = TARGETS[name]
    for file in target.seeds():
        target.feed(file + bytes([wish]) * WISHES_BYTES)
