"""What the last file of a source held, and what its next one does not have any more (A15).

A product is missing from a file when the source's last file held it, this one does not, and no
other source's last file holds it. A row that was rejected stands in its file all the same: it says
that the source still has the product. All of it looks at the staging table, never at what became
of its rows, so that it is the same before and after the merge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from pricebook.catalogue.history import FieldChange
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import MAX_SOURCE_NAME, Source
from pricebook.catalogue.preview import SampleRow
from pricebook.changes.ledger import NEXT_CHANGESET, Growth
from pricebook.core.db import execute, fetch_row, fetch_rows
from pricebook.core.errors import PermanentError
from pricebook.feed.records import is_storable

if TYPE_CHECKING:
    from pricebook.catalogue.merge import StagedSet


class SourceNameRefused(PermanentError):
    """What is said is no name of a source."""


class SourceNameTaken(PermanentError):
    """Another source has the name."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many products a file lacks, of all active ones that the source's last file held."""

    products: int
    members: int


@dataclass(frozen=True, slots=True)
class Deactivated:
    """What a step switched off, and up to which product it came; a count of 0: nothing is left."""

    count: int
    last_id: int
    # The number of the change set, which the caller opens if anything was switched off.
    changeset_id: int = field(default=0, compare=False)

    @property
    def growth(self) -> Growth:
        """Return by how much the book grew: it has fewer active products."""
        return Growth(0, -self.count)


def find_source(name: str) -> Source:
    """Return the source of that name, or else a new one; case and width make no difference.

    Raises SourceNameRefused. Whoever asks at the same moment gets the same one.
    """
    shown = _checked_name(name)
    source, _ = Source.objects.get_or_create(key=sku_key(shown), defaults={"name": shown})
    return source


def rename_source(source_id: int, name: str) -> Source:
    """Give a source another name. Raises SourceNameRefused and SourceNameTaken."""
    shown = _checked_name(name)
    source = Source.objects.get(pk=source_id)
    source.name, source.key = shown, sku_key(shown)
    try:
        with transaction.atomic():
            source.save(update_fields=["name", "key"])
    except IntegrityError:
        message = f"There is a source “{shown}” already."
        raise SourceNameTaken(message) from None
    return source


def forget_source(source_id: int) -> None:
    """Forget a source and what its last file held; its products stay as they are."""
    with transaction.atomic():
        if _is_there(source_id):
            execute("DELETE FROM catalogue_sourceproduct WHERE source_id = %s", [source_id])
            Source.objects.filter(pk=source_id).delete()


def _is_there(source_id: int) -> bool:
    """Say whether a source is there, and keep it so until the transaction ends."""
    return Source.objects.select_for_update().filter(pk=source_id).exists()


def _checked_name(name: str) -> str:
    shown = name.strip()
    if not 0 < len(shown) <= MAX_SOURCE_NAME or not is_storable(shown):
        message = f"The name of a source has 1 to {MAX_SOURCE_NAME} characters, none of them NUL."
        raise SourceNameRefused(message)
    return shown


def count_missing(staged: StagedSet, source_id: int) -> Missing:
    """Count what `deactivate_missing` would switch off, before it does."""
    return Missing(*fetch_row(staged.fill(_COUNT), {"source": source_id}))


def sample_missing(staged: StagedSet, source_id: int, count: int) -> list[SampleRow]:
    """Return the first missing products in the order of their SKUs; they stand in no line."""
    rows = fetch_rows(staged.fill(_SAMPLE), {"source": source_id, "count": count})
    switched_off = (FieldChange("active", before=True, after=False),)
    return [SampleRow(0, sku, product_id, switched_off) for product_id, sku in rows]


def deactivate_missing(
    staged: StagedSet, source_id: int, *, after_id: int, limit: int
) -> Deactivated:
    """Switch off the first missing products behind an id, in the caller's transaction.

    With their ledger rows.
    """
    parameters = {
        "source": source_id,
        "after": after_id,
        "limit": limit,
    }
    count, last_id, changeset_id = fetch_row(staged.fill(_DEACTIVATE), parameters)
    return Deactivated(count, after_id if last_id is None else last_id, changeset_id)


