"""A person's choices of how a file is read: used, remembered, changed (A10)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from pricebook.catalogue.models import Product
from pricebook.feed.choices import Choices
from pricebook.files.storage import storage
from pricebook.imports.choices import ChoicesRefused, choices_from_json, choices_to_json
from pricebook.imports.intake import create_import
from pricebook.imports.mappings import MappingNotFound, NameTaken, find_mapping, save_mapping
from pricebook.imports.models import Import, Review, SavedMapping
from pricebook.imports.options import Options, OptionsRefused
from pricebook.imports.outlines import outline_of
from pricebook.imports.remap import remap_import
from pricebook.imports.review import approve_import, discard_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import NotAllowedNow, cancel_job, retry_job
from pricebook.jobs.recovery import recover_jobs
from pricebook.jobs.runner import run_job
from tests.factories import a_file, an_import, book, counts, imported

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]

# Words that no synonym knows.
STRANGE = "kod;ime;cena\nA-1;Jabuka;1.250,00\nA-2;Kruška;990\n"
CHOICES = Choices(
    decimal=",", currency="RSD", columns={"sku": "kod", "name": "ime", "price": "cena"}
)
PRICES = {"A-1": Decimal(1250), "A-2": Decimal(990)}


def prices() -> dict[str, Decimal | None]:
    return {product.sku: product.price for product in Product.objects.live()}


def failed(content: str = STRANGE) -> Import:
    """Return an import whose columns nobody understood."""
    job = imported(content)
    assert job.status == Status.FAILED
    return Import.objects.get(pk=job.pk)


def run(record: Import) -> Job:
    assert run_job(record.pk)
    return Job.objects.get(pk=record.pk)


class TestAtUpload:
    def test_choices_are_used(self) -> None:
        job = imported(STRANGE, options=Options(choices=CHOICES))
        assert (job.status, prices()) == (Status.COMPLETED, PRICES)
        assert set(Product.objects.values_list("currency", flat=True)) == {"RSD"}

    def test_a_mapping_is_asked_for_by_its_name(self) -> None:
        save_mapping(choices=CHOICES, actor=None, name="Serbian list")
        job = imported(STRANGE, options=Options(mapping="serbian LIST"))
        assert (job.status, prices()) == (Status.COMPLETED, PRICES)
        record = Import.objects.get(pk=job.pk)
        assert record.mapping == SavedMapping.objects.get()
        assert SavedMapping.objects.get().used_at is not None

    def test_one_that_is_not_there_is_named(self) -> None:
        with pytest.raises(MappingNotFound, match="There is no mapping “Serbian”"):
            an_import(STRANGE, options=Options(mapping="Serbian"))

    def test_a_mapping_and_choices_do_not_go_together(self) -> None:
        with pytest.raises(OptionsRefused, match="but not both"):
            an_import(STRANGE, options=Options(mapping="x", choices=CHOICES))

    def test_columns_that_the_file_does_not_have_are_named(self) -> None:
        job = imported("kod;ime\n1;x\n", options=Options(choices=CHOICES))
        assert job.status == Status.FAILED
        assert "cena" in job.error
        assert "kod, ime" in job.error


class TestAFileThatNobodyUnderstood:
    def test_how_it_was_cut_is_kept(self) -> None:
        record = failed()
        assert (record.format, record.encoding, record.delimiter, record.header_line) == (
            *("csv", "utf-8", ";"),
            1,
        )

    def test_its_columns_are_kept_with_samples(self) -> None:
        outline = outline_of(failed())
        assert outline is not None
        assert [(column.name, column.samples) for column in outline.columns] == [
            ("kod", ("A-1", "A-2")),
            ("ime", ("Jabuka", "Kruška")),
            ("cena", ("1.250,00", "990")),
        ]

    def test_somebody_says_what_they_hold_and_sees_what_that_does(self) -> None:
        record = failed()
        again = remap_import(import_id=record.pk, choices=CHOICES, actor=None)
        assert again.pk == record.pk
        job = run(again)
        assert (job.status, job.error, prices()) == (Status.NEEDS_REVIEW, "", {})
        assert Review.objects.get(parent=record).new_rows == 2
        approve_import(import_id=record.pk, actor=None)
        assert counts(run(record)) == {"total": 2, "created": 2}
        assert prices() == PRICES

    def test_the_next_file_with_such_a_header_is_read_in_the_same_way(self) -> None:
        record = failed()
        remap_import(import_id=record.pk, choices=CHOICES, actor=None, remember=True)
        assert run(record).status == Status.NEEDS_REVIEW
        job = imported(STRANGE.replace("990", "995"))
        assert (job.status, prices()["A-2"]) == (Status.COMPLETED, Decimal(995))
        assert Import.objects.get(pk=job.pk).mapping == SavedMapping.objects.get()

    def test_another_header_is_not(self) -> None:
        record = failed()
        remap_import(import_id=record.pk, choices=CHOICES, actor=None, remember=True)
        assert imported(STRANGE.replace("ime", "naslov")).status == Status.FAILED


class TestReadingAgain:
    GERMAN = "sku;price\nA;1.250\nB;2.500\n"

    def test_a_preview_is_made_anew_from_the_same_file(self) -> None:
        record = an_import(self.GERMAN, options=Options(preview=True))
        assert run(record).status == Status.NEEDS_REVIEW
        remap_import(import_id=record.pk, choices=Choices(decimal="."), actor=None)
        job = run(record)
        assert (job.status, job.total_rows) == (Status.NEEDS_REVIEW, 2)
        approve_import(import_id=record.pk, actor=None)
        assert counts(run(record)) == {"total": 2, "created": 2}
        assert prices() == {"A": Decimal("1.25"), "B": Decimal("2.5")}

    def test_the_worker_uses_what_the_preview_showed(self) -> None:
        """Whatever was remembered for such files between the preview and its approval."""
        record = an_import(self.GERMAN, options=Options(preview=True))
        run(record)
        outline = outline_of(Import.objects.get(pk=record.pk))
        assert outline is not None
        save_mapping(choices=Choices(decimal="."), actor=None, fingerprint=outline.fingerprint)
        discard_import(import_id=record.pk)
        again = remap_import(import_id=record.pk, choices=outline.choices, actor=None)
        run(again)
        approve_import(import_id=record.pk, actor=None)
        run(record)
        assert prices() == {"A": Decimal(1250), "B": Decimal(2500)}

    def test_a_completed_import_is_not_touched_but_its_file_is_imported_anew(self) -> None:
        done = imported(self.GERMAN)
        new = remap_import(import_id=done.pk, choices=Choices(decimal="."), actor=None)
        assert new.pk != done.pk
        assert run(new).status == Status.NEEDS_REVIEW
        assert Review.objects.get(parent=new).changed_rows == 2
        assert Job.objects.get(pk=done.pk).status == Status.COMPLETED

    def test_an_import_that_is_under_way_is_left_alone(self) -> None:
        record = an_import(self.GERMAN)
        with pytest.raises(NotAllowedNow, match="under way"):
            remap_import(import_id=record.pk, choices=CHOICES, actor=None)
        assert Import.objects.get(pk=record.pk).choices is None

    def test_nothing_of_the_last_reading_stays(self) -> None:
        record = an_import("sku,price\nA,cheap\nB,2\n", options=Options(preview=True))
        run(record)
        before = Import.objects.get(pk=record.pk)
        assert (before.causes.count(), before.rejected_rows.count()) == (1, 1)
        gone = Choices(columns={"sku": "sku", "price": "cost"})
        remap_import(import_id=record.pk, choices=gone, actor=None)
        assert run(record).status == Status.FAILED
        after = Import.objects.get(pk=record.pk)
        assert (after.causes.count(), after.rejected_rows.count()) == (0, 0)
        assert (after.rejects_key, after.columns, after.ignored_columns) == ("", {}, [])
        with pytest.raises(FileNotFoundError):
            storage().open(before.rejects_key)

    def test_an_approval_is_of_what_was_seen(self) -> None:
        record = an_import(self.GERMAN, options=Options(preview=True))
        run(record)
        seen = Review.objects.get(parent=record).written_at
        remap_import(import_id=record.pk, choices=Choices(decimal="."), actor=None)
        run(record)
        with pytest.raises(NotAllowedNow, match="looked at anew since you saw it"):
            approve_import(import_id=record.pk, actor=None, seen=seen)
        assert Job.objects.get(pk=record.pk).status == Status.NEEDS_REVIEW
        now = Review.objects.get(parent=record).written_at
        approve_import(import_id=record.pk, actor=None, seen=now)
        assert run(record).status == Status.COMPLETED

    def test_an_approval_stays_when_the_job_is_only_sent_again(self) -> None:
        record = an_import(self.GERMAN, options=Options(preview=True))
        run(record)
        approve_import(import_id=record.pk, actor=None)
        long_ago = timezone.now() - 2 * settings.JOB_RESEND
        Job.objects.filter(pk=record.pk).update(enqueued_at=long_ago)
        recover_jobs()
        assert Job.objects.get(pk=record.pk).enqueued_at > long_ago
        assert run(record).status == Status.COMPLETED

    def test_how_mended_rows_are_written_is_not_kept_for_their_origin(self) -> None:
        origin = imported(self.GERMAN)
        mended = create_import(
            file=a_file("sku,price\nA,1\n"),
            actor=None,
            options=Options(choices=Choices(encoding="utf-8", delimiter=",", decimal=",")),
            mends=Import.objects.get(pk=origin.pk),
        )
        run(mended)
        outline = outline_of(Import.objects.get(pk=mended.pk))
        assert outline is not None
        remap_import(import_id=mended.pk, choices=outline.choices, actor=None, remember=True)
        kept = choices_from_json(SavedMapping.objects.get().choices)
        assert (kept.encoding, kept.delimiter, kept.decimal) == ("", "", None)
        assert kept.columns == {"sku": "sku", "price": "price"}

    def test_an_approval_does_not_outlive_a_retry(self) -> None:
        record = an_import(self.GERMAN, options=Options(preview=True))
        run(record)
        approve_import(import_id=record.pk, actor=None)
        cancel_job(record.pk)
        retry_job(record.pk)
        assert run(record).status == Status.NEEDS_REVIEW
        assert book() == {}


class TestKeeping:
    @pytest.mark.parametrize(("first", "second"), [("\u212a", "k"), ("ß", "ẞ"), ("İ", "i")])
    def test_letters_of_odd_cases_are_one_name_or_two_but_never_an_error(
        self, first: str, second: str
    ) -> None:
        one = save_mapping(choices=CHOICES, actor=None, name=first)
        other = save_mapping(choices=CHOICES, actor=None, name=second)
        assert find_mapping(second) == other
        assert find_mapping(first) in (one, other)

    def test_two_who_keep_one_name_at_the_same_moment_are_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save_mapping(choices=CHOICES, actor=None, name="List")
        monkeypatch.setattr("pricebook.imports.mappings._named", lambda _name: None)
        with pytest.raises(NameTaken, match="There is a mapping “List” already"):
            save_mapping(choices=CHOICES, actor=None, name="List")

    def test_a_name_is_kept_once_whatever_its_case(self) -> None:
        save_mapping(choices=CHOICES, actor=None, name="List", fingerprint="a")
        save_mapping(choices=Choices(decimal="."), actor=None, name="LIST", fingerprint="b")
        kept = SavedMapping.objects.get()
        assert (kept.name, kept.fingerprint) == ("LIST", "b")
        assert choices_from_json(kept.choices) == Choices(decimal=".")

    def test_the_latest_choice_for_a_header_wins(self) -> None:
        save_mapping(choices=CHOICES, actor=None, fingerprint="a")
        save_mapping(choices=Choices(decimal="."), actor=None, fingerprint="a")
        assert choices_from_json(SavedMapping.objects.get().choices) == Choices(decimal=".")

    def test_a_named_one_gives_the_header_to_another_name_and_stays(self) -> None:
        save_mapping(choices=CHOICES, actor=None, name="First", fingerprint="a")
        save_mapping(choices=CHOICES, actor=None, name="Second", fingerprint="a")
        kept = dict(SavedMapping.objects.values_list("name", "fingerprint"))
        assert kept == {"First": "", "Second": "a"}

    def test_choices_come_back_as_they_were(self) -> None:
        choices = Choices(
            encoding="cp1250",
            delimiter=";",
            decimal=",",
            minor_units=True,
            currency="EUR",
            preset="shopify",
            columns={"sku": "kod"},
            inverted=True,
            attributes=("boja",),
            defaults={"active": "yes"},
            key_columns=("a", "b"),
            fill_down=True,
            clear_token="-",
        )
        assert choices_from_json(choices_to_json(choices)) == choices

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ([], ""),
            ({"colour": "red"}, "colour"),
            ({"encoding": "klingon"}, "encoding"),
            ({"delimiter": "ab"}, "delimiter"),
            ({"delimiter": '"'}, "delimiter"),
            ({"decimal": ";"}, "decimal"),
            ({"minor_units": "yes"}, "minor_units"),
            ({"currency": "gold"}, "currency"),
            ({"preset": "ebay"}, "preset"),
            ({"columns": {"colour": "x"}}, "columns"),
            ({"columns": {"sku": "x", "name": "x"}}, "columns"),
            ({"defaults": {"sku": "x"}}, "defaults"),
            ({"attributes": "x"}, "attributes"),
            ({"key_columns": [1]}, "key_columns"),
            ({"clear_token": "x" * 51}, "clear_token"),
        ],
    )
    def test_what_is_no_choice_is_refused_by_name(self, said: object, field: str) -> None:
        with pytest.raises(ChoicesRefused) as refused:
            choices_from_json(said)
        assert refused.value.field == field
