"""Merging a staged set of product rows into the book: SQL, set by set, with its ledger rows.

A staging table has the columns `line` and `sku_key`, unique both, and `STAGED_COLUMNS`; NULL means
that the file says nothing, so the stored value stays (A15).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from psycopg import sql

from pricebook.core.db import execute, fetch_row


@dataclass(frozen=True, slots=True)
class MergedField:
    """A column of the product that a file can set."""

    name: str
    # SQL of what a new product gets when the file says nothing.
    default: str
    # SQL of how the ledger writes a value: money exact, without idle zeros.
    ledger: str = "{}"


FIELDS = (
    MergedField("sku", default="NULL"),
    MergedField("name", default="''"),
    MergedField("description", default="''"),
    MergedField("price", default="NULL", ledger="trim_scale({})::text"),
    MergedField("active", default="true"),
)
STAGED_COLUMNS = tuple(field.name for field in FIELDS)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What became of the rows of a chunk; they add up to its rows."""

    created: int
    updated: int
    unchanged: int

    @property
    def changed(self) -> int:
        """Return how many products the chunk wrote."""
        return self.created + self.updated


def merge_chunk(
    staging: sql.Identifier, *, after: int, through: int, changeset_id: int
) -> MergeCounts:
    """Merge the staged rows with `after` < line <= `through`, in the caller's transaction.

    A product that a person creates or edits meanwhile is compared as it is when its row is locked,
    so nothing that was committed before is overwritten unseen, and every before-image is true.
    A tombstone comes back to life under its old id and counts as created.
    """
    where = {"after": after, "through": through, "changeset": changeset_id}
    (rows,) = fetch_row(_on(_COUNT, staging), where)
    created = execute(_on(_insert(), staging), where)
    if created == rows:
        return MergeCounts(created, 0, 0)
    updated, restored = fetch_row(_on(_update(), staging), where)
    created += restored
    return MergeCounts(created, updated, rows - created - updated)


def _on(statement: str, staging: sql.Identifier) -> sql.Composed:
    return sql.SQL(statement).format(staging=staging)  # type: ignore[arg-type]


_CHUNK = "s.line > %(after)s AND s.line <= %(through)s"
_COUNT = f"SELECT count(*) FROM {{staging}} s WHERE {_CHUNK}"  # noqa: S608


@cache
def _insert() -> str:
    """Return the statement that adds the products whose key is new, with their ledger rows."""
    columns = ", ".join(field.name for field in FIELDS)
    values = ", ".join(f"coalesce(s.{field.name}, {field.default})" for field in FIELDS)
    return f"""
        WITH added AS (
            INSERT INTO catalogue_product (sku_key, {columns}, created_at, updated_at)
            SELECT s.sku_key, {values}, now(), now()
            FROM {{staging}} s
            WHERE {_CHUNK}
              AND NOT EXISTS (SELECT FROM catalogue_product p WHERE p.sku_key = s.sku_key)
            ON CONFLICT (sku_key) DO NOTHING
            RETURNING id, sku
        )
        INSERT INTO changes_change (changeset_id, product_id, sku, kind)
        SELECT %(changeset)s, id, sku, 'created' FROM added
    """  # noqa: S608 (built from the field list above)


@cache
def _update() -> str:
    """Return the statement that writes what differs, with its before-image, and counts it.

    The rows are locked in the order of their ids, so that two writers of many cannot deadlock;
    after a wait, PostgreSQL reads and compares the row anew.
    """
    differs = " OR ".join(
        f"(s.{f.name} IS NOT NULL AND s.{f.name} IS DISTINCT FROM p.{f.name})" for f in FIELDS
    )
    old = ", ".join(f"p.{f.name} AS old_{f.name}" for f in FIELDS)
    new = ", ".join(f"coalesce(s.{f.name}, p.{f.name}) AS new_{f.name}" for f in FIELDS)
    assignments = ", ".join(f"{f.name} = c.new_{f.name}" for f in FIELDS)
    pairs = ", ".join(
        f"'{f.name}', CASE WHEN c.old_{f.name} IS DISTINCT FROM c.new_{f.name} THEN "
        f"jsonb_build_array({f.ledger.format(f'c.old_{f.name}')}, "
        f"{f.ledger.format(f'c.new_{f.name}')}) END"
        for f in FIELDS
    )
    return f"""
        WITH changed AS MATERIALIZED (
            SELECT p.id, p.deleted_at, {old}, {new}
            FROM {{staging}} s JOIN catalogue_product p ON p.sku_key = s.sku_key
            WHERE {_CHUNK} AND (p.deleted_at IS NOT NULL OR {differs})
            ORDER BY p.id
            FOR UPDATE OF p
        ), written AS (
            UPDATE catalogue_product p SET {assignments}, deleted_at = NULL, updated_at = now()
            FROM changed c WHERE p.id = c.id
        ), logged AS (
            INSERT INTO changes_change (changeset_id, product_id, sku, kind, fields)
            SELECT %(changeset)s, c.id, c.new_sku,
                CASE WHEN c.deleted_at IS NULL THEN 'updated' ELSE 'restored' END,
                jsonb_strip_nulls(jsonb_build_object({pairs},
                    'deleted_at', CASE WHEN c.deleted_at IS NOT NULL
                                       THEN jsonb_build_array(c.deleted_at, NULL) END))
            FROM changed c
            RETURNING kind
        )
        SELECT count(*) FILTER (WHERE kind = 'updated'),
               count(*) FILTER (WHERE kind = 'restored') FROM logged
    """  # noqa: S608 (built from the field list above)
