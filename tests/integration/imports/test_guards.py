"""Imports that stop and ask by themselves (A12)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_django import Settings

from pricebook.catalogue.models import Product
from pricebook.imports.intake import create_import
from pricebook.imports.models import Import, Review
from pricebook.imports.review import approve_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_file, a_product, book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]


@pytest.fixture
def old_book() -> None:
    """Fill the book with a hundred active products at 10."""
    for number in range(100):
        a_product(f"S-{number:03}", name="x", price=Decimal(10), currency="EUR")


def run(rows: list[str], header: str = "sku,price,active") -> tuple[Import, Job]:
    content = "\n".join([header, *rows, ""])
    record = create_import(file=a_file(content), actor=None)
    assert run_job(record.pk)
    return record, Job.objects.get(pk=record.pk)


def prices(change: int, *, to: str) -> list[str]:
    """Return a file of the whole book in which the prices of so many products are others."""
    return [f"S-{number:03},{to if number < change else '10.01'}," for number in range(100)]


def reasons(record: Import) -> dict[str, str]:
    review = Review.objects.get(parent=record)
    return {str(each["code"]): str(each["sentence"]) for each in review.reasons}


@pytest.mark.usefixtures("old_book")
class TestPrices:
    def test_prices_in_cents_stop_the_import_before_anything_changes(self) -> None:
        before = book()
        record, job = run(prices(100, to="1000"))
        assert (job.status, book()) == (Status.NEEDS_REVIEW, before)
        assert reasons(record) == {
            "prices_moved": "100 prices move by more than 50 %: that is 100 % of "
            "those that the file changes."
        }
        assert [each["code"] for each in Review.objects.get().oddities] == ["hundredfold"]

    def test_a_share_that_is_allowed_does_not(self) -> None:
        assert run(prices(30, to="16"))[1].status == Status.COMPLETED

    def test_one_more_does(self) -> None:
        assert run(prices(31, to="16"))[1].status == Status.NEEDS_REVIEW

    def test_a_move_that_is_not_far_does_not(self) -> None:
        assert run(prices(100, to="15"))[1].status == Status.COMPLETED

    def test_a_few_rows_are_a_persons_own(self) -> None:
        assert run([f"S-{number:03},1000," for number in range(19)])[1].status == Status.COMPLETED

    def test_only_prices_that_the_file_changes_are_compared(self) -> None:
        rows = [
            f"S-{number:03},{1000 if number < 20 else 10},,Another {number}"
            for number in range(100)
        ]
        _, job = run(rows, header="sku,price,active,name")
        assert job.status == Status.NEEDS_REVIEW

    def test_a_guard_can_be_turned_off(self, settings: Settings) -> None:
        settings.GUARD_PRICES_MOVED = 0
        assert run(prices(100, to="1000"))[1].status == Status.COMPLETED

    def test_approved_it_goes_on(self) -> None:
        record, _ = run(prices(100, to="1000"))
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        assert (job.status, job.updated_rows) == (Status.COMPLETED, 100)
        assert Product.objects.filter(price=1000).count() == 100

    def test_others_have_their_turn_while_it_waits(self) -> None:
        run(prices(100, to="1000"))
        assert run(["Z-1,5,"])[1].status == Status.COMPLETED


@pytest.mark.usefixtures("old_book")
def test_products_that_would_be_switched_off_stop_the_import() -> None:
    rows = [f"S-{number:03},10,{'no' if number < 40 else 'yes'}" for number in range(100)]
    record, job = run(rows)
    assert job.status == Status.NEEDS_REVIEW
    assert reasons(record) == {
        "deactivated": "40 products would be switched off: 100 % of those that the file changes."
    }


def test_rows_that_cannot_be_taken_in_stop_the_import() -> None:
    rows = [f"N-{number},{'cheap' if number < 26 else '1'}," for number in range(50)]
    record, job = run(rows)
    assert (job.status, book()) == (Status.NEEDS_REVIEW, {})
    assert reasons(record) == {"rejected": "52 % of the rows cannot be taken in (26 of 50)."}


def test_half_of_them_do_not() -> None:
    rows = [f"N-{number},{'cheap' if number < 25 else '1'}," for number in range(50)]
    assert run(rows)[1].status == Status.COMPLETED


def test_a_first_load_trips_nothing() -> None:
    assert run([f"N-{number},{number},no" for number in range(200)])[1].status == Status.COMPLETED
