"""Endpoints: what they may be, how they change, and their secrets (C1, C2, C6)."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import ip_network
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import (
    EndpointGone,
    EndpointRefused,
    EndpointValues,
    clean_event_types,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    update_endpoint,
)
from pricebook.webhooks.models import (
    DEFAULT_RATE,
    Backlog,
    BulkMode,
    Delivery,
    Endpoint,
    SigningSecret,
)
from pricebook.webhooks.signing import is_secret, new_secret
from tests.factories import a_user
from tests.integration.webhooks.subscribers import an_endpoint

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/in"


def refused(**values: object) -> list[tuple[str, str]]:
    """Return the field and the code of each problem that such an endpoint has."""
    whole = {"url": URL, "event_types": ("product.created",), **values}
    with pytest.raises(EndpointRefused) as caught:
        create_endpoint(values=EndpointValues(**whole), actor=None)  # type: ignore[arg-type]
    assert not Endpoint.objects.exists()
    return [(problem.field, problem.code) for problem in caught.value.problems]


class TestNew:
    def test_it_has_a_secret_and_hears_of_bulk_work_in_summary(self) -> None:
        actor = a_user()
        issued = create_endpoint(
            values=EndpointValues(url=URL, event_types=("product.updated",)), actor=actor
        )
        endpoint = Endpoint.objects.get()
        assert is_secret(issued.secret)
        assert endpoint.secrets.get().secret == issued.secret
        assert issued.secret not in repr(issued)
        assert (endpoint.url, endpoint.event_types) == (URL, ["product.updated"])
        assert (endpoint.bulk_mode, endpoint.rate_limit) == (BulkMode.SUMMARY, DEFAULT_RATE)
        assert (endpoint.enabled, endpoint.created_by) == (True, actor)

    def test_a_secret_may_be_the_callers_own(self) -> None:
        own = new_secret()
        values = EndpointValues(url=URL, event_types=("product.updated",))
        assert create_endpoint(values=values, actor=None, secret=own).secret == own

    def test_older_spellings_of_events_are_taken(self) -> None:
        names = ("product_imported", "all_products_deleted", "upload.completed", "product_deleted")
        assert clean_event_types(names) == (
            EventType.PRODUCT_DELETED,
            EventType.PRODUCTS_ALL_DELETED,
            EventType.IMPORT_COMPLETED,
        )

    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ({"event_types": ("product.eaten",)}, ("event_types", "unknown_event_type")),
            ({"event_types": ()}, ("event_types", "required")),
            ({"event_types": None}, ("event_types", "required")),
            ({"url": None}, ("url", "required")),
            ({"bulk_mode": "flood"}, ("bulk_mode", "invalid_choice")),
            ({"rate_limit": 0}, ("rate_limit", "out_of_range")),
            ({"rate_limit": 1_001}, ("rate_limit", "out_of_range")),
            ({"description": "x" * 201}, ("description", "invalid")),
            ({"description": "\0"}, ("description", "invalid")),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, values: dict[str, object], problem: tuple[str, str]
    ) -> None:
        assert refused(**values) == [problem]

    def test_every_problem_is_told_at_once(self) -> None:
        found = refused(url="ftp://hooks.example.com/", rate_limit=0, bulk_mode="flood")
        assert [field for field, _ in found] == ["url", "bulk_mode", "rate_limit"]

    def test_an_address_within_is_refused_unless_the_operator_allows_it(
        self, settings: Settings
    ) -> None:
        assert [field for field, _ in refused(url="http://10.1.2.3/hook")] == ["url"]
        settings.WEBHOOK_NETWORKS = (ip_network("10.1.0.0/16"),)
        values = EndpointValues(url="http://10.1.2.3/hook", event_types=("product.updated",))
        assert create_endpoint(values=values, actor=None).endpoint.url == "http://10.1.2.3/hook"

    def test_a_secret_that_is_none_is_refused(self) -> None:
        values = EndpointValues(url=URL, event_types=("product.updated",))
        with pytest.raises(EndpointRefused, match="whsec_"):
            create_endpoint(values=values, actor=None, secret="hunter2")


class TestChanged:
    def test_only_what_is_given_changes(self) -> None:
        endpoint = an_endpoint(EventType.PRODUCT_CREATED, rate=5)
        changed = update_endpoint(
            endpoint_id=endpoint.pk, values=EndpointValues(description=" Warehouse "), actor=None
        )
        assert (changed.description, changed.rate_limit) == ("Warehouse", 5)
        assert changed.event_types == ["product.created"]

    def test_no_limit_can_be_said(self) -> None:
        endpoint = an_endpoint(rate=5)
        update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(rate_limit=None), actor=None)
        assert Endpoint.objects.get().rate_limit is None

    def test_disabled_by_hand_says_so_and_enabled_nothing(self) -> None:
        endpoint = an_endpoint()
        off = update_endpoint(
            endpoint_id=endpoint.pk, values=EndpointValues(enabled=False), actor=None
        )
        assert (off.disabled_because, off.disabled_at is not None) == ("by_person", True)
        on = update_endpoint(
            endpoint_id=endpoint.pk, values=EndpointValues(enabled=True), actor=None
        )
        assert (on.disabled_because, on.disabled_at) == ("", None)

    def test_enabled_again_it_is_sent_at_once_what_waited_for_a_retry(self) -> None:
        endpoint = an_endpoint()
        later = timezone.now() + timedelta(hours=20)
        waiting = Delivery.objects.create(
            endpoint=endpoint,
            event_id="evt_1",
            event_type="product.updated",
            happened_at=timezone.now(),
            due_at=later,
        )
        for enabled in (False, True):
            update_endpoint(
                endpoint_id=endpoint.pk, values=EndpointValues(enabled=enabled), actor=None
            )
        waiting.refresh_from_db()
        assert waiting.due_at <= timezone.now()

    def test_the_audit_log_tells_who_lets_whom_hear_of_what(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        actor = a_user("ada")
        values = EndpointValues(url=URL, event_types=("product.updated",))
        with caplog.at_level("INFO", "pricebook.audit"):
            issued = create_endpoint(values=values, actor=actor)
            update_endpoint(
                endpoint_id=issued.endpoint.pk, values=EndpointValues(enabled=False), actor=actor
            )
            rotated = rotate_secret(endpoint_id=issued.endpoint.pk, actor=actor)
            delete_endpoint(endpoint_id=issued.endpoint.pk, actor=actor)
        lines = [json.loads(line) for line in caplog.messages]
        assert [(line["who"], line["what"], line["url"], line["enabled"]) for line in lines] == [
            ("ada", "endpoint made", URL, True),
            ("ada", "endpoint changed", URL, False),
            ("ada", "secret of an endpoint rotated", URL, False),
            ("ada", "endpoint deleted", URL, False),
        ]
        assert issued.secret not in caplog.text
        assert rotated.secret not in caplog.text

    def test_one_that_is_gone_cannot_be_changed(self) -> None:
        with pytest.raises(EndpointGone):
            update_endpoint(endpoint_id=uuid4(), values=EndpointValues(enabled=False), actor=None)

    def test_deleted_it_is_gone_at_once_with_its_secrets_and_what_was_to_come(self) -> None:
        endpoint = an_endpoint()
        Backlog.objects.create(endpoint=endpoint, changeset_id=1, happened_at=timezone.now())
        delete_endpoint(endpoint_id=endpoint.pk, actor=None)
        assert not Endpoint.objects.live().exists()
        assert not Endpoint.objects.enabled().exists()
        assert not SigningSecret.objects.exists()
        assert not Backlog.objects.exists()
        with pytest.raises(EndpointGone):
            delete_endpoint(endpoint_id=endpoint.pk, actor=None)


class TestRotation:
    def test_the_old_secret_signs_on_beside_the_new_one(self) -> None:
        endpoint = an_endpoint()
        old = endpoint.secrets.get().secret
        new = rotate_secret(endpoint_id=endpoint.pk, actor=None, overlap=timedelta(hours=2)).secret
        now = timezone.now()
        assert endpoint.secrets.in_force(now) == [new, old]
        assert endpoint.secrets.in_force(now + timedelta(hours=3)) == [new]

    def test_without_an_overlap_nothing_older_signs(self) -> None:
        endpoint = an_endpoint()
        rotate_secret(endpoint_id=endpoint.pk, actor=None, overlap=timedelta(hours=24))
        new = rotate_secret(endpoint_id=endpoint.pk, actor=None, overlap=timedelta(0)).secret
        assert list(SigningSecret.objects.values_list("secret", flat=True)) == [new]

    def test_rotated_again_and_again_no_more_than_five_sign(self) -> None:
        endpoint = an_endpoint()
        made = [rotate_secret(endpoint_id=endpoint.pk, actor=None).secret for _ in range(7)]
        assert set(endpoint.secrets.in_force(timezone.now())) == set(made[-5:])

    @pytest.mark.parametrize("hours", [-1, 169])
    def test_an_overlap_has_its_bounds(self, hours: int) -> None:
        endpoint = an_endpoint()
        with pytest.raises(EndpointRefused, match="0 to 168 hours"):
            rotate_secret(endpoint_id=endpoint.pk, actor=None, overlap=timedelta(hours=hours))
        assert endpoint.secrets.count() == 1
