"""What PostgreSQL, when it dies, makes a living sender hold without knowing it (ABUSE 19)."""

from __future__ import annotations

import pytest
from django.db import transaction

from pricebook.catalogue.writes import create_product
from pricebook.core.db import fetch_rows
from pricebook.webhooks.models import Delivery
from pricebook.webhooks.sender import Sender
from tests.integration.webhooks.subscribers import an_endpoint, relay_all
from tests.servers.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def test_what_a_sender_holds_unknowingly_is_sent_once_the_database_is_back(
    receiver: Receiver, sender: Sender
) -> None:
    with transaction.atomic():
        an_endpoint(url=receiver.url)
        create_product(values={"sku": "A"}, actor=None)
        relay_all()
        Delivery.objects.update(sender_id=sender.id)
    assert fetch_rows(END_THE_OTHERS)
    (request,) = receiver.wait_for(1)
    assert request.event["type"] == "product.created"
