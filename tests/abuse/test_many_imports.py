"""Many imports at once, and everything deleted in between (ABUSE 21): a defined order.

`tests/soak` queues a thousand.
"""

from __future__ import annotations

from pathlib import Path

from tests.integration.crash.expect import book, expect_all_imported
from tests.integration.crash.files import FileSpec
from tests.integration.crash.stack import Stack

UNFINISHED = "SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')"
LIVING = "SELECT count(*) FROM catalogue_product WHERE deleted_at IS NULL"
ENDED = "SELECT kind, status, error FROM jobs_job ORDER BY queue_number"


def queue(stack: Stack, folder: Path, specs: list[FileSpec]) -> list[str]:
    jobs: list[str] = stack.ask("queue", *(str(spec.write(folder)) for spec in specs))
    return jobs


def wait_for_the_end(stack: Stack) -> None:
    stack.wait_until(lambda: stack.number(UNFINISHED) == 0, "all jobs end", seconds=300)


def expect_one_after_the_other(stack: Stack, folder: Path, imports: int) -> None:
    """Queue so many imports of the same products; they end as if one had followed the other."""
    specs = [FileSpec(21, number, rows=12, skus=40) for number in range(1, 1 + imports)]
    jobs = queue(stack, folder, specs)
    wait_for_the_end(stack)
    expect_all_imported(stack, jobs, specs)


def test_many_imports_of_the_same_products_at_once(stack: Stack, tmp_path: Path) -> None:
    expect_one_after_the_other(stack, tmp_path, imports=60)


def test_everything_is_deleted_after_the_imports_before_and_before_those_behind(
    stack: Stack, tmp_path: Path
) -> None:
    before = [FileSpec(22, number, rows=20_000, skus=9_000) for number in (1, 2)]
    behind = FileSpec(22, 3, rows=50, skus=9_000)
    queue(stack, tmp_path, before)
    stack.ask("delete_all")
    queue(stack, tmp_path, [behind])
    wait_for_the_end(stack)
    kinds = ["import", "import", "bulk_edit", "import"]
    assert stack.look(ENDED) == [(kind, "completed", "") for kind in kinds]
    good = {row.sku.lower() for row in behind.make() if row.sku and row.price != "cheap"}
    assert stack.number(LIVING) == len(good)
    assert good <= set(book(stack))
