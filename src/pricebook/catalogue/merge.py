"""Merging a staged set of product rows into the book: SQL, set by set, with its ledger rows.

A staging table has the columns `line` and `sku_key`, both unique, and those of `FIELDS`; NULL means
that the file says nothing, so the stored value stays. What empties a field is '', an object without
keys, and for the price NaN (`feed.records.CLEARED_PRICE`), which PostgreSQL takes for a number that
equals itself and is above every other (A15).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from django.db import IntegrityError, transaction
from psycopg import sql

from pricebook.catalogue.fields import FIELDS, for_each_field
from pricebook.catalogue.modes import Mode
from pricebook.changes.ledger import Growth, reserve_changeset_id
from pricebook.core.db import execute, fetch_row
from pricebook.core.errors import TransientError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What became of the staged rows of a chunk; they add up to its rows."""

    created: int
    updated: int
    unchanged: int
    # By how many active products the book grew.
    active_delta: int = 0
    # Rows that say something else than the book, and that the mode does not let through.
    skipped: int = 0
    # The number of the change set, which the caller opens if anything was changed.
    changeset_id: int = field(default=0, compare=False)

    @property
    def changed(self) -> int:
        """Return how many products the chunk wrote."""
        return self.created + self.updated

    @property
    def growth(self) -> Growth:
        """Return by how much the book grew."""
        return Growth(self.created, self.active_delta)


@dataclass(frozen=True, slots=True)
class StagedSet:
    """The name of a staging table, and of the table of its rows that differ from the book."""

    rows: str
    differences: str

    @property
    def rejected(self) -> str:
        """Return the name of the table of the `sku_key` of rejected rows; not every set has one."""
        return f"{self.rows}_r"

    def fill(self, statement: str) -> sql.Composed:
        """Return the statement with the names in it."""
        return sql.SQL(statement).format(
            rows=sql.Identifier(self.rows),
            differences=sql.Identifier(self.differences),
            rejected=sql.Identifier(self.rejected),
        )


def find_differences(staged: StagedSet, *, after_key: str = "", mode: Mode = Mode.UPSERT) -> int:
    """Compare the staged rows with the book at once; keep, and count, those to be merged.

    Those are the ones that differ and that the mode lets through, of keys behind `after_key`. They
    are numbered from 1 in the order of their keys: neighbours in the index are then written
    together, which halves the cost of a new product. One that a person edits after it was found
    equal stays as she left it: her edit came after the import.
    """
    statement = _let_through(_DIFFERENCES, mode)
    different = execute(staged.fill(statement), {"after_key": after_key})
    execute(staged.fill("CREATE INDEX ON {differences} USING brin (number)"))
    execute(staged.fill("ANALYZE {differences} (number)"))
    return different


def count_skipped(staged: StagedSet, *, mode: Mode, after_key: str = "") -> int:
    """Count the rows that differ from the book and that the mode does not let through."""
    if mode == Mode.UPSERT:
        return 0
    statement = staged.fill(_let_through(_SKIPPED, mode))
    return int(fetch_row(statement, {"after_key": after_key})[0])


class OvertakenError(TransientError):
    """Somebody wrote one of the products under a later change set, and was written over."""


def merge_chunk(
    staged: StagedSet, *, after: int, through: int, mode: Mode = Mode.UPSERT
) -> MergeCounts:
    """Merge the differences with `after` < number <= `through`, in the caller's transaction.

    There must be as many as that: the counts are of this chunk's rows. Raises OvertakenError.

    Every row is compared again once its product is locked, so that every before-image is true and
    the mode holds, whatever people did since the differences were found. A tombstone comes back to
    life under its old id and counts as created.

    The change sets of a product are numbered in the order in which they wrote it. The number is
    taken before the products are locked, so whoever finds that another write was faster, and has a
    higher one, locks them all and begins anew.
    """
    chunk = {"after": after, "through": through, "changeset": reserve_changeset_id()}
    try:
        with transaction.atomic():
            return _merge(staged, chunk, mode)
    except OvertakenError:
        log.info("A chunk is merged again: somebody has just edited one of its products")
    execute(staged.fill(_LOCK), chunk)
    return _merge(staged, {**chunk, "changeset": reserve_changeset_id()}, mode)


