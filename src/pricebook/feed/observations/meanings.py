"""Columns of few different values: each value is read once, and looked up from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pricebook.feed.observations.fields import Column
from pricebook.feed.observations.problems import Problems
from pricebook.feed.records import CellFault

_MAX_KNOWN = 20_000
_MAX_CHARACTERS = 4 * 1024 * 1024
_Meaning = TypeVar("_Meaning")


class Meanings(Generic[_Meaning]):
    """Remember what values mean."""

    def __init__(self, read: Callable[[Any], _Meaning | CellFault]) -> None:
        self._read = read
        self._known: dict[Any, _Meaning | CellFault] = {}
        self._characters = 0
        self._faulty = False

    def of(self, values: Column, problems: Problems, title: str = "") -> list[_Meaning | None]:
        """Return what the values mean; None with a problem for those that mean nothing."""
        found: list[Any]
        try:
            found = self._looked_up(values)
        except TypeError:
            # Objects and lists cannot be looked up, nor can True, which is equal to 1.
            found = list(map(self._read, values))
            self._faulty = self._faulty or any(isinstance(each, CellFault) for each in found)
        return problems.taken_from(found, title, values) if self._faulty else found

    def _looked_up(self, values: Column) -> list[Any]:
        if bool in set(map(type, values)):
            raise TypeError
        try:
            return list(map(self._known.__getitem__, values))
        except KeyError:
            self._learn(values)
            return list(map(self._known.__getitem__, values))

    def _learn(self, values: Column) -> None:
        if len(self._known) > _MAX_KNOWN or self._characters > _MAX_CHARACTERS:
            self._known.clear()
            self._characters = 0
        for value in set(values).difference(self._known):
            meaning = self._known[value] = self._read(value)
            self._faulty = self._faulty or isinstance(meaning, CellFault)
            self._characters += len(value) if isinstance(value, str) else 0
