"""Who is told what: single edits, bulk work in its three modes, events as a whole (C1, C4)."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Count

from pricebook.catalogue.bulk import edit_products, start_bulk_edit, start_undo
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes.models import ChangeSet, Event, EventType
from pricebook.changes.position import place_changesets
from pricebook.imports.options import Options
from pricebook.imports.review import approve_import
from pricebook.jobs.runner import run_job
from pricebook.webhooks.endpoints import EndpointValues, update_endpoint
from pricebook.webhooks.models import Backlog, BulkMode, Cursor, Delivery, Endpoint
from pricebook.webhooks.relay import relay
from tests.factories import a_product, an_import, imported
from tests.integration.webhooks.subscribers import (
    PRODUCT_EVENTS,
    an_endpoint,
    relay_all,
    told,
    types_told,
)

# A job's heartbeat has a connection of its own.
jobs = pytest.mark.django_db(transaction=True)

THREE = "sku,name,price\nA,Apple,1.00\nB,Bread,2.00\nC,Cheese,3.00\n"


@pytest.mark.django_db
class TestSingleEdits:
    def test_each_is_told_with_the_product_and_what_changed(self) -> None:
        endpoint = an_endpoint()
        made = create_product(values={"sku": "A", "name": "Apple", "price": "1.00"}, actor=None)
        changed = update_product(product_id=made.pk, values={"price": "1.25"}, actor=None)
        delete_product(product_id=made.pk, actor=None)
        relay_all()
        assert types_told(endpoint) == ["product.created", "product.updated", "product.deleted"]
        update = told(endpoint)[1]
        assert update["id"] == f"evt_{changed.changed_in}_{made.pk}"
        assert update["data"]["change"] == {
            "kind": "updated",
            "product_id": made.pk,
            "sku": "A",
            "fields": {"price": {"before": "1", "after": "1.25"}},
            "version": changed.changed_in,
            "job_id": None,
            "actor_id": None,
        }
        assert update["data"]["product"]["sku"] == "A"

    def test_one_that_comes_back_is_new_to_who_was_told_that_it_is_gone(self) -> None:
        made = create_product(values={"sku": "A"}, actor=None)
        delete_product(product_id=made.pk, actor=None)
        relay_all()
        endpoint = an_endpoint()
        create_product(values={"sku": "A", "name": "Apple"}, actor=None)
        relay_all()
        (event,) = told(endpoint)
        assert (event["type"], event["data"]["change"]["kind"]) == ("product.created", "restored")

    def test_only_who_subscribed_is_told(self) -> None:
        deletions = an_endpoint(EventType.PRODUCT_DELETED)
        create_product(values={"sku": "A"}, actor=None)
        relay_all()
        assert told(deletions) == []

    def test_what_was_rolled_back_is_not_told(self) -> None:
        endpoint = an_endpoint()
        with transaction.atomic():
            create_product(values={"sku": "A"}, actor=None)
            transaction.set_rollback(True)
        relay_all()
        assert told(endpoint) == []

    def test_what_happened_before_an_endpoint_was_made_is_not_told(self) -> None:
        create_product(values={"sku": "A"}, actor=None)
        endpoint = an_endpoint()
        relay_all()
        assert told(endpoint) == []

    def test_a_disabled_endpoint_is_told_nothing(self) -> None:
        endpoint = an_endpoint()
        update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=False), actor=None)
        create_product(values={"sku": "A"}, actor=None)
        relay_all()
        assert told(endpoint) == []


@jobs
class TestRelayingTwice:
    def test_telling_again_what_was_told_adds_nothing(self) -> None:
        endpoint = an_endpoint(mode=BulkMode.EACH)
        create_product(values={"sku": "Z"}, actor=None)
        imported(THREE)
        relay_all()
        before = told(endpoint)
        # As if the relay had died before it wrote down how far it was.
        Cursor.objects.update(position=0)
        Event.objects.update(is_told=False)
        relay_all()
        assert told(endpoint) == before
        assert len(before) == 5

    def test_when_there_is_nothing_to_do_it_says_so(self) -> None:
        an_endpoint()
        assert relay() == 0


@jobs
class TestImports:
    def test_in_summary_an_import_is_one_event_with_its_counts(self) -> None:
        endpoint = an_endpoint()
        job = imported(THREE + "D\n,no sku,1\n")
        relay_all()
        (event,) = told(endpoint)
        assert event["type"] == "import.completed"
        data = event["data"]
        assert data["changes"] == {"created": 4, "updated": 0, "deleted": 0, "restored": 0}
        assert (data["import"]["id"], data["import"]["total_rows"]) == (str(job.pk), 5)
        assert (data["import"]["created_rows"], data["import"]["failed_rows"]) == (4, 1)
        assert data["changes_url"] == f"{settings.PUBLIC_URL}/api/changes/?job={job.pk}"
        assert data["import"]["rejects_url"] == f"{data['import']['url']}rejects.csv"

    def test_who_wants_products_only_hears_of_an_import_in_summary_all_the_same(self) -> None:
        products = an_endpoint(EventType.PRODUCT_CREATED)
        deletions = an_endpoint(EventType.PRODUCT_DELETED)
        imported(THREE)
        relay_all()
        assert types_told(products) == ["import.completed"]
        assert told(deletions) == []

    def test_an_import_that_changes_nothing_is_told_to_who_wants_imports_only(self) -> None:
        imported(THREE)
        products, imports = an_endpoint(*PRODUCT_EVENTS), an_endpoint(EventType.IMPORT_COMPLETED)
        imported(THREE)
        relay_all()
        assert told(products) == []
        assert types_told(imports) == ["import.completed"]

    def test_one_by_one_each_product_is_an_event_like_that_of_a_single_edit(self) -> None:
        endpoint = an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH)
        job = imported(THREE)
        relay_all()
        assert types_told(endpoint) == ["product.created"] * 3
        assert [each["data"]["product"]["sku"] for each in told(endpoint)] == ["A", "B", "C"]
        assert {each["data"]["change"]["job_id"] for each in told(endpoint)} == {str(job.pk)}
        assert Delivery.objects.filter(is_bulk=True).count() == 3
        assert not Backlog.objects.filter(ended_at=None).exists()

    def test_in_batches_a_hundred_short_events_are_one_request(self) -> None:
        endpoint = an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.BATCH)
        rows = "".join(f"P{number:03},Product {number}\n" for number in range(250))
        imported(f"sku,name\n{rows}")
        relay_all()
        assert types_told(endpoint) == ["products.batch"] * 3
        sizes = [len(each["data"]["events"]) for each in told(endpoint)]
        assert sizes == [100, 100, 50]
        skus = [event["sku"] for each in told(endpoint) for event in each["data"]["events"]]
        assert skus == [f"P{number:03}" for number in range(250)]

    def test_no_batch_is_larger_than_20_kb_whatever_the_skus(self) -> None:
        endpoint = an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.BATCH)
        snow = "\N{SNOWMAN}" * 95
        rows = "".join(f"{snow}{number:03},\n" for number in range(150))
        imported(f"sku,name\n{rows}")
        relay_all()
        bodies = Delivery.objects.filter(endpoint=endpoint).values_list("body", flat=True)
        assert max(len(body.encode()) for body in bodies) < 20_000
        skus = [event["sku"] for each in told(endpoint) for event in each["data"]["events"]]
        assert len(set(skus)) == 150

    def test_batches_hold_only_what_the_endpoint_wants(self) -> None:
        imported(THREE)
        endpoint = an_endpoint(EventType.PRODUCT_UPDATED, mode=BulkMode.BATCH)
        imported("sku,price\nA,9.00\nD,4.00\n")
        relay_all()
        (batch,) = told(endpoint)
        assert [(each["type"], each["sku"]) for each in batch["data"]["events"]] == [
            ("product.updated", "A")
        ]

    def test_a_failed_import_says_why(self) -> None:
        endpoint = an_endpoint(EventType.IMPORT_FAILED)
        job = imported("name,price\nApple,1\n")
        relay_all()
        (event,) = told(endpoint)
        assert event["data"]["import"]["error"] == job.error != ""
        assert event["data"]["changes"] == {"created": 0, "updated": 0, "deleted": 0, "restored": 0}

    def test_an_import_that_waits_for_a_decision_says_so_and_later_how_it_ended(self) -> None:
        endpoint = an_endpoint(*(each for each in EventType if each.startswith("import.")))
        record = an_import(THREE, options=Options(preview=True))
        run_job(record.job_id)
        relay_all()
        assert types_told(endpoint) == ["import.needs_review"]
        approve_import(import_id=record.pk, actor=None)
        run_job(record.job_id)
        relay_all()
        assert types_told(endpoint) == ["import.needs_review", "import.completed"]
        assert told(endpoint)[1]["data"]["changes"]["created"] == 3


@jobs
class TestOtherBulkWork:
    def test_products_edited_together_are_one_event_in_summary(self) -> None:
        ids = tuple(a_product(sku).pk for sku in "AB")
        summary, each = (
            an_endpoint(*PRODUCT_EVENTS),
            an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH),
        )
        edited = edit_products(action=BulkAction.DEACTIVATE, ids=ids, actor=None)
        relay_all()
        (event,) = told(summary)
        assert event["type"] == "products.changed"
        assert event["data"] == {
            "action": "edit",
            "changes": {"created": 0, "updated": 2, "deleted": 0, "restored": 0},
            "job_id": None,
            "undoes": None,
            "changes_url": f"{settings.PUBLIC_URL}/api/changes/?changeset={edited.changeset_id}",
        }
        assert types_told(each) == ["product.updated"] * 2

    def test_emptying_the_book_is_one_event_and_its_undo_another(self) -> None:
        imported(THREE)
        endpoint = an_endpoint(EventType.PRODUCTS_ALL_DELETED, EventType.PRODUCTS_CHANGED)
        edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=None)
        assert run_job(edit.pk)
        undo = start_undo(job_id=edit.pk, actor=None)
        assert run_job(undo.pk)
        relay_all()
        emptied, brought_back = told(endpoint)
        assert emptied["type"] == "products.all_deleted"
        assert emptied["data"]["changes"]["deleted"] == 3
        assert brought_back["type"] == "products.changed"
        assert (brought_back["data"]["action"], brought_back["data"]["undoes"]) == (
            "undo",
            str(edit.pk),
        )
        assert brought_back["data"]["changes"]["restored"] == 3

    def test_bulk_work_that_changes_nothing_is_no_event(self) -> None:
        endpoint = an_endpoint()
        edit = start_bulk_edit(
            action=BulkAction.DEACTIVATE, chosen=ProductFilter(search="nothing"), actor=None
        )
        assert run_job(edit.pk)
        relay_all()
        assert told(endpoint) == []


@jobs
class TestBacklogs:
    def test_a_large_set_is_queued_bit_by_bit_as_the_endpoint_takes_it(self) -> None:
        endpoint = an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH)
        imported("sku,name\n" + "".join(f"P{number:04},\n" for number in range(1_300)))
        queued = Delivery.objects.filter(endpoint=endpoint)
        # 200 at a time, until 500 wait.
        for count in (600, 1_200, 1_300):
            relay_all()
            assert queued.count() == count
            Delivery.objects.update(status="delivered")
        assert not Backlog.objects.filter(ended_at=None).exists()
        assert Product.objects.count() == queued.values("event_id").distinct().count()

    def test_endpoints_take_turns_and_single_edits_wait_for_none_of_them(self) -> None:
        endpoints = [an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH) for _ in range(3)]
        imported("sku,name\n" + "".join(f"P{number:04},\n" for number in range(500)))
        relay()
        create_product(values={"sku": "LIVE"}, actor=None)
        relay()
        live = Delivery.objects.filter(is_bulk=False)
        assert {each.endpoint for each in live.select_related("endpoint")} == set(endpoints)
        relay()
        bulk = Delivery.objects.filter(is_bulk=True).order_by()
        sizes = bulk.values_list("endpoint").annotate(count=Count("*"))
        assert dict(sizes) == {endpoint.pk: 200 for endpoint in endpoints}

    def test_who_changes_to_summary_is_spared_the_rest(self) -> None:
        endpoint = an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH)
        imported("sku,name\n" + "".join(f"P{number:04},\n" for number in range(800)))
        relay_all()
        update_endpoint(
            endpoint_id=endpoint.pk, values=EndpointValues(bulk_mode=BulkMode.SUMMARY), actor=None
        )
        relay_all()
        assert not Backlog.objects.filter(ended_at=None).exists()
        assert Delivery.objects.filter(endpoint=endpoint).count() == 600


@pytest.mark.django_db
def test_long_texts_for_many_are_told_in_statements_and_steps_that_have_a_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pricebook.webhooks.fanout._STATEMENT", 10_000)
    monkeypatch.setattr("pricebook.webhooks.fanout._TRANSACTION", 30_000)
    endpoints = [an_endpoint() for _ in range(4)]
    for number in range(8):
        create_product(values={"sku": f"P{number}", "description": "x" * 3_000}, actor=None)
    assert place_changesets() == 8
    relay()
    first = Delivery.objects.count()
    assert 0 < first < 32
    relay_all()
    for endpoint in endpoints:
        assert [each["data"]["product"]["sku"] for each in told(endpoint)] == [
            f"P{number}" for number in range(8)
        ]


@jobs
def test_without_endpoints_nothing_is_queued_and_nothing_is_told_later() -> None:
    imported(THREE)
    relay_all()
    assert Cursor.objects.get().position == ChangeSet.objects.count()
    endpoint = an_endpoint()
    relay_all()
    assert not Delivery.objects.exists()
    assert Endpoint.objects.get() == endpoint
