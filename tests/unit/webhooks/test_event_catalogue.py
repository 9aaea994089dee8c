"""The event catalogue: every type that is sent, with a schema that means what it says (C1)."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, ValidationError, meta

from pricebook.catalogue.models import Product
from pricebook.catalogue.represent import represent_product
from pricebook.changes.models import EventType
from pricebook.webhooks.event_catalogue import CATALOGUE, EventEntry
from pricebook.webhooks.event_types import ALIASES, PRODUCTS_BATCH

ENTRIES = list(CATALOGUE.values())
ENVELOPE = ["id", "type", "timestamp", "data"]


def check(entry: EventEntry, body: object) -> None:
    Draft202012Validator(dict(entry.schema), validate_formats=True).validate(body)


def test_it_has_every_type_that_is_sent_in_the_order_of_subscriptions() -> None:
    assert list(CATALOGUE) == [*EventType.values, PRODUCTS_BATCH]
    assert [entry.type for entry in ENTRIES if not entry.can_be_subscribed] == [PRODUCTS_BATCH]


def test_every_older_name_belongs_to_one_of_them() -> None:
    assert {name for entry in ENTRIES for name in entry.aliases} == set(ALIASES)
    assert CATALOGUE["import.completed"].aliases == ["product_imported", "upload.completed"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_the_example_is_such_an_event(entry: EventEntry) -> None:
    meta.validate(dict(entry.schema))
    check(entry, entry.example)
    assert list(entry.example) == ENVELOPE
    assert entry.summary.endswith(".")
    assert entry.description.endswith(".")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_what_lacks_something_is_no_such_event(entry: EventEntry) -> None:
    for name in ENVELOPE:
        with pytest.raises(ValidationError):
            check(entry, {key: value for key, value in entry.example.items() if key != name})
    for name in entry.example["data"]:
        body: dict[str, Any] = deepcopy(dict(entry.example))
        del body["data"][name]
        with pytest.raises(ValidationError):
            check(entry, body)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.type)
def test_more_may_come_without_breaking_anybody(entry: EventEntry) -> None:
    check(entry, {**entry.example, "data": {**entry.example["data"], "later": 1}, "later": 1})


def test_no_event_is_taken_for_another_one() -> None:
    for entry in ENTRIES:
        fitting = [each.type for each in ENTRIES if fits(each, entry.example)]
        assert fitting == [entry.type]


def fits(entry: EventEntry, body: object) -> bool:
    try:
        check(entry, body)
    except ValidationError:
        return False
    return True


def test_the_product_of_an_event_is_the_one_of_the_api() -> None:
    now = datetime.now(UTC)
    blank = dict.fromkeys(("currency", "brand", "gtin", "category", "image_url", "url"), "")
    product = Product(
        pk=7,
        sku="A-1",
        price=Decimal("0.0125"),
        active=True,
        unit_size="",
        attributes={},
        created_at=now,
        updated_at=now,
        **blank,
    )
    shown = {**represent_product(product), "version": 3}
    for type_ in ("product.created", "product.updated", "product.deleted"):
        example = CATALOGUE[type_].example
        assert list(example["data"]["product"]) == list(shown)
        check(CATALOGUE[type_], {**example, "data": {**example["data"], "product": shown}})
        # Nothing is left of one that was purged before it could be told.
        check(CATALOGUE[type_], {**example, "data": {**example["data"], "product": None}})
