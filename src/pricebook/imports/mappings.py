"""Mappings that are kept: by the header they were made for, and by a name (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from pricebook.core.errors import PermanentError
from pricebook.imports.choices import choices_from_json, choices_to_json
from pricebook.imports.models import SavedMapping

if TYPE_CHECKING:
    from pricebook.accounts.models import User
    from pricebook.feed.choices import Choices


class NameTaken(PermanentError):
    """Another mapping has the name."""


class NameNeeded(PermanentError):
    """Without a name nobody could ask for the mapping, and no header asks for it either."""


class MappingNotFound(PermanentError):
    """There is no mapping of that name."""


def find_mapping(name: str) -> SavedMapping:
    """Return the mapping of that name, whatever its case. Raises MappingNotFound."""
    found = _named(name.strip())
    if found is None:
        message = f"There is no mapping “{name.strip()[:100]}”."
        raise MappingNotFound(message)
    return found


def mapping_for(fingerprint: str) -> SavedMapping | None:
    """Return the mapping that is taken for files with this header."""
    return SavedMapping.objects.filter(fingerprint=fingerprint).exclude(fingerprint="").first()


def choices_of(mapping: SavedMapping) -> Choices:
    """Return how a mapping reads a file."""
    return choices_from_json(mapping.choices)


def mark_used(mapping: SavedMapping) -> None:
    """Write down that a mapping was used."""
    SavedMapping.objects.filter(pk=mapping.pk).update(used_at=timezone.now())


def create_mapping(*, name: str, choices: Choices, actor: User | None) -> SavedMapping:
    """Keep choices under a name that is free. Raises NameTaken and NameNeeded."""
    return _store(SavedMapping(created_by=actor), name=name, choices=choices)


def change_mapping(
    mapping: SavedMapping, *, name: str | None = None, choices: Choices | None = None
) -> SavedMapping:
    """Give a mapping another name, other choices, or both. Raises NameTaken and NameNeeded."""
    return _store(mapping, name=mapping.name if name is None else name, choices=choices)


@transaction.atomic
def save_mapping(
    *, choices: Choices, actor: User | None, name: str = "", fingerprint: str = ""
) -> SavedMapping:
    """Keep choices under a name, for a header, or both; an older mapping of either gives way.

    One that has the name is changed; one that had the header only keeps its name, if it has one.
    Raises NameTaken when somebody else keeps one at the same moment.
    """
    name = name.strip()
    named = _named(name)
    for_header = mapping_for(fingerprint)
    kept = named or (for_header if for_header and not (name and for_header.name) else None)
    if for_header is not None and for_header != kept:
        _give_way(for_header)
    kept = kept or SavedMapping(created_by=actor)
    kept.fingerprint = fingerprint or kept.fingerprint
    return _store(kept, name=name or kept.name, choices=choices)


def _store(mapping: SavedMapping, *, name: str, choices: Choices | None) -> SavedMapping:
    mapping.name = name.strip()
    if not mapping.name and not mapping.fingerprint:
        message = "A mapping that is not remembered for a header needs a name."
        raise NameNeeded(message)
    if choices is not None:
        mapping.choices = choices_to_json(choices)
    try:
        with transaction.atomic():
            mapping.save()
    except IntegrityError:
        what = f"“{mapping.name}”" if mapping.name else "for files with this header"
        message = f"There is a mapping {what} already."
        raise NameTaken(message) from None
    return mapping


def _named(name: str) -> SavedMapping | None:
    """Return the mapping of a name as the database compares names."""
    by_case = SavedMapping.objects.annotate(folded=Lower("name")).exclude(name="")
    return by_case.filter(folded=Lower(Value(name))).first()


def _give_way(mapping: SavedMapping) -> None:
    """Take a header from a mapping; without a name nothing is left of it."""
    if mapping.name:
        mapping.fingerprint = ""
        mapping.save(update_fields=["fingerprint"])
    else:
        mapping.delete()
