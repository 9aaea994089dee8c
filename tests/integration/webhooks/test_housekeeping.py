"""What is forgotten after its time, and what deleted endpoints leave behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from pricebook.webhooks import housekeeping
from pricebook.webhooks.endpoints import delete_endpoint
from pricebook.webhooks.health import health_of
from pricebook.webhooks.models import (
    Attempt,
    Backlog,
    Delivery,
    DeliveryStatus,
    Disabled,
    Endpoint,
    HalfHour,
)
from pricebook.webhooks.notices import tell_of_disabled
from pricebook.webhooks.statistics import note_attempts
from tests.factories import a_user
from tests.integration.webhooks.subscribers import an_endpoint

pytestmark = pytest.mark.django_db


def a_delivery(endpoint: Endpoint, event_id: str = "evt_1", **fields: object) -> Delivery:
    values: dict[str, object] = {
        "status": DeliveryStatus.DELIVERED,
        "happened_at": timezone.now(),
        "body": "{}",
    }
    return Delivery.objects.create(
        endpoint=endpoint, event_id=event_id, event_type="product.updated", **(values | fields)
    )


def an_attempt(delivery: Delivery, at: datetime | None = None, **fields: object) -> Attempt:
    values: dict[str, object] = {"outcome": "delivered", "total_ms": 40.0}
    attempt = Attempt.objects.create(
        delivery=delivery,
        endpoint_id=delivery.endpoint_id,
        at=at or timezone.now(),
        **(values | fields),
    )
    note_attempts([attempt])
    return attempt


def long_ago(endpoint: Endpoint) -> None:
    """Let an endpoint have been deleted before all who knew it have ended."""
    Endpoint.objects.filter(pk=endpoint.pk).update(deleted_at=timezone.now() - timedelta(hours=1))


class TestDeletedEndpoints:
    def test_the_log_of_a_deleted_one_goes_bit_by_bit_and_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(housekeeping, "_AT_ONCE", 2)
        endpoint, other = an_endpoint(), an_endpoint()
        for each in (endpoint, other):
            for number in range(5):
                an_attempt(a_delivery(each, f"evt_{number}", status="pending"))
        delete_endpoint(endpoint_id=endpoint.pk, actor=None)
        assert Delivery.objects.count() == 10
        long_ago(endpoint)
        assert housekeeping.delete_remains() == 1
        assert list(Endpoint.objects.all()) == [other]
        for table in (Delivery, Attempt, HalfHour):
            assert set(table.objects.values_list("endpoint_id", flat=True)) == {other.pk}
        assert Delivery.objects.count() == 5
        assert housekeeping.delete_remains() == 0

    def test_whoever_was_about_to_write_for_it_has_time_to(self) -> None:
        endpoint = an_endpoint()
        delete_endpoint(endpoint_id=endpoint.pk, actor=None)
        assert housekeeping.delete_remains() == 0
        # A relay that had read it before puts a delivery and a backlog in.
        a_delivery(endpoint)
        Backlog.objects.create(endpoint=endpoint, changeset_id=1, happened_at=timezone.now())
        long_ago(endpoint)
        assert housekeeping.delete_remains() == 1
        assert not Endpoint.objects.exists()


class TestTheLog:
    def test_it_is_forgotten_without_being_read(self) -> None:
        old = timezone.now() - timedelta(days=31)
        endpoint = an_endpoint()
        for number in range(3):
            an_attempt(a_delivery(endpoint, f"evt_{number}", created_at=old))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert housekeeping.purge_log() == 3
        assert not [each for each in queries if '"body"' in each["sql"]]
        assert not Attempt.objects.exists()

    def test_statistics_and_backlogs_that_ended_are_forgotten_too(self) -> None:
        endpoint, now = an_endpoint(), timezone.now()
        an_attempt(a_delivery(endpoint), at=now - timedelta(hours=26))
        an_attempt(a_delivery(endpoint, "evt_2"), at=now - timedelta(hours=23))
        old = now - timedelta(days=31)
        for number, ended_at in enumerate((None, old, now)):
            Backlog.objects.create(
                endpoint=endpoint, changeset_id=number, happened_at=old, ended_at=ended_at
            )
        housekeeping.purge_log()
        assert HalfHour.objects.count() == 1
        assert list(Backlog.objects.order_by("pk").values_list("changeset_id", flat=True)) == [0, 2]


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_again_while_the_log_is_purged_stays() -> None:
    old = timezone.now() - timedelta(days=31)
    kept = a_delivery(an_endpoint(), created_at=old)
    held = connections.create_connection("default")
    try:
        with held.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE webhooks_delivery SET status = 'pending'")
            with transaction.atomic():
                assert housekeeping.purge_log() == 0
            cursor.execute("COMMIT")
    finally:
        held.close()
    assert Delivery.objects.get() == kept


class TestHealth:
    def test_attempts_of_half_an_hour_are_one_row(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        endpoint, at = an_endpoint(), timezone.now() - timedelta(hours=3)
        delivery = a_delivery(endpoint)
        first, *others = [
            Attempt(delivery=delivery, endpoint_id=endpoint.pk, at=at, outcome=outcome, total_ms=ms)
            for ms, outcome in (
                (30, "delivered"),
                (30, "refused"),
                (30, "delivered"),
                (900, "refused"),
            )
        ]
        note_attempts([first])
        with django_assert_num_queries(1):
            note_attempts(others)
        row = HalfHour.objects.get()
        assert (row.attempts, row.failed, row.fastest_ms, row.slowest_ms) == (4, 2, 30, 900)
        assert sum(row.histogram) == 4
        health = health_of([endpoint.pk])[endpoint.pk]
        (point,) = health.points
        assert (point.at, point.attempts, point.failed) == (row.begins_at, 4, 2)
        assert 30 <= point.median_ms <= 34.2 < point.slowest_ms == 900
        assert health.share == 0.5

    def test_what_is_older_than_a_day_does_not_count(self) -> None:
        endpoint = an_endpoint()
        an_attempt(a_delivery(endpoint), at=timezone.now() - timedelta(hours=24, minutes=31))
        assert health_of([endpoint.pk])[endpoint.pk].points == ()

    def test_what_waits_is_counted_and_more_is_said_to_be_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint, idle = an_endpoint(), an_endpoint()
        for number in range(3):
            a_delivery(endpoint, f"evt_{number}", status="pending")
        a_delivery(endpoint, "taken")
        found = health_of([endpoint.pk, idle.pk])
        assert (found[endpoint.pk].pending, found[endpoint.pk].pending_is_exact) == (3, True)
        assert (found[idle.pk].pending, found[idle.pk].pending_is_exact) == (0, True)
        backlog = Backlog.objects.create(
            endpoint=endpoint, changeset_id=1, happened_at=timezone.now()
        )
        assert not health_of([endpoint.pk])[endpoint.pk].pending_is_exact
        Backlog.objects.filter(pk=backlog.pk).update(ended_at=timezone.now())
        assert health_of([endpoint.pk])[endpoint.pk].pending_is_exact
        monkeypatch.setattr("pricebook.webhooks.health.PENDING_TO", 2)
        cut = health_of([endpoint.pk])[endpoint.pk]
        assert (cut.pending, cut.pending_is_exact) == (2, False)


class _Unreachable(EmailBackend):
    """A mail server that is down."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        message = "Connection unexpectedly closed"
        raise SMTPServerDisconnected(message)


