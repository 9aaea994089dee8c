"""Files that were made to break importers: rows are refused, the rest of the file goes in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pricebook.imports.models import Import
from pricebook.jobs.models import Job
from tests.factories import book, counts, imported

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "good,Good,1\n"


def codes(job: Job) -> dict[str, int]:
    causes = Import.objects.get(pk=job.id).causes.all()
    return {cause.code: cause.rows for cause in causes}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("bad,n\0l,1\n", "control_character"),
        ("b\0d,name,1\n", "control_character"),
        ("bad,name,NaN\n", "price_invalid"),
        ("bad,name,Infinity\n", "price_invalid"),
        ("bad,name,1e400\n", "price_invalid"),
        (f"bad,name,{'9' * 5000}\n", "price_invalid"),
        ("bad,name,-1\n", "price_negative"),
        ("bad,name,0.00001\n", "price_too_precise"),
        (f"{'x' * 101},name,1\n", "sku_too_long"),
        # One character that NFKC writes out as eighteen: short to see, long to compare.
        ("\ufdfa" * 6 + ",name,1\n", "sku_too_long"),
        (f"bad,{'x' * 501},1\n", "name_too_long"),
        (f"bad,{'x' * 3_000_000},1\n", "row_too_long"),
        ('bad,"never closed,1\n', "unclosed_quote"),
        ("bad,name,1,2,3\n", "too_many_cells"),
    ],
)
def test_a_hostile_row_is_refused_and_the_others_go_in(row: str, code: str) -> None:
    job = imported(f"sku,name,price\n{row}{GOOD}")
    assert job.status == "completed"
    assert counts(job) == {"total": 2, "created": 1, "failed": 1}
    assert codes(job) == {code: 1}
    assert book() == {"good": ("Good", "", Decimal(1), True)}


def test_bytes_that_are_no_text_are_refused_and_the_others_go_in() -> None:
    umlauts = "".join(f"s{n},Öl,1\n" for n in range(50)).encode()
    job = imported(b"sku,name,price\n" + umlauts + b"bad,\xff\xfe,1\n" + GOOD.encode())
    assert counts(job) == {"total": 52, "created": 51, "failed": 1}
    assert codes(job) == {"invalid_encoding": 1}


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "\u202egnp.exe",
        "😀 four bytes",
        "e\u0301 combining",
        "zero\u200bwidth",
        "=1+1",
        "＝cmd|' /C calc'!A0",
        "\\N",
        "\\.",
        "back\\slash",
    ],
)
def test_odd_names_are_stored_as_they_are(name: str) -> None:
    imported(f"sku,name\nA,{name}\n")
    assert book()["A"][0] == name


def test_many_rows_of_one_sku_leave_the_last_one() -> None:
    job = imported("sku,name\n" + "".join(f"a,Name {n}\n" for n in range(20_000)))
    assert counts(job) == {"total": 20_000, "created": 1, "duplicate": 19_999}
    assert book()["a"][0] == "Name 19999"


@pytest.mark.usefixtures("tidy")
def test_many_refused_rows_are_all_counted() -> None:
    job = imported("sku,name\n" + ",nameless\n" * 20_000)
    assert job.status == "needs_review"
    assert counts(job) == {"total": 20_000, "failed": 20_000}


@pytest.mark.parametrize(
    ("left", "right", "products"),
    [("Straße", "STRASSE", 1), ("１２３", "123", 1), ("İ", "i", 2), ("ABC", "abc", 1)],
)
def test_skus_are_the_same_by_their_documented_key(left: str, right: str, products: int) -> None:
    imported(f"sku,name\n{left},x\n{right},y\n")
    assert len(book()) == products
