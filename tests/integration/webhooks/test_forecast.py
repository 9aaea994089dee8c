"""What an import will send, said before it is let go on (C4)."""

from __future__ import annotations

import pytest

from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointValues, update_endpoint
from pricebook.webhooks.forecast import forecast
from pricebook.webhooks.models import BulkMode
from tests.integration.webhooks.subscribers import PRODUCT_EVENTS, an_endpoint

pytestmark = pytest.mark.django_db


def test_three_endpoints_in_three_modes() -> None:
    an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.EACH, rate=20)
    an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.BATCH, rate=20)
    an_endpoint(*PRODUCT_EVENTS, mode=BulkMode.SUMMARY, rate=20)
    found = forecast(created=1_000, updated=4_000)
    assert (found.endpoints, found.requests, found.seconds) == (3, 5_051, 250.0)


def test_only_what_an_endpoint_wants_is_counted() -> None:
    an_endpoint(EventType.PRODUCT_CREATED, mode=BulkMode.EACH, rate=10)
    an_endpoint(EventType.PRODUCT_DELETED)
    an_endpoint(EventType.IMPORT_COMPLETED, EventType.PRODUCT_UPDATED, mode=BulkMode.BATCH)
    found = forecast(created=30, updated=101)
    assert sorted(part.requests for part in found.parts) == [3, 30]


def test_a_disabled_endpoint_is_not_counted() -> None:
    endpoint = an_endpoint()
    update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=False), actor=None)
    found = forecast(created=5, updated=5)
    assert (found.endpoints, found.requests, found.seconds) == (0, 0, 0.0)


def test_an_import_that_changes_nothing_is_still_told_to_who_wants_imports() -> None:
    an_endpoint(EventType.IMPORT_COMPLETED)
    an_endpoint(EventType.PRODUCT_UPDATED, mode=BulkMode.EACH)
    assert forecast(created=0, updated=0).requests == 1