def _merge(staged: StagedSet, chunk: dict[str, int], mode: Mode) -> MergeCounts:
    rows = chunk["through"] - chunk["after"]
    created, active = _insert(staged, chunk)
    updated = skipped = 0
    for statement in (_UPDATE_KNOWN, _MOVED[mode], _UPDATE_ADOPTED):
        # What is left is for the few that somebody wrote since the differences were found.
        if created + updated + skipped < rows:
            done = fetch_row(staged.fill(_let_through(statement, mode)), chunk)
            created, updated, skipped = created + done[0], updated + done[1], skipped + done[2]
            active += done[3]
            if done[4] is not None and done[4] > chunk["changeset"]:
                raise OvertakenError
    unchanged = rows - created - updated - skipped
    return MergeCounts(created, updated, unchanged, active, skipped, chunk["changeset"])


def last_key(staged: StagedSet, number: int) -> str:
    """Return the SKU key of a difference."""
    statement = staged.fill("SELECT sku_key FROM {differences} WHERE number = %(number)s")
    return str(fetch_row(statement, {"number": number})[0])


def _insert(staged: StagedSet, chunk: dict[str, int]) -> tuple[int, int]:
    """Add the new products; return how many, and how many active ones.

    Asking for each row whether it conflicts costs half as much again as adding it, and only a
    person who creates one of these SKUs at this moment makes it necessary.
    """
    try:
        with transaction.atomic():
            created, _, _, active, _ = fetch_row(staged.fill(_INSERT), chunk)
    except IntegrityError:
        created, _, _, active, _ = fetch_row(staged.fill(_INSERT_UNLESS_THERE), chunk)
    return created, active


def _let_through(statement: str, mode: Mode) -> str:
    """Return the statement with the condition of the mode in it."""
    return statement.replace("__let_through__", _LET_THROUGH[mode])


# Of a product that may not be there.
IS_LIVING: Final = "(p.id IS NOT NULL AND p.deleted_at IS NULL)"
_LET_THROUGH = {
    Mode.UPSERT: "true",
    Mode.CREATE: f"NOT {IS_LIVING}",
    Mode.UPDATE: IS_LIVING,
}

_DIFFERS = f"""(p.deleted_at IS NOT NULL
    OR {for_each_field("(s.{f} IS NOT NULL AND {said} IS DISTINCT FROM p.{f})", " OR ")})"""

_COMPARED = f"""
    FROM {{rows}} s LEFT JOIN catalogue_product p ON p.sku_key = s.sku_key
    WHERE s.sku_key > %(after_key)s AND (p.id IS NULL OR {_DIFFERS})
"""
_DIFFERENCES = f"""
    CREATE UNLOGGED TABLE {{differences}} WITH (autovacuum_enabled = false) AS
    SELECT row_number() OVER (ORDER BY s.sku_key) AS number, p.id AS product_id, s.*
    {_COMPARED} AND __let_through__
    ORDER BY s.sku_key
"""
_SKIPPED = f"SELECT count(*) {_COMPARED} AND NOT (__let_through__)"

_CHUNK = "s.number > %(after)s AND s.number <= %(through)s"

# Every statement of a chunk gives how many products it created, updated and skipped, by how many
# active ones the book grew, and the latest change set that it wrote over. Here: the new products,
# with their ledger rows.
_INSERT_TEMPLATE = f"""
    WITH added AS (
        INSERT INTO catalogue_product (sku_key, {for_each_field("{f}")}, created_at, updated_at,
            created_in, changed_in)
        SELECT s.sku_key, {for_each_field("{first}")}, now(), now(),
            %(changeset)s, %(changeset)s
        FROM {{differences}} s
        WHERE {_CHUNK} AND __new__
        __on_conflict__
        RETURNING id, sku, active
    ), logged AS (
        INSERT INTO changes_change (changeset_id, product_id, sku, kind)
        SELECT %(changeset)s, id, sku, 'created' FROM added
    )
    SELECT count(*), 0, 0, count(*) FILTER (WHERE active), NULL FROM added
"""
_IS_NEW = "s.product_id IS NULL"
_INSERT = _INSERT_TEMPLATE.replace("__new__", _IS_NEW).replace("__on_conflict__", "")
_UNLESS_THERE = _INSERT_TEMPLATE.replace("__on_conflict__", "ON CONFLICT (sku_key) DO NOTHING")
_INSERT_UNLESS_THERE = _UNLESS_THERE.replace("__new__", _IS_NEW)

