"""Fill a book with any number of products at once, to measure what reads cost at that size."""

from __future__ import annotations

import psycopg
from psycopg import sql

from benchmarks.words import DESCRIPTIONS, MATERIALS, SIZES, THINGS

BRANDS = 2_000
CATEGORIES = 300
# Made-up words for the names of series: some frequent, most rare, as in any language.
_SERIES = 20_000
# A prime above any size: the numbers of the SKUs scatter over it and no two meet.
_SKU_NUMBERS = 10_000_019
_SCATTER = 6_180_341

# Every value follows from the number n alone; h(n, k) are hashes of it from 0 to 1.
_FILL = """
    INSERT INTO catalogue_product (sku_key, sku, name, description, price, currency, active, brand,
        gtin, category, created_at, updated_at)
    SELECT lower(sku), sku,
        concat(
            (%(materials)s::text[])[1 + floor(h1 * {materials})], ' ',
            (%(things)s::text[])[1 + floor(h2 * {things})],
            (%(sizes)s::text[])[1 + floor(h3 * {sizes})], ' ',
            substr('BCDFGKLMNPRSTVZ', 1 + w %% 15, 1), substr('aeiou', 1 + w / 15 %% 5, 1),
            substr('bcdfgklmnprstvz', 1 + w / 75 %% 15, 1), substr('aeiou', 1 + w / 1125 %% 5, 1),
            substr('bcdfgklmnprstvz', 1 + w / 5625 %% 15, 1), ' ',
            chr(65 + (n %% 26)::int), chr(65 + (n / 26 %% 26)::int), '-', n),
        (%(descriptions)s::text[])[1 + floor(h4 * {descriptions})],
        round((0.49 + (h5 ^ 4) * 2000)::numeric, 2), 'EUR', h4 * 997 - floor(h4 * 997) > 0.07,
        'Brand ' || 1 + floor((h2 ^ 2) * {brands}), '', 'Category ' || 1 + floor(h3 * {categories}),
        now(), now()
    FROM (
        SELECT n, 'P-' || lpad((n * {scatter} %% {numbers})::text, 8, '0') AS sku,
            (hashint8(n) + 2147483648::bigint) / 4294967296.0::float8 AS h1,
            (hashint8extended(n, 1) & 16777215) / 16777216.0::float8 AS h2,
            (hashint8extended(n, 2) & 16777215) / 16777216.0::float8 AS h3,
            (hashint8extended(n, 3) & 16777215) / 16777216.0::float8 AS h4,
            (hashint8extended(n, 4) & 16777215) / 16777216.0::float8 AS h5,
            floor({series} * ((hashint8extended(n, 5) & 16777215) / 16777216.0::float8) ^ 2)::int
                AS w
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
    ) numbers
"""
_AT_ONCE = 250_000


def fill_book(connection: psycopg.Connection, products: int) -> None:
    """Add products until there are that many, and do what autovacuum does afterwards."""
    found = connection.execute("SELECT count(*) FROM catalogue_product").fetchone()
    first = (found[0] if found else 0) + 1
    words = {"materials": MATERIALS, "things": THINGS, "sizes": SIZES, "descriptions": DESCRIPTIONS}
    sizes = {name: sql.Literal(len(choices)) for name, choices in words.items()}
    statement = sql.SQL(_FILL).format(
        **sizes,
        brands=sql.Literal(BRANDS),
        series=sql.Literal(_SERIES),
        categories=sql.Literal(CATEGORIES),
        scatter=sql.Literal(_SCATTER),
        numbers=sql.Literal(_SKU_NUMBERS),
    )
    lists = {name: list(choices) for name, choices in words.items()}
    for start in range(first, products + 1, _AT_ONCE):
        last = min(start + _AT_ONCE - 1, products)
        connection.execute(statement, {**lists, "first": start, "last": last})
    connection.execute("""
        UPDATE changes_totals SET (products, active) = (
            SELECT count(*), count(*) FILTER (WHERE active) FROM catalogue_product)
    """)
    connection.execute("VACUUM (ANALYZE) catalogue_product")
