"""Files made to break importers (ABUSE 8 and 18), at their full size: rows are refused, no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from pytest_django import Settings

from pricebook.catalogue.models import Product
from pricebook.files.receive import receive_file
from pricebook.files.storage import storage
from pricebook.imports.intake import create_import
from pricebook.imports.models import Import
from pricebook.imports.outlines import outline_of
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import book, counts, imported

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]

MANY = 500_000
MIB = 1 << 20
GOOD = '{"sku": "good", "name": "Good"}\n'


class Made:
    """A file that is made while it is read: larger than anybody wants to hold."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int) -> bytes:
        return next(self._pieces, b"")


def import_made(pieces: Iterator[bytes], name: str) -> Job:
    file = receive_file(Made(pieces), name=name, actor=None)  # type: ignore[arg-type]
    record = create_import(file=file, actor=None)
    assert run_job(record.pk)
    return Job.objects.get(pk=record.pk)


def causes(job: Job) -> dict[str, int]:
    found = Import.objects.get(pk=job.pk).causes.all()
    return {cause.code: cause.rows for cause in found}


def peak_memory() -> int:
    """Return the largest resident set since `forget_peak`, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


class TestOneHostileLine:
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ('{"sku": "x", "name": ' + "[" * 100_000 + "]" * 100_000 + "}", "json_too_deep"),
            ('{"sku": "x", "price": ' + "9" * 5_000 + "}", "price_invalid"),
            ('{"sku": "x", "price": NaN}', "json_invalid_number"),
            ('{"sku": "x", "price": Infinity}', "json_invalid_number"),
            ('{"sku": "x", "price": 1e400}', "price_invalid"),
            ('{"sku": "x", "name": "a\\u0000b"}', "control_character"),
            ('{"sku": "x", "name": "a\\ud800b"}', "invalid_encoding"),
            ('{"sku": "x", "name": "a", "name": "b"}', "json_repeated_key"),
        ],
    )
    def test_it_is_refused_with_its_line_and_the_others_go_in(self, line: str, code: str) -> None:
        job = imported(f"{GOOD}{line}\n{GOOD}".replace("good", "g1", 1), name="feed.jsonl")
        assert (job.status, causes(job)) == (Status.COMPLETED, {code: 1})
        assert counts(job) == {"total": 3, "created": 2, "failed": 1}
        assert Import.objects.get(pk=job.pk).rejected_rows.get().line == 2

    @pytest.mark.parametrize(("name", "head"), [("a.csv", b"sku,name\n"), ("a.jsonl", b"")])
    def test_one_of_200_mb_is_refused_in_little_memory(self, name: str, head: bytes) -> None:
        good = b"good,Good\n" if head else GOOD.encode()
        opened, closed = (b'x,"', b'"\n') if head else (b'{"sku": "x", "name": "', b'"}\n')

        def pieces() -> Iterator[bytes]:
            yield head + good.replace(b"good", b"g1") + opened
            for _ in range(200):
                yield b"y" * MIB
            yield closed + good

        forget_peak()
        before = peak_memory()
        job = import_made(pieces(), name)
        assert counts(job) == {"total": 3, "created": 2, "failed": 1}
        assert causes(job) == {"row_too_long": 1}
        assert peak_memory() - before < 64 * MIB


class TestHalfAMillionRows:
    def test_of_one_sku_leave_the_last_one(self) -> None:
        rows = (f"a,Name {n}\n".encode() for n in range(MANY))
        job = import_made(blocks(b"sku,name\n", rows), "one.csv")
        assert counts(job) == {"total": MANY, "created": 1, "duplicate": MANY - 1}
        assert book()["a"][0] == f"Name {MANY - 1}"

    def test_that_are_refused_end_in_a_reject_file(self, settings: Settings) -> None:
        settings.GUARD_REJECTED = 0
        rows = (f"s-{n},cheap\n".encode() for n in range(MANY))
        job = import_made(blocks(b"sku,price\n", rows), "bad.csv")
        assert (job.status, counts(job)) == (Status.COMPLETED, {"total": MANY, "failed": MANY})
        assert causes(job) == {"price_invalid": MANY}
        record = Import.objects.get(pk=job.pk)
        assert record.rejected_rows.count() == settings.IMPORT_REJECTED_ROWS_KEPT
        with storage().open(record.rejects_key) as rejects:
            assert sum(1 for _ in rejects) == MANY + 1


class TestHeaders:
    """Either the file is refused in a sentence, or it goes in; where a person can choose the
    columns, they are kept for that."""

    @pytest.mark.parametrize(
        ("content", "sentence", "columns"),
        [
            ("sku,name\n", "The file has a header, but no rows under it.", None),
            ("name,price\nApple,1\n", "The file has no SKU column.", ["name", "price"]),
            ("A-1,Apple\nA-2,Pear\n", "The file has no SKU column.", ["A-1", "Apple"]),
            ("sku,colour\nA,red\n", "Only the SKU column (sku) was recognised.", ["sku", "colour"]),
        ],
    )
    def test_a_header_that_says_nothing(
        self, content: str, sentence: str, columns: list[str] | None
    ) -> None:
        job = imported(content)
        assert job.status == Status.FAILED
        assert job.error.startswith(sentence)
        outline = outline_of(Import.objects.get(pk=job.pk))
        assert (outline and [column.name for column in outline.columns]) == columns
        assert not Product.objects.exists()

    def test_of_a_column_that_is_there_twice_the_first_is_read(self) -> None:
        job = imported("sku,name,name\nA,First,Second\n")
        assert counts(job) == {"total": 1, "created": 1}
        assert book()["A"][0] == "First"
        record = Import.objects.get(pk=job.pk)
        assert record.ignored_columns == ["name"]


def blocks(head: bytes, rows: Iterator[bytes]) -> Iterator[bytes]:
    """Yield rows in pieces of some size."""
    yield head
    while block := b"".join(islice(rows, 10_000)):
        yield block
