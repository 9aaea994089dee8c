"""What happened to a product, as its page tells it (B4)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.bulk import edit_products
from pricebook.catalogue.history import Event, FieldChange, history_of
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes.models import ChangeSet, Kind
from tests.factories import a_product, a_user, imported

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db


def told(product: Product, *, limit: int = 50, before: int | None = None) -> list[Event]:
    return history_of(Product.objects.get(pk=product.pk), limit=limit, before=before)


def test_the_newest_change_comes_first_with_who_and_when_and_what() -> None:
    actor = a_user("cat")
    product = create_product(values={"sku": "A", "price": Decimal("1.50")}, actor=actor)
    update_product(
        product_id=product.pk, values={"price": Decimal(2), "attributes": {"a": 1}}, actor=None
    )
    newest, oldest = told(product)
    first, second = ChangeSet.objects.order_by("id")
    assert newest == Event(
        changeset_id=second.pk,
        kind=Kind.UPDATED,
        at=second.at,
        actor="",
        job_id=None,
        fields=(FieldChange("price", "1.5", "2"), FieldChange("attributes", {}, {"a": 1})),
        can_undo=True,
    )
    assert oldest == Event(
        changeset_id=first.pk,
        kind=Kind.CREATED,
        at=first.at,
        actor="cat",
        job_id=None,
        fields=(),
        # Others came after it: deleting is what is meant then.
        can_undo=False,
    )


def test_an_import_is_named_by_its_job() -> None:
    job = imported("sku,name\nA,Apple\n")
    (event,) = told(Product.objects.get())
    assert (event.kind, event.job_id, event.can_undo) == (Kind.CREATED, job.pk, True)


def test_every_kind_of_change_is_told() -> None:
    product = create_product(values={"sku": "A"}, actor=None)
    edit_products(action=BulkAction.DEACTIVATE, ids=(product.pk,), actor=None)
    delete_product(product_id=product.pk, actor=None)
    imported("sku,name\nA,Back\n")
    assert [event.kind for event in told(product)] == [
        Kind.RESTORED,
        Kind.DELETED,
        Kind.UPDATED,
        Kind.CREATED,
    ]


def test_other_products_of_a_set_are_left_out() -> None:
    imported("sku,name\nA,Apple\nB,Pear\n")
    imported("sku,name\nA,Apricot\nB,Plum\n")
    for product in Product.objects.all():
        assert [event.kind for event in told(product)] == [Kind.UPDATED, Kind.CREATED]


def test_a_product_older_than_the_ledger_has_no_creation() -> None:
    assert told(a_product("A")) == []


def test_older_changes_come_on_demand() -> None:
    product = create_product(values={"sku": "A"}, actor=None)
    for name in "xyz":
        update_product(product_id=product.pk, values={"name": name}, actor=None)
    page = told(product, limit=2)
    assert [event.fields[0].after for event in page] == ["z", "y"]
    rest = told(product, limit=50, before=page[-1].changeset_id)
    assert [event.kind for event in rest] == [Kind.UPDATED, Kind.CREATED]


def test_what_is_past_retention_cannot_be_undone(settings: Settings) -> None:
    product = create_product(values={"sku": "A"}, actor=None)
    assert told(product)[0].can_undo
    settings.LEDGER_RETENTION = timedelta()
    assert not told(product)[0].can_undo


def test_three_queries_whatever_the_length(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    product = create_product(values={"sku": "A"}, actor=a_user("one"))
    for number in range(10):
        actor = a_user(f"user {number}")
        update_product(product_id=product.pk, values={"name": f"{number}"}, actor=actor)
    with django_assert_num_queries(3):
        events = history_of(product, limit=50)
    assert len(events) == 11
