"""Seeing what a file would do before it does it (A11)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from pricebook.accounts.models import User
from pricebook.catalogue.models import Product
from pricebook.changes.models import ChangeSet
from pricebook.core.db import fetch_rows
from pricebook.files.storage import storage
from pricebook.imports.models import Import, Review
from pricebook.imports.options import Options
from pricebook.imports.review import approve_import
from pricebook.imports.tasks import drop_orphans
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import NotAllowedNow, cancel_job
from pricebook.jobs.runner import run_job
from tests.factories import a_product, a_user, an_import, book, counts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]

FILE = (
    "sku,name,price,currency,active,gtin\n"
    "A,Apple,1.50,EUR,,\n"
    "B,Pear,250,EUR,,\n"
    "C,Plum,3,EUR,no,\n"
    "D,Fig,4,EUR,,\n"
    "N,New one,5,,,4006381333931\n"
    "O,12345,5,EUR,,4006381333932\n"
    "A,Apple,1.20,EUR,,\n"
    "X,Bad,cheap,EUR,,\n"
)


@pytest.fixture
def old_book() -> None:
    a_product("A", name="Apple", price=Decimal("1.20"), currency="EUR")
    a_product("B", name="Pear", price=Decimal("2.50"), currency="EUR")
    a_product("C", name="Plum", price=Decimal(1), currency="EUR")
    a_product("D", name="Fig", price=Decimal(4), currency="EUR", deleted_at=timezone.now())


def previewed(content: str = FILE) -> Import:
    record = an_import(content, options=Options(preview=True))
    assert run_job(record.pk)
    assert Job.objects.get(pk=record.pk).status == Status.NEEDS_REVIEW
    return record


def staging_tables() -> int:
    found = fetch_rows(
        "SELECT 1 FROM pg_class WHERE relkind = 'r' AND relname LIKE 'import_stag%%'"
    )
    return len(found)


@pytest.mark.usefixtures("old_book")
class TestPreview:
    def test_it_says_what_would_happen_and_changes_nothing(self) -> None:
        before = book()
        record = previewed()
        review = Review.objects.get(parent=record)
        seen = (review.new_rows, review.changed_rows, review.unchanged_rows)
        assert seen == (3, 2, 1)
        job = Job.objects.get(pk=record.pk)
        assert (job.total_rows, job.duplicate_rows, job.failed_rows) == (8, 1, 1)
        assert sum(seen) + job.duplicate_rows + job.failed_rows == job.total_rows
        assert (book(), ChangeSet.objects.count(), job.finished_at) == (before, 0, None)

    def test_it_names_what_looks_odd(self) -> None:
        review = Review.objects.get(parent=previewed())
        assert {each["code"]: each["rows"] for each in review.oddities} == {
            "hundredfold": 1,
            "moved_far": 1,
            "deactivated": 1,
            "no_currency": 1,
            "invalid_gtin": 1,
            "numeric_name": 1,
        }

    def test_it_shows_the_boldest_price_first_and_every_field_that_changes(self) -> None:
        samples = Review.objects.get(parent=previewed()).samples
        assert [each["sku"] for each in samples] == ["B", "C", "D", "N", "O"]
        bold, plum, _, new, _ = samples
        assert bold["line"] == 3
        assert changes(bold) == {"price": ("2.5", "250")}
        assert changes(plum) == {"price": ("1", "3"), "active": (True, False)}
        assert (new["product_id"], changes(new)["name"]) == (None, (None, "New one"))

    def test_approval_imports_from_what_was_staged(self) -> None:
        record = previewed()
        storage().delete(record.file.key)
        person = a_user()
        approve_import(import_id=record.pk, actor=person)
        assert run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        expected = {"total": 8, "created": 3, "updated": 2, "unchanged": 1}
        assert (job.status, counts(job)) == (
            Status.COMPLETED,
            {**expected, "duplicate": 1, "failed": 1},
        )
        assert book()["B"][2] == Decimal(250)
        review = Review.objects.get(parent=record)
        assert (review.approved_by, review.approved_at is not None) == (person, True)

    def test_what_changed_meanwhile_is_compared_again(self) -> None:
        record = previewed()
        Product.objects.filter(sku="B").update(price=250)
        Product.objects.filter(sku="A").update(name="Another")
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        assert (job.created_rows, job.updated_rows, job.unchanged_rows) == (3, 2, 1)
        assert book()["A"][0] == "Apple"

    def test_what_is_discarded_never_happens(self) -> None:
        before = book()
        record = previewed()
        drop_orphans()
        assert staging_tables() == 1
        cancel_job(record.pk)
        drop_orphans()
        assert (book(), staging_tables()) == (before, 0)
        assert Job.objects.get(pk=record.pk).status == Status.CANCELLED

    def test_others_merge_while_it_waits_for_a_decision(self) -> None:
        previewed()
        other = an_import("sku,name\nZ,Other\n")
        assert run_job(other.pk)
        assert Job.objects.get(pk=other.pk).status == Status.COMPLETED

    def test_one_that_was_not_decided_on_for_long_is_read_again(self, settings: Settings) -> None:
        record = previewed()
        settings.REVIEW_STAGING_KEPT = timedelta(0)
        drop_orphans()
        assert staging_tables() == 0
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        assert Job.objects.get(pk=record.pk).status == Status.COMPLETED


def test_only_one_that_waits_for_a_decision_can_be_approved() -> None:
    record = previewed("sku,name\nA,Apple\n")
    approve_import(import_id=record.pk, actor=None)
    with pytest.raises(NotAllowedNow, match="Only a job that needs review can be approved"):
        approve_import(import_id=record.pk, actor=User())


def changes(sample: dict[str, Any]) -> dict[str, tuple[object, object]]:
    return {each["field"]: (each["before"], each["after"]) for each in sample["fields"]}