# Rows whose product got another SKU since the differences were found.
_HAS_MOVED = """s.product_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM catalogue_product p WHERE p.sku_key = s.sku_key)"""
_INSERT_MOVED = _UNLESS_THERE.replace("__new__", _HAS_MOVED)
_SKIP_MOVED = (
    f"SELECT 0, 0, count(*), 0, NULL FROM {{differences}} s WHERE {_CHUNK} AND {_HAS_MOVED}"
)
_MOVED = {Mode.UPSERT: _INSERT_MOVED, Mode.CREATE: _INSERT_MOVED, Mode.UPDATE: _SKIP_MOVED}

# Those that the rows were compared with, and those that have their SKUs by now.
_LOCK = f"""
    SELECT p.id FROM catalogue_product p
    WHERE p.id IN (
        SELECT s.product_id FROM {{differences}} s WHERE {_CHUNK} AND s.product_id IS NOT NULL
        UNION
        SELECT o.id FROM {{differences}} s JOIN catalogue_product o ON o.sku_key = s.sku_key
        WHERE {_CHUNK})
    ORDER BY p.id
    FOR UPDATE OF p
"""

_LEDGER_PAIR = (
    "'{f}', CASE WHEN c.old_{f} IS DISTINCT FROM c.new_{f} THEN jsonb_build_array({old}, {new}) END"
)
# Stripping the nulls of fields that are the same would strip those inside of objects, too.
LEDGER_FIELDS = for_each_field(_LEDGER_PAIR, among=[f for f in FIELDS if f.type != "jsonb"])
LEDGER_OBJECTS = for_each_field(
    "CASE WHEN c.old_{f} IS DISTINCT FROM c.new_{f}"
    " THEN jsonb_build_object('{f}', jsonb_build_array({old}, {new}))"
    " ELSE jsonb_build_object() END",
    " || ",
    among=[f for f in FIELDS if f.type == "jsonb"],
)

# What differs in products that exist, with the before-image. The rows are locked in the order of
# their ids, so that two writers of many cannot deadlock; after a wait for such a lock PostgreSQL
# reads and compares the row anew (READ COMMITTED). A product that has another SKU by now is none of
# the file's: it is neither written nor skipped. That is no condition of the join, because the
# planner would then expect hardly a row.
_UPDATE = f"""
    WITH changed AS MATERIALIZED (
        SELECT p.id, p.deleted_at, p.changed_in,
            CASE WHEN p.sku_key = s.sku_key THEN __let_through__ END AS fits,
            {for_each_field("p.{f} AS old_{f}")},
            {for_each_field("{said} AS new_{f}")}
        FROM {{differences}} s JOIN catalogue_product p ON __same__
        WHERE {_CHUNK} AND {_DIFFERS}
        ORDER BY p.id
        FOR UPDATE OF p
    ), written AS (
        UPDATE catalogue_product p
        SET {for_each_field("{f} = c.new_{f}")}, deleted_at = NULL, updated_at = now(),
            changed_in = %(changeset)s
        FROM changed c WHERE p.id = c.id AND c.fits
    ), logged AS (
        INSERT INTO changes_change (changeset_id, product_id, sku, kind, fields)
        SELECT %(changeset)s, c.id, c.new_sku,
            CASE WHEN c.deleted_at IS NULL THEN 'updated' ELSE 'restored' END,
            jsonb_strip_nulls(jsonb_build_object(
                {LEDGER_FIELDS},
                'deleted_at', CASE WHEN c.deleted_at IS NOT NULL
                    THEN jsonb_build_array(c.deleted_at, NULL) END)) || {LEDGER_OBJECTS}
        FROM changed c WHERE c.fits
    )
    SELECT count(*) FILTER (WHERE fits AND deleted_at IS NOT NULL),
        count(*) FILTER (WHERE fits AND deleted_at IS NULL),
        count(*) FILTER (WHERE NOT fits),
        coalesce(sum(new_active::int - (old_active AND deleted_at IS NULL)::int)
            FILTER (WHERE fits), 0),
        max(changed_in) FILTER (WHERE fits)
    FROM changed
"""
_UPDATE_KNOWN = _UPDATE.replace("__same__", "p.id = s.product_id")
_UPDATE_ADOPTED = _UPDATE.replace(
    "__same__", "p.sku_key = s.sku_key AND p.id IS DISTINCT FROM s.product_id"
)
