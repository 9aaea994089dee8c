"""What a file says about a company's stores, written into the database (E1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pricebook.core.db import lock_until_commit
from pricebook.feed.stores.names import company_key, store_key
from pricebook.stores.description import DESCRIBED, describe
from pricebook.stores.models import Store
from pricebook.stores.naming import find_company, find_divisions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from pricebook.feed.stores.records import StoreFile
    from pricebook.stores.models import Company, Division

_WRITTEN: Final = (*DESCRIBED, "described_at", "missing_since", "updated_at")
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class StoreUpdate:
    """Count what a file came to; the first three add up to its records."""

    created: int
    updated: int
    unchanged: int
    missing: int
    """Stores that are not in it and, being a full list, it says are not there any more."""
    back: int
    """Of the updated ones, those that were missing until then."""


@dataclass(slots=True)
class _Sorted:
    """Collect stores by what becomes of them."""

    created: list[Store]
    updated: list[Store]
    # Unchanged, but seen later than before.
    seen: list[Store]
    back: int = 0


@transaction.atomic(durable=True)
def update_stores(found: StoreFile) -> StoreUpdate:
    """Create and update the stores of a file, and mark those that a full list lacks.

    One transaction, committed when it returns; files are taken one at a time. Nothing is deleted,
    and a file that was taken before changes nothing.
    """
    if not found.records:
        return StoreUpdate(0, 0, 0, 0, 0)
    lock_until_commit("stores.discovery")
    company = find_company(found.company)
    covered = [found.covers.division] if found.covers else []
    divisions = find_divisions(company, [*(each.division for each in found.records), *covered])
    keys = [store_key(each.store_id) for each in found.records]
    now = timezone.now()
    stores = _sort(found, keys, company, divisions)
    for store in (*stores.created, *stores.updated):
        store.updated_at = now
    _save(stores, found.observed_at)
    changed = len(stores.created) + len(stores.updated)
    return StoreUpdate(
        created=len(stores.created),
        updated=len(stores.updated),
        unchanged=len(found.records) - changed,
        missing=_mark_missing(found, keys, company, divisions, now),
        back=stores.back,
    )


def _sort(
    found: StoreFile, keys: Sequence[str], company: Company, divisions: dict[str, Division]
) -> _Sorted:
    """Return the stores of a file as they are to be, not saved yet."""
    listed = company.stores.filter(key__in=keys).select_related("division")
    known = {each.key: each for each in listed}
    stores = _Sorted([], [], [])
    at = found.observed_at
    for key, record in zip(keys, found.records, strict=True):
        store = known.get(key)
        division = divisions.get(company_key(record.division))
        if store is None:
            store = Store(company=company, key=key)
            describe(store, record, division=division, observed_at=at)
            stores.created.append(store)
            continue
        described_at = store.described_at
        is_other = describe(store, record, division=division, observed_at=at)
        if at and store.missing_since and at >= store.missing_since:
            store.missing_since = None
            stores.back += 1
            is_other = True
        if is_other:
            stores.updated.append(store)
        elif store.described_at != described_at:
            stores.seen.append(store)
    return stores


def _save(stores: _Sorted, seen_at: datetime | None) -> None:
    # Others may make a store at the same moment, as a file of prices does: it is described then.
    Store.objects.bulk_create(
        [*stores.created, *stores.updated],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["company", "key"],
        update_fields=_WRITTEN,
    )
    seen = Store.objects.filter(pk__in=[each.pk for each in stores.seen])
    seen.update(described_at=seen_at)


def _mark_missing(
    found: StoreFile,
    keys: Collection[str],
    company: Company,
    divisions: dict[str, Division],
    now: datetime,
) -> int:
    """Mark the stores that a full list means and does not have; return how many.

    Those that were seen at its time or later are there. Where another list lacked a store before,
    the earlier time stays.
    """
    covers, at = found.covers, found.observed_at
    if covers is None or at is None:
        return 0
    stores = company.stores.exclude(key__in=keys).filter(
        Q(described_at__isnull=True) | Q(described_at__lt=at),
        Q(missing_since__isnull=True) | Q(missing_since__gt=at),
    )
    if covers.division:
        stores = stores.filter(division=divisions[company_key(covers.division)])
    if covers.state:
        stores = stores.filter(state=covers.state)
    return stores.update(missing_since=at, updated_at=now)
