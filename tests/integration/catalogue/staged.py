"""Files that are staged and merged here and now, without a job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from pricebook.catalogue.merge import MergeCounts, count_skipped, find_differences, merge_chunk
from pricebook.catalogue.modes import Mode
from pricebook.feed.records import ProductRecord
from pricebook.imports import staging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TABLE = "import_staging_test"
STAGED = staging.staged_set(TABLE)


def record(
    line: int,
    sku: str,
    name: str | None = None,
    description: str | None = None,
    price: str | None = None,
    active: bool | None = None,
) -> ProductRecord:
    return ProductRecord(line, sku, name, description, price, active=active)


def stage(*records: ProductRecord, rejected: Sequence[str] = ()) -> None:
    """Put the records into the staging table, and the keys of rejected rows beside it."""
    with transaction.atomic():
        staging.create_table(TABLE)
        staging.copy_records(TABLE, [list(records)] if records else [])
        staging.keep_rejected_keys(TABLE, [list(rejected)])
    staging.drop_superseded(TABLE)


def merge(
    *records: ProductRecord,
    mode: Mode = Mode.UPSERT,
    meanwhile: Callable[[], object] = lambda: None,
) -> MergeCounts:
    """Merge the records in one chunk; what was equal or skipped from the start counts as such.

    `meanwhile` happens between the comparison and the merge.
    """
    stage(*records)
    different = find_differences(STAGED, mode=mode)
    skipped = count_skipped(STAGED, mode=mode)
    equal = (staging.count_rows(TABLE) or 0) - different - skipped
    meanwhile()
    counts = merge_chunk(STAGED, after=0, through=different, mode=mode)
    staging.drop_tables(TABLE)
    return replace(counts, unchanged=counts.unchanged + equal, skipped=counts.skipped + skipped)