@transaction.atomic
def remember_members(staged: StagedSet, source_id: int, *, rows: int) -> None:
    """Let the source's set be what this file of so many rows holds.

    To be called once the file is merged: its new products are members, too. Deleted ones are kept,
    for somebody may bring them back. A source that was forgotten meanwhile stays so.
    """
    if not _is_there(source_id):
        return
    execute(staged.fill(_REMEMBER), {"source": source_id})
    Source.objects.filter(pk=source_id).update(last_rows=rows, last_import_at=timezone.now())


# A full join can only be one by hash or by merge. The planner cannot know how many members there
# are: for NOT EXISTS it may look through the whole staging table once for each of them.
_ABSENT: Final = """
    WITH members AS MATERIALIZED (
        SELECT p.id, p.sku_key
        FROM catalogue_sourceproduct m JOIN catalogue_product p ON p.id = m.product_id
        WHERE m.source_id = %(source)s AND p.active AND p.deleted_at IS NULL
    ), absent AS MATERIALIZED (
        SELECT m.id
        FROM members m FULL JOIN (
            SELECT sku_key FROM {rows} UNION ALL SELECT sku_key FROM {rejected}
        ) f ON f.sku_key = m.sku_key
        WHERE f.sku_key IS NULL
    )"""
_MISSING: Final = """absent a JOIN catalogue_product p ON p.id = a.id
    WHERE p.active AND p.deleted_at IS NULL AND NOT EXISTS (
        SELECT FROM catalogue_sourceproduct o
        WHERE o.product_id = p.id AND o.source_id <> %(source)s)"""

_COUNT: Final = f"""
    {_ABSENT}
    SELECT (SELECT count(*) FROM {_MISSING}), (SELECT count(*) FROM members)
"""

_SAMPLE: Final = f"""
    {_ABSENT}
    SELECT p.id, p.sku FROM {_MISSING} ORDER BY p.sku_key LIMIT %(count)s
"""

# Locked in the order of their ids, as every writer of many does it.
_DEACTIVATE: Final = f"""
    {_ABSENT}, target AS MATERIALIZED (
        SELECT p.id, p.sku FROM {_MISSING} AND p.id > %(after)s
        ORDER BY p.id LIMIT %(limit)s
        FOR UPDATE OF p
    ), done AS MATERIALIZED (
        SELECT count(*) AS products, max(id) AS last_id, {NEXT_CHANGESET} AS changeset FROM target
    ), written AS (
        UPDATE catalogue_product p
        SET active = false, updated_at = now(), changed_in = d.changeset
        FROM target t CROSS JOIN done d WHERE p.id = t.id
    ), logged AS (
        INSERT INTO changes_change (changeset_id, product_id, sku, kind, fields)
        SELECT d.changeset, t.id, t.sku, 'updated',
            jsonb_build_object('active', jsonb_build_array(true, false))
        FROM target t CROSS JOIN done d
    )
    SELECT products, last_id, changeset FROM done
"""

# What goes is deleted where it lies: no guess of the planner can make that slow either.
_REMEMBER: Final = """
    WITH held AS MATERIALIZED (
        SELECT p.id FROM {rows} s JOIN catalogue_product p ON p.sku_key = s.sku_key
        UNION
        SELECT p.id FROM {rejected} r JOIN catalogue_product p ON p.sku_key = r.sku_key
    ), known AS MATERIALIZED (
        SELECT product_id AS id, ctid AS place FROM catalogue_sourceproduct
        WHERE source_id = %(source)s
    ), differing AS MATERIALIZED (
        SELECT h.id AS come, k.place AS gone FROM held h FULL JOIN known k ON k.id = h.id
        WHERE h.id IS NULL OR k.id IS NULL
    ), deleted AS (
        DELETE FROM catalogue_sourceproduct m USING differing d WHERE m.ctid = d.gone
    )
    INSERT INTO catalogue_sourceproduct (source_id, product_id)
    SELECT %(source)s, come FROM differing WHERE come IS NOT NULL
"""
