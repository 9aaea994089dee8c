"""Claiming what is due: fair among endpoints, within their limits, each by one sender (C2, C5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from pricebook.webhooks.models import Delivery, DeliveryStatus, Endpoint, Sender
from pricebook.webhooks.queue import (
    Claim,
    Room,
    claim,
    forget_sender,
    register_sender,
    release,
    release_lost,
)
from tests.integration.webhooks.subscribers import an_endpoint

pytestmark = pytest.mark.django_db
ROOM = Room(all=1_000, slow=500, ahead=500)


def wait(endpoint: Endpoint, count: int, **fields: object) -> None:
    """Let so many deliveries wait for an endpoint."""
    Delivery.objects.bulk_create(
        Delivery(
            **{
                "endpoint": endpoint,
                "event_id": f"evt_{uuid4().hex}",
                "event_type": "product.updated",
                "body": "{}",
                "happened_at": timezone.now(),
                # The database's time stands still within the test's transaction.
                "due_at": timezone.now() - timedelta(minutes=1),
                **fields,
            }
        )
        for _ in range(count)
    )


def claimed(sender: UUID, room: Room = ROOM) -> list[Claim]:
    register_sender(sender, "here")
    return claim(sender, room)


def of(claims: list[Claim]) -> Counter[UUID]:
    return Counter(each.endpoint_id for each in claims)


def fast() -> Endpoint:
    endpoint = an_endpoint()
    Endpoint.objects.filter(pk=endpoint.pk).update(last_response_ms=20)
    return endpoint


class TestWhatIsDue:
    def test_a_claim_has_all_that_a_request_needs(self) -> None:
        endpoint = an_endpoint(url="https://hooks.example.com/a")
        wait(endpoint, 1, body='{"a":1}', event_id="evt_1")
        (found,) = claimed(uuid4())
        assert (found.url, found.event_id, found.body) == (
            "https://hooks.example.com/a",
            "evt_1",
            '{"a":1}',
        )
        assert found.secrets == tuple(endpoint.secrets.values_list("secret", flat=True))

    def test_what_is_claimed_is_nobody_elses(self) -> None:
        wait(fast(), 3)
        assert len(claimed(uuid4())) == 3
        assert claimed(uuid4()) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": DeliveryStatus.DELIVERED},
            {"status": DeliveryStatus.FAILED},
            {"due_at": timezone.now() + timedelta(hours=1)},
        ],
    )
    def test_what_has_ended_or_waits_for_its_retry_is_not_due(
        self, fields: dict[str, object]
    ) -> None:
        wait(an_endpoint(), 1, **fields)
        assert claimed(uuid4()) == []

    def test_a_disabled_endpoint_is_sent_nothing(self) -> None:
        endpoint = an_endpoint()
        wait(endpoint, 1)
        Endpoint.objects.update(enabled=False)
        assert claimed(uuid4()) == []

    def test_single_edits_go_before_bulk_work(self) -> None:
        endpoint = an_endpoint()
        wait(endpoint, 20, is_bulk=True, event_type="bulk")
        wait(endpoint, 5, event_type="live")
        ids = [each.delivery_id for each in claimed(uuid4())]
        types = Counter(Delivery.objects.filter(pk__in=ids).values_list("event_type", flat=True))
        assert types == {"live": 5, "bulk": 3}


class TestLimits:
    def test_one_endpoint_gets_eight_at_a_time(self) -> None:
        wait(an_endpoint(), 30)
        assert len(claimed(uuid4())) == 8
        assert claimed(uuid4()) == []

    def test_one_that_answers_fast_gets_more_ahead(self) -> None:
        wait(fast(), 100)
        assert len(claimed(uuid4())) == 64

    def test_what_is_claimed_ahead_has_room_of_its_own(self) -> None:
        endpoints = [fast() for _ in range(3)]
        for endpoint in endpoints:
            wait(endpoint, 100)
        found = of(claimed(uuid4(), Room(all=256, slow=128, ahead=6)))
        assert found == {endpoint.pk: 8 + 2 for endpoint in endpoints}

    def test_with_more_endpoints_than_a_claim_deals_with_all_have_their_turn(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pricebook.webhooks.queue._MOST_ENDPOINTS", 5)
        waiting, live = [an_endpoint(rate=1) for _ in range(8)], an_endpoint()
        for endpoint in waiting:
            wait(endpoint, 3, is_bulk=True)
        wait(live, 1)
        sender = uuid4()
        assert live.pk in of(claimed(sender))
        # Those that had their request of this second make room for the others.
        assert of(claimed(sender)).keys() < {endpoint.pk for endpoint in waiting}
        assert Delivery.objects.exclude(sender_id=None).count() == 9

    def test_one_that_is_slow_gets_two_and_one_that_fails_a_single_one(self) -> None:
        slow, failing = an_endpoint(), an_endpoint()
        Endpoint.objects.filter(pk=slow.pk).update(last_response_ms=3_000)
        Endpoint.objects.filter(pk=failing.pk).update(failing_since=timezone.now())
        wait(slow, 10)
        wait(failing, 10)
        assert of(claimed(uuid4())) == {slow.pk: 2, failing.pk: 1}

    def test_slow_and_failing_endpoints_share_the_room_that_is_left_to_them(self) -> None:
        for _ in range(5):
            wait(an_endpoint(), 3)
        Endpoint.objects.update(failing_since=timezone.now())
        healthy = an_endpoint()
        wait(healthy, 3)
        found = of(claimed(uuid4(), Room(all=100, slow=2, ahead=50)))
        assert found[healthy.pk] == 3
        assert sum(found.values()) == 5

    def test_when_room_is_short_everybody_gets_a_little(self) -> None:
        endpoints = [an_endpoint() for _ in range(4)]
        for endpoint in endpoints:
            wait(endpoint, 8)
        found = of(claimed(uuid4(), Room(all=8, slow=4, ahead=4)))
        assert found == {endpoint.pk: 2 for endpoint in endpoints}

    def test_without_room_nothing_is_claimed(self) -> None:
        wait(an_endpoint(), 1)
        assert claimed(uuid4(), Room(all=0, slow=0, ahead=0)) == []

    @pytest.mark.parametrize(("rate", "at_once"), [(1, 1), (4, 1), (20, 5), (24, 6)])
    def test_a_limit_lets_a_quarter_of_a_second_go_at_once(self, rate: int, at_once: int) -> None:
        wait(an_endpoint(rate=rate), 30)
        sender = uuid4()
        before = timezone.now()
        assert len(claimed(sender)) == at_once
        # Now the time of this transaction: the bucket is empty.
        endpoint = Endpoint.objects.get()
        assert endpoint.next_send_at is not None
        assert endpoint.next_send_at <= before + timedelta(seconds=1)
        Delivery.objects.filter(sender_id=sender).update(status="delivered", sender_id=None)
        assert claimed(sender) == []

    def test_a_limit_refills_with_time(self) -> None:
        endpoint = an_endpoint(rate=20)
        wait(endpoint, 30)
        sender = uuid4()
        claimed(sender)
        Delivery.objects.filter(sender_id=sender).update(status="delivered", sender_id=None)
        # As if a tenth of a second had passed.
        endpoint.refresh_from_db()
        assert endpoint.next_send_at is not None
        endpoint.next_send_at -= timedelta(seconds=0.1)
        endpoint.save()
        assert len(claimed(sender)) == 2


class TestSendersThatDie:
    def test_what_a_lost_sender_had_claimed_is_sent_by_another(self) -> None:
        wait(an_endpoint(), 3)
        lost, other = uuid4(), uuid4()
        assert len(claimed(lost)) == 3
        Sender.objects.filter(pk=lost).update(seen_at=timezone.now() - timedelta(minutes=1))
        register_sender(other, "there")
        assert release_lost() == 3
        assert len(claim(other, ROOM)) == 3

    def test_a_claim_whose_answer_was_lost_is_made_again(self) -> None:
        wait(an_endpoint(), 3)
        sender = uuid4()
        first, *lost = claimed(sender)
        assert release(sender, but=[first.delivery_id]) == len(lost) == 2
        assert {each.delivery_id for each in claimed(sender)} == {each.delivery_id for each in lost}

    def test_one_that_lives_keeps_what_it_has(self) -> None:
        wait(an_endpoint(), 3)
        claimed(uuid4())
        assert release_lost() == 0

    def test_one_that_ends_lets_go(self) -> None:
        wait(an_endpoint(), 3)
        sender = uuid4()
        claimed(sender)
        forget_sender(sender)
        assert not Sender.objects.filter(pk=sender).exists()
        assert len(claimed(uuid4())) == 3
