"""Whatever is imported, edited and taken back, in any order: the book is as a plain model says."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as search
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from pricebook.catalogue.bulk import start_undo
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import BulkEdit, Product
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.writes import delete_product, update_product
from pricebook.changes.ledger import Growth
from pricebook.changes.totals import count_products
from pricebook.imports.intake import create_import
from pricebook.imports.models import Import
from pricebook.imports.options import Options
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.depth import examples
from tests.factories import a_file, counts
from tests.integration.imports.plain_book import CLEAR, Deed, Fields, Line, PlainBook

SKUS = st.sampled_from(["a", "A", "b", "ß", "SS"])
LINES = st.lists(
    st.builds(
        Line,
        sku=st.one_of(SKUS, st.just("")),
        name=st.sampled_from(["", "x", "y", CLEAR]),
        price=st.sampled_from(["", "1", "2.5", "cheap", CLEAR]),
        active=st.sampled_from(["", "yes", "no"]),
    ).filter(lambda line: line != Line("")),
    min_size=1,
    max_size=4,
)
TABLES = (
    "catalogue_sourceproduct, catalogue_source, imports_import, catalogue_bulkedit, changes_change,"
    " changes_changeset, changes_totals, catalogue_product, jobs_slot, jobs_job"
)


class Book(RuleBasedStateMachine):
    """The product and the model, side by side."""

    done: list[tuple[Job, Deed]]

    @initialize()
    def begin(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        self.plain = PlainBook()
        self.done = []
        beginning = [Line("a", "x", "1"), Line("b", "x", "1"), Line("ß", "x", "1")]
        for source in ("North", "South"):
            self.load(beginning, mode=Mode.UPSERT, source=source, missing=False)

    @rule(
        lines=LINES,
        mode=st.sampled_from([Mode.UPSERT, *Mode]),
        source=st.sampled_from(["", "North", "South"]),
        missing=st.booleans(),
    )
    def load(self, lines: list[Line], *, mode: Mode, source: str, missing: bool) -> None:
        missing = missing and bool(source)
        rows = [f"{line.sku},{line.name},{line.price},{line.active}\n" for line in lines]
        options = Options(mode=mode, source=source, deactivate_missing=missing)
        record = create_import(
            file=a_file("sku,name,price,active\n" + "".join(rows)), actor=None, options=options
        )
        assert run_job(record.pk)
        deed = self.plain.load(lines, mode=mode, source=source, missing=missing)
        job = Job.objects.get(pk=record.pk)
        assert (job.status, job.error) == (Status.COMPLETED, "")
        assert counts(job) == +deed.counts
        assert Import.objects.get(pk=job.pk).deactivated_products == deed.deactivated
        self._finish(job, deed)

    @precondition(lambda self: self.plain.living)
    @rule(data=st.data(), name=st.sampled_from(["x", "z"]), active=st.booleans())
    def edit(self, data: st.DataObject, *, name: str, active: bool) -> None:
        product = self._some_product(data)
        update_product(product_id=product.pk, values={"name": name, "active": active}, actor=None)
        self.plain.edit(product.sku_key, {"name": name, "active": active})

    @precondition(lambda self: self.plain.living)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        product = self._some_product(data)
        delete_product(product_id=product.pk, actor=None)
        self.plain.delete(product.sku_key)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        undone, deed = self.done.pop(data.draw(st.integers(0, len(self.done) - 1)))
        undo = start_undo(job_id=undone.pk, actor=None)
        assert run_job(undo.pk)
        expected = self.plain.undo(deed)
        job = Job.objects.get(pk=undo.pk)
        assert (job.status, job.error) == (Status.COMPLETED, "")
        assert counts(job) == +expected.counts
        assert len(BulkEdit.objects.get(pk=undo.pk).kept) == expected.counts["skipped"]
        assert Job.objects.get(pk=undone.pk).status == Status.UNDONE
        self._finish(job, expected)

    @invariant()
    def the_book_is_as_the_model_says(self) -> None:
        stored: dict[str, Fields] = {
            product.sku_key: {
                "sku": product.sku,
                "name": product.name,
                "price": product.price,
                "active": product.active,
            }
            for product in Product.objects.live()
        }
        assert stored == self.plain.living
        active = sum(bool(fields["active"]) for fields in stored.values())
        assert count_products() == Growth(len(stored), active)

    def _some_product(self, data: st.DataObject) -> Product:
        key = data.draw(st.sampled_from(sorted(self.plain.living)))
        return Product.objects.get(sku_key=sku_key(key))

    def _finish(self, job: Job, deed: Deed) -> None:
        if deed.entries:
            self.done.append((job, deed))


@pytest.mark.hypothesis
@pytest.mark.django_db(transaction=True)
def test_imports_edits_and_undos_in_any_order(settings: Settings) -> None:
    settings.IMPORT_MERGE_CHUNK = 2
    run_state_machine_as_test(
        Book,
        settings=search(
            max_examples=examples(12),
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
