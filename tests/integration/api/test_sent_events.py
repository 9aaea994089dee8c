"""What is really sent keeps to the event catalogue, and so does the page about it (C1)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema_rs import Draft202012Validator

from pricebook.catalogue.bulk import edit_products, start_bulk_edit, start_undo
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.imports.options import Options
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import run_job
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.models import BulkMode
from tests.factories import an_import, imported
from tests.integration.webhooks.subscribers import an_endpoint, relay_all, told

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.accounts.models import User
    from pricebook.webhooks.event_catalogue import EventEntry

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "events.md"

pytestmark = pytest.mark.django_db


def closed(schema: Any) -> Any:
    """Return a schema that takes no members but those that it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False, **inner} if "properties" in inner else inner


def is_described(event: dict[str, Any]) -> bool:
    validator = Draft202012Validator(closed(CATALOGUE[event["type"]].schema), validate_formats=True)
    return validator.is_valid(event)


def make_everything_happen(actor: User) -> None:
    """Do whatever endpoints are told of."""
    made = create_product(values={"sku": "A-1", "price": "1.5", "gtin": "x"}, actor=actor)
    update_product(product_id=made.pk, values={"price": "2", "attributes": {"a": 1}}, actor=None)
    delete_product(product_id=made.pk, actor=actor)
    create_product(values={"sku": "A-1"}, actor=actor)
    done = imported("sku,name\nB-1,x\nB-2,y\n,z\n", options=Options(source="North"))
    imported("no such columns\nat all\n")
    imported("sku,name\nB-3,x\n", options=Options(preview=True))
    cancel_job(an_import("sku,name\nB-4,x\n").pk)
    ids = tuple(Product.objects.values_list("pk", flat=True))
    edit_products(action=BulkAction.DEACTIVATE, ids=ids, actor=actor)
    run_job(start_undo(job_id=done.pk, actor=actor).pk)
    everything = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=actor)
    run_job(everything.pk)


def test_every_event_that_is_sent_is_as_the_catalogue_says(person: User) -> None:
    endpoints = {mode: an_endpoint(mode=mode) for mode in BulkMode}
    make_everything_happen(person)
    relay_all()
    sent = {mode: told(endpoint) for mode, endpoint in endpoints.items()}
    for events in sent.values():
        assert [event["type"] for event in events if not is_described(event)] == []
    types = {event["type"] for events in sent.values() for event in events}
    assert types == set(CATALOGUE)


def test_changes_url_leads_to_every_change(reader: Client, person: User) -> None:
    endpoint = an_endpoint()
    imported("sku,name\nB-1,x\nB-2,y\n")
    ids = tuple(Product.objects.values_list("pk", flat=True))
    edit_products(action=BulkAction.DEACTIVATE, ids=ids, actor=person)
    relay_all()
    found = {}
    for event in told(endpoint):
        path = event["data"]["changes_url"].partition("/api/")[2]
        rows = reader.get(f"/api/{path}").json()["results"]
        found[event["type"]] = [(row["kind"], row["product_id"]) for row in rows]
        assert event["data"]["changes"][rows[0]["kind"]] == len(rows) == 2
    assert found == {
        "products.changed": [("updated", number) for number in ids],
        "import.completed": [("created", number) for number in ids],
    }


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.type)
def test_the_page_shows_it(entry: EventEntry) -> None:
    sections = re.split("^### ", PAGE.read_text(), flags=re.MULTILINE)
    (section,) = [each for each in sections if each.startswith(f"`{entry.type}`\n")]
    assert f"{entry.summary} {entry.description}" in " ".join(section.split())
    (example,) = re.findall("```json\n(.*?)```", section, flags=re.DOTALL)
    assert json.loads(example) == entry.example
    for name in entry.aliases:
        assert f"`{name}`" in section


def test_the_page_has_no_other_types() -> None:
    named = re.findall(r"^### `(.+)`$", PAGE.read_text(), flags=re.MULTILINE)
    assert named == list(CATALOGUE)
