"""What an import may do: modes, sources, all or nothing, clearing (A15)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from pricebook.catalogue.bulk import start_undo
from pricebook.catalogue.models import Product, Source
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.sources import Deactivated, deactivate_missing
from pricebook.changes.models import Change
from pricebook.files.storage import storage
from pricebook.imports.models import Import, Review
from pricebook.imports.options import Options, OptionsRefused
from pricebook.imports.review import approve_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, an_import, book, counts, imported

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]

TWO_ROWS = "sku,name\nold,Changed\nnew,New\n"


def shop(name: str = "North", *, missing: bool = False) -> Options:
    return Options(source=name, deactivate_missing=missing)


def file_of(*numbers: int, extra: str = "") -> str:
    return "sku,price\n" + "".join(f"S-{number:03},1\n" for number in numbers) + extra


def active_skus() -> set[str]:
    return set(Product.objects.live().filter(active=True).values_list("sku", flat=True))


class TestModes:
    @pytest.fixture(autouse=True)
    def old_book(self) -> None:
        a_product("old", name="Old")

    def test_create_only_leaves_what_is_there(self) -> None:
        job = imported(TWO_ROWS, options=Options(mode=Mode.CREATE))
        assert counts(job) == {"total": 2, "created": 1, "skipped": 1}
        assert {sku: row[0] for sku, row in book().items()} == {"old": "Old", "new": "New"}

    def test_update_only_brings_nothing_new(self) -> None:
        job = imported(TWO_ROWS, options=Options(mode=Mode.UPDATE))
        assert counts(job) == {"total": 2, "updated": 1, "skipped": 1}
        assert {sku: row[0] for sku, row in book().items()} == {"old": "Changed"}

    def test_a_row_that_says_nothing_new_is_unchanged_in_every_mode(self) -> None:
        for mode in Mode:
            job = imported("sku,name\nold,Old\n", options=Options(mode=mode))
            assert counts(job) == {"total": 1, "unchanged": 1}

    def test_a_preview_counts_the_skipped_rows(self) -> None:
        record = an_import(TWO_ROWS, options=Options(mode=Mode.CREATE, preview=True))
        assert run_job(record.pk)
        review = Review.objects.get(parent=record)
        assert (review.new_rows, review.changed_rows, review.skipped_rows) == (1, 0, 1)


class TestClearing:
    def test_a_blank_keeps_and_the_token_clears(self) -> None:
        a_product("A", name="Apple", brand="Acme", price=Decimal(1), currency="EUR")
        job = imported("sku,name,brand,price,currency\nA,,[clear],[clear],\n")
        assert counts(job) == {"total": 1, "updated": 1}
        product = Product.objects.get()
        assert (product.name, product.brand, product.price, product.currency) == (
            *("Apple", "", None),
            "EUR",
        )
        assert Change.objects.get().fields == {"brand": ["Acme", ""], "price": ["1", None]}

    def test_a_new_product_is_without_what_is_cleared(self) -> None:
        imported("sku,name,price\nA,[clear],[clear]\n")
        assert book() == {"A": ("", "", None, True)}


class TestAllOrNothing:
    def test_one_bad_row_and_nothing_is_changed(self) -> None:
        job = imported("sku,price\nA,1\nB,cheap\n", options=Options(all_or_nothing=True))
        assert job.status == Status.FAILED
        assert job.error == (
            "1 of 2 rows cannot be taken in, and it was to be all or nothing. "
            "Nothing has been changed: mend them and import it again."
        )
        record = Import.objects.get(pk=job.pk)
        with storage().open(record.rejects_key) as rejects:
            assert b"B,cheap,3,price,price_invalid" in rejects.read()
        assert [cause.rows for cause in record.causes.all()] == [1]
        assert book() == {}

    def test_rows_that_describe_no_product_are_none(self) -> None:
        rows = "sku,price\nA,1\nsku,price\nB,2\n"
        job = imported(rows, options=Options(all_or_nothing=True))
        assert counts(job) == {"total": 3, "created": 2, "failed": 1}

    def test_good_rows_are_taken_in(self) -> None:
        job = imported("sku,price\nA,1\n", options=Options(all_or_nothing=True))
        assert counts(job) == {"total": 1, "created": 1}


class TestSources:
    def test_what_the_source_brought_before_and_now_does_not_is_switched_off(self) -> None:
        a_product("other", name="Of nobody")
        imported(file_of(1, 2, 3), options=shop())
        job = imported(file_of(2, 4), options=shop(missing=True))
        assert counts(job) == {"total": 2, "created": 1, "unchanged": 1}
        assert Import.objects.get(pk=job.pk).deactivated_products == 2
        assert active_skus() == {"S-002", "S-004", "other"}

    def test_without_being_asked_nothing_is_switched_off(self) -> None:
        imported(file_of(1, 2), options=shop())
        imported(file_of(2), options=shop())
        assert active_skus() == {"S-001", "S-002"}

    def test_it_has_to_be_named(self) -> None:
        with pytest.raises(OptionsRefused, match="Name the source") as refused:
            an_import(file_of(1), options=Options(deactivate_missing=True))
        assert refused.value.field == "source"

    def test_what_another_source_has_stays_on(self) -> None:
        imported(file_of(1, 2), options=shop())
        imported(file_of(1), options=shop("South"))
        imported(file_of(3), options=shop(missing=True))
        assert active_skus() == {"S-001", "S-003"}

    def test_a_rejected_row_is_not_missing(self) -> None:
        imported(file_of(1, 2), options=shop())
        job = imported(file_of(1, extra="s-002,cheap\n"), options=shop(missing=True))
        assert counts(job) == {"total": 2, "unchanged": 1, "failed": 1}
        assert active_skus() == {"S-001", "S-002"}
        imported(file_of(1), options=shop(missing=True))
        assert active_skus() == {"S-001"}

    @pytest.mark.parametrize("before", [True, False])
    def test_a_worker_that_is_lost_while_switching_off_is_taken_over(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, before: bool
    ) -> None:
        settings.IMPORT_MERGE_CHUNK = 2
        imported(file_of(*range(6)), options=shop())
        record = an_import(file_of(5, 9), options=shop(missing=True))
        steps = []

        def lost_at_the_second(*words: Any, **more: Any) -> Deactivated:
            steps.append(more["after_id"])
            if len(steps) == 2 and before:
                raise OperationalError
            done = deactivate_missing(*words, **more)
            if len(steps) == 2:
                raise OperationalError
            return done

        with monkeypatch.context() as patch:
            patch.setattr("pricebook.imports.merging.deactivate_missing", lost_at_the_second)
            run_job(record.pk)
        assert Import.objects.get(pk=record.pk).deactivated_products == 2
        assert run_job(record.pk)
        assert counts(Job.objects.get(pk=record.pk)) == {"total": 2, "created": 1, "unchanged": 1}
        assert Import.objects.get(pk=record.pk).deactivated_products == 5
        assert active_skus() == {"S-005", "S-009"}
        switched_off = Change.objects.filter(fields={"active": [True, False]})
        assert switched_off.count() == 5

    def test_undo_switches_them_on_again(self) -> None:
        imported(file_of(1, 2), options=shop())
        job = imported(file_of(1), options=shop(missing=True))
        assert (counts(job), active_skus()) == ({"total": 1, "unchanged": 1}, {"S-001"})
        undo = start_undo(job_id=job.pk, actor=None)
        assert run_job(undo.pk)
        assert counts(Job.objects.get(pk=undo.pk)) == {"total": 1, "updated": 1}
        assert active_skus() == {"S-001", "S-002"}


class TestAGrownSource:
    def test_an_approval_does_not_cover_what_another_file_brought_meanwhile(self) -> None:
        imported(file_of(1, 2), options=shop())
        record = an_import(
            file_of(1), options=Options(preview=True, source="North", deactivate_missing=True)
        )
        assert run_job(record.pk)
        assert Review.objects.get(parent=record).missing_products == 1
        imported(file_of(*range(1, 9)), options=shop())
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        review = Review.objects.get(parent=record)
        (reason,) = review.reasons
        assert reason["sentence"] == (
            "7 products would be switched off by now; it was approved for 1. Another file of the "
            "source was imported meanwhile."
        )
        assert len(active_skus()) == 8
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        assert active_skus() == {"S-001"}


class TestGuardsOfSources:
    @pytest.fixture(autouse=True)
    def last_file(self) -> None:
        imported(file_of(*range(100)), options=shop())

    def stopped(self, content: str, *, missing: bool) -> tuple[Import, dict[str, str]]:
        record = an_import(content, options=shop(missing=missing))
        assert run_job(record.pk)
        assert Job.objects.get(pk=record.pk).status == Status.NEEDS_REVIEW
        reasons = Review.objects.get(parent=record).reasons
        return record, {str(each["code"]): str(each["sentence"]) for each in reasons}

    def test_a_file_that_is_much_shorter_than_the_last_one_stops(self) -> None:
        _, reasons = self.stopped(file_of(*range(69)), missing=False)
        assert reasons == {
            "fewer_rows": "The file has 69 rows; the last one of North had 100: 31 % fewer."
        }
        assert Source.objects.get().last_rows == 100

    def test_one_that_is_a_little_shorter_does_not(self) -> None:
        assert imported(file_of(*range(70)), options=shop()).status == Status.COMPLETED
        assert Source.objects.get().last_rows == 70

    def test_switching_much_of_a_source_off_stops_until_somebody_approves(self) -> None:
        others = file_of(*range(69), *range(200, 240))
        record, reasons = self.stopped(others, missing=True)
        assert reasons == {
            "missing": "31 products are not in the file and would be switched off: "
            "31 % of those that North brought."
        }
        review = Review.objects.get(parent=record)
        assert (review.new_rows, review.missing_products) == (40, 31)
        assert len(active_skus()) == 100
        approve_import(import_id=record.pk, actor=None)
        assert run_job(record.pk)
        assert Import.objects.get(pk=record.pk).deactivated_products == 31
        assert len(active_skus()) == 109

    def test_a_row_that_does_not_say_its_product_may_be_about_a_missing_one(self) -> None:
        rows = "".join(f'{{"sku": "S-{number:03}", "price": "1"}}\n' for number in range(99))
        _, reasons = self.stopped(f'{rows}{{"sku": "S-099"', missing=True)
        assert reasons == {
            "nameless_rejects": "1 rejected row does not say which product it is about: "
            "that one may look as if it were missing."
        }
        assert len(active_skus()) == 100

    def test_a_row_without_a_sku_is_about_none(self) -> None:
        job = imported(file_of(*range(100), extra=",5\n"), options=shop(missing=True))
        assert counts(job) == {"total": 101, "unchanged": 100, "failed": 1}

    def test_a_file_that_breaks_off_switches_nothing_off_by_itself(self) -> None:
        rows = ",".join(f'{{"sku": "S-{number:03}", "price": "1"}}' for number in range(99))
        record, reasons = self.stopped(f"[{rows}", missing=True)
        assert reasons == {
            "file_breaks_off": "The file breaks off, and what is missing from it "
            "would be switched off."
        }
        assert len(active_skus()) == 100
        assert record.causes.get().code == "file_breaks_off"