class _AskedMeanwhile(EmailBackend):
    """A mail server that is slow: beat looks again before it has answered."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        assert tell_of_disabled() == 0
        return int(super().send_messages(messages))


class TestNotices:
    @pytest.fixture(autouse=True)
    def _disabled(self) -> None:
        maker = a_user("max")
        maker.email = "max@example.com"
        maker.save()
        for _ in range(2):
            an_endpoint()
        Endpoint.objects.update(
            created_by=maker,
            enabled=False,
            disabled_because=Disabled.GONE,
            disabled_at=timezone.now(),
        )

    def test_two_that_look_at_once_tell_of_it_once(
        self, settings: Settings, mailoutbox: list[EmailMessage]
    ) -> None:
        Endpoint.objects.latest("pk").delete()
        settings.EMAIL_BACKEND = f"{__name__}._AskedMeanwhile"
        assert tell_of_disabled() == 1
        assert len(mailoutbox) == 1

    def test_while_no_mail_goes_one_line_says_so_and_later_all_are_told(
        self,
        settings: Settings,
        mailoutbox: list[EmailMessage],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        usual = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = f"{__name__}._Unreachable"
        assert tell_of_disabled() == 0
        assert [each.getMessage() for each in caplog.records] == [
            "Mails about 2 disabled endpoints wait: Connection unexpectedly closed"
        ]
        settings.EMAIL_BACKEND = usual
        assert tell_of_disabled() == 2
        assert len(mailoutbox) == 2

    def test_of_a_deleted_one_nobody_is_told(self) -> None:
        for endpoint in Endpoint.objects.all():
            delete_endpoint(endpoint_id=endpoint.pk, actor=None)
        assert tell_of_disabled() == 0
