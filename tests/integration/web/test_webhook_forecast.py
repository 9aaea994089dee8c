"""What an import will send to webhooks, told before it is let go on (C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pricebook.imports.options import Options
from pricebook.jobs.runner import run_job
from pricebook.webhooks.models import BulkMode
from tests.factories import an_import, imported
from tests.integration.web.webhook_pages import an_endpoint, words_of

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.imports.models import Import

pytestmark = pytest.mark.django_db

ALL = ["product.created", "product.updated", "import.completed"]
OLD = "sku,name\n" + "".join(f"{number},x\n" for number in range(210))
NEW = OLD.replace(",x\n", ",y\n").replace("209,y\n", "210,z\n")


@pytest.fixture
def previewed(db: None) -> Import:
    """Return an import that waits: 209 products change, one is new, one goes."""
    of_acme = Options(source="Acme", deactivate_missing=True)
    imported(OLD, options=of_acme)
    record = an_import(NEW, options=Options(source="Acme", deactivate_missing=True, preview=True))
    assert run_job(record.pk)
    return record


def test_the_preview_says_how_many_requests_it_makes_and_for_how_long(
    htmx: Client, previewed: Import
) -> None:
    an_endpoint("summary", event_types=ALL)
    an_endpoint("batch", event_types=ALL, bulk_mode=BulkMode.BATCH)
    an_endpoint("each", event_types=ALL, bulk_mode=BulkMode.EACH, rate_limit=1)
    an_endpoint("other", event_types=["import.failed"])
    an_endpoint("off", event_types=ALL, enabled=False)
    address = f"/imports/{previewed.pk}/"
    words = words_of(htmx.get(address).text)
    # One, three batches of 211 changes and the end, 211 products and the end.
    assert "Webhooks : 3 endpoints, 217 requests, about 4 min" in words
    htmx.post(f"{address}approve/")
    assert run_job(previewed.pk)
    assert "endpoints, " not in words_of(htmx.get(address).text)


def test_without_endpoints_it_says_nothing(htmx: Client, previewed: Import) -> None:
    an_endpoint("other", event_types=["import.failed"])
    assert "about a second" not in htmx.get(f"/imports/{previewed.pk}/").text


def test_one_of_each_is_told_so(htmx: Client, previewed: Import) -> None:
    an_endpoint()
    words = words_of(htmx.get(f"/imports/{previewed.pk}/").text)
    assert "Webhooks : 1 endpoint, 1 request, about a second" in words
