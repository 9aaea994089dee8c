"""How many products there are: exact at any size, without counting them.

Every change set says by how many the book grew. The one row of `Totals` sums up the placed sets;
the few that are not placed yet are added when somebody asks. Both are read in one statement, so
that no writer waits for another, and no answer is older than the last commit.
"""

from __future__ import annotations

from pricebook.changes.ledger import Growth
from pricebook.core.db import execute, fetch_row

_COUNT = """
    SELECT coalesce(sum(products), 0)::bigint, coalesce(sum(active), 0)::bigint
    FROM (
        SELECT products, active FROM changes_totals
        UNION ALL
        SELECT products_delta, active_delta FROM changes_changeset WHERE position IS NULL
    ) parts
"""
_ADD = """
    INSERT INTO changes_totals AS t (id, products, active)
    VALUES (1, %(products)s, %(active)s)
    ON CONFLICT (id) DO UPDATE
    SET products = t.products + excluded.products, active = t.active + excluded.active
"""


def count_products() -> Growth:
    """Return the living products of the book, and the active ones among them."""
    products, active = fetch_row(_COUNT)
    return Growth(products, active)


def add_to_totals(growth: Growth) -> None:
    """Sum up what sets that are placed in this transaction say."""
    execute(_ADD, {"products": growth.products, "active": growth.active})
