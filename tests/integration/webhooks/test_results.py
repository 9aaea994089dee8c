"""What an attempt leads to: the log, the next try, how the endpoint stands (C2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pricebook.accounts.models import Role
from pricebook.core.http import Answer, Exchange, Failure, Timing
from pricebook.webhooks.endpoints import EndpointValues, update_endpoint
from pricebook.webhooks.models import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Disabled,
    Endpoint,
    Outcome,
)
from pricebook.webhooks.notices import tell_of_disabled
from pricebook.webhooks.results import Result, save_results
from tests.factories import a_user
from tests.integration.webhooks.subscribers import an_endpoint

pytestmark = pytest.mark.django_db
SENDER = uuid4()
TIMING = Timing(dns_ms=1, connect_ms=2, tls_ms=3, first_byte_ms=4, total_ms=10)


def answered(status: int, body: bytes = b"", **headers: str) -> Exchange:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    answer = Answer(status=status, headers=pairs, body=body, is_cut=False)
    return Exchange(
        address="93.184.216.34",
        is_reused=False,
        timing=TIMING,
        answer=answer,
        failure=None,
        sentence="",
    )


def failed(failure: Failure, sentence: str) -> Exchange:
    nothing = Timing(dns_ms=5, connect_ms=None, tls_ms=None, first_byte_ms=None, total_ms=5)
    return Exchange(
        address="",
        is_reused=False,
        timing=nothing,
        answer=None,
        failure=failure,
        sentence=sentence,
    )


def a_delivery(endpoint: Endpoint, **fields: object) -> Delivery:
    return Delivery.objects.create(
        **{
            "endpoint": endpoint,
            "event_id": f"evt_{uuid4().hex}",
            "event_type": "product.updated",
            "body": "{}",
            "happened_at": timezone.now(),
            "sender_id": SENDER,
            **fields,
        }
    )


def result(delivery: Delivery, exchange: Exchange, at: datetime | None = None) -> Result:
    return Result(
        delivery.pk, delivery.endpoint_id, at or timezone.now(), {"webhook-id": "x"}, exchange
    )


def after(delivery: Delivery, exchange: Exchange) -> Delivery:
    """Return the delivery after one attempt of it."""
    assert save_results(SENDER, [result(delivery, exchange)]) == []
    delivery.refresh_from_db()
    delivery.endpoint.refresh_from_db()
    return delivery


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_what_is_taken_has_ended(status: int) -> None:
    delivery = after(a_delivery(an_endpoint()), answered(status, b"ok"))
    assert (delivery.status, delivery.tries, delivery.sender_id) == ("delivered", 1, None)
    assert delivery.ended_at is not None
    assert delivery.endpoint.last_status == status
    assert delivery.endpoint.last_response_ms == 10
    assert delivery.endpoint.failing_since is None


@pytest.mark.parametrize("status", [100, 301, 302, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again(status: int) -> None:
    delivery = after(a_delivery(an_endpoint()), answered(status))
    assert (delivery.status, delivery.tries, delivery.sender_id) == ("pending", 1, None)
    wait = delivery.due_at - timezone.now()
    assert timedelta(seconds=4) < wait < timedelta(seconds=6.1)
    assert delivery.endpoint.failing_since is not None


def test_retry_after_puts_the_next_try_off() -> None:
    delivery = after(a_delivery(an_endpoint()), answered(503, retry_after="600"))
    assert timedelta(seconds=599) < delivery.due_at - timezone.now() < timedelta(seconds=601)


def test_after_ten_retries_it_has_failed_for_good() -> None:
    delivery = after(a_delivery(an_endpoint(), tries=9), answered(500))
    assert delivery.status == DeliveryStatus.PENDING
    Delivery.objects.update(sender_id=SENDER)
    delivery = after(delivery, answered(500))
    assert (delivery.status, delivery.tries) == ("failed", 11)


def test_gone_disables_the_endpoint_at_once() -> None:
    delivery = after(a_delivery(an_endpoint()), answered(410))
    assert delivery.status == DeliveryStatus.FAILED
    assert (delivery.endpoint.enabled, delivery.endpoint.disabled_because) == (
        False,
        Disabled.GONE,
    )


class TestFailingForDays:
    def test_five_days_without_a_success_disable_it(self) -> None:
        endpoint = an_endpoint()
        Endpoint.objects.update(
            failing_since=timezone.now() - timedelta(days=5, minutes=1),
            last_attempt_at=timezone.now() - timedelta(hours=20),
        )
        after(a_delivery(endpoint), failed(Failure.TIMED_OUT, "No answer within 15 seconds."))
        endpoint.refresh_from_db()
        assert (endpoint.enabled, endpoint.disabled_because) == (False, Disabled.FAILING)
        assert endpoint.last_error == "No answer within 15 seconds."

    def test_less_does_not(self) -> None:
        endpoint = an_endpoint()
        Endpoint.objects.update(
            failing_since=timezone.now() - timedelta(days=4, hours=23),
            last_attempt_at=timezone.now() - timedelta(hours=20),
        )
        after(a_delivery(endpoint), answered(500))
        assert Endpoint.objects.get().enabled

    def test_one_failure_after_quiet_days_does_not(self) -> None:
        endpoint = an_endpoint()
        Endpoint.objects.update(
            failing_since=timezone.now() - timedelta(days=13),
            last_attempt_at=timezone.now() - timedelta(days=10),
        )
        after(a_delivery(endpoint), answered(503))
        endpoint.refresh_from_db()
        assert endpoint.enabled
        assert endpoint.failing_since is not None
        assert timezone.now() - endpoint.failing_since < timedelta(minutes=1)

    def test_one_success_begins_the_time_anew(self) -> None:
        endpoint = an_endpoint()
        Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=6))
        after(a_delivery(endpoint), answered(200))
        assert Endpoint.objects.get().failing_since is None

    def test_a_test_that_fails_is_no_sign_of_it(self) -> None:
        delivery = after(a_delivery(an_endpoint(), is_test=True), answered(500))
        assert delivery.status == DeliveryStatus.FAILED
        assert delivery.endpoint.failing_since is None

    def test_people_are_told_once_by_mail(self) -> None:
        admin, maker = a_user("ada"), a_user("max")
        admin.role, admin.email = Role.ADMIN, "ada@example.com"
        maker.email = "max@example.com"
        admin.save()
        maker.save()
        endpoint = an_endpoint()
        Endpoint.objects.update(created_by=maker)
        after(a_delivery(endpoint), answered(410))
        assert tell_of_disabled() == 1
        assert tell_of_disabled() == 0
        (sent,) = mail.outbox
        assert sent.to == ["ada@example.com", "max@example.com"]
        assert endpoint.url in sent.body
        assert f"/webhooks/{endpoint.pk}/" in sent.body

    def test_who_disables_it_by_hand_needs_no_mail(self) -> None:
        endpoint = an_endpoint()
        update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=False), actor=None)
        assert tell_of_disabled() == 0

    def test_enabling_it_again_begins_anew(self) -> None:
        delivery = after(a_delivery(an_endpoint()), answered(410))
        endpoint = update_endpoint(
            endpoint_id=delivery.endpoint_id, values=EndpointValues(enabled=True), actor=None
        )
        assert (endpoint.enabled, endpoint.disabled_because, endpoint.failing_since) == (
            True,
            "",
            None,
        )


class TestTheLog:
    def test_an_attempt_keeps_what_was_sent_and_what_came_back(self) -> None:
        after(a_delivery(an_endpoint()), answered(500, b"no <b>", content_type="text/html"))
        line = Attempt.objects.get()
        assert (line.outcome, line.status, line.address) == (
            Outcome.REFUSED,
            500,
            "93.184.216.34",
        )
        assert line.error == "It answered 500."
        assert line.response_excerpt == "no <b>"
        assert line.response_headers == [["content-type", "text/html"]]
        assert line.request_headers == {"webhook-id": "x"}
        assert (line.dns_ms, line.connect_ms, line.tls_ms, line.first_byte_ms) == (1, 2, 3, 4)

    def test_what_a_database_cannot_hold_is_replaced(self) -> None:
        after(a_delivery(an_endpoint()), answered(200, b"a\x00b\xff", x="\x00"))
        line = Attempt.objects.get()
        assert line.response_excerpt == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
        assert line.response_headers == [["x", "\N{REPLACEMENT CHARACTER}"]]

    def test_of_a_long_answer_the_beginning_is_kept(self) -> None:
        after(a_delivery(an_endpoint()), answered(200, "ü".encode() * 30_000))
        assert Attempt.objects.get().response_excerpt == "ü" * 4_000

    @pytest.mark.parametrize("failure", list(Failure))
    def test_every_failure_of_the_network_has_its_outcome(self, failure: Failure) -> None:
        after(a_delivery(an_endpoint()), failed(failure, "It did not work."))
        line = Attempt.objects.get()
        assert (line.outcome, line.status, line.error) == (failure.value, None, "It did not work.")

    def test_a_redirect_is_not_followed_and_says_so(self) -> None:
        after(a_delivery(an_endpoint()), answered(302, location="http://10.0.0.1/"))
        assert Attempt.objects.get().error == "It answered 302: redirects are not followed."


class TestWhoseResultItIs:
    def test_of_a_delivery_that_another_sender_has_now_nothing_is_written(self) -> None:
        delivery = a_delivery(an_endpoint(), sender_id=uuid4())
        assert save_results(SENDER, [result(delivery, answered(200))]) == []
        delivery.refresh_from_db()
        assert delivery.status == DeliveryStatus.PENDING
        assert not Attempt.objects.exists()

    def test_of_an_endpoint_that_was_deleted_meanwhile_neither(self) -> None:
        delivery = a_delivery(an_endpoint())
        late = result(delivery, answered(200))
        Endpoint.objects.all().delete()
        save_results(SENDER, [late])
        assert not Attempt.objects.exists()

    def test_many_results_are_one_transaction_of_few_queries(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        endpoints = [an_endpoint() for _ in range(3)]
        results = [
            result(a_delivery(endpoint), answered(200)) for endpoint in endpoints for _ in range(10)
        ]
        with django_assert_num_queries(9):
            assert save_results(SENDER, results) == []
        assert Delivery.objects.filter(status=DeliveryStatus.DELIVERED).count() == 30
