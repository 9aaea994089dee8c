"""Signatures, held against the library that the specification's authors publish."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from pricebook.webhooks.signing import is_secret, new_secret, signature_headers

SECRETS = st.binary(min_size=24, max_size=64).map(
    lambda raw: f"whsec_{base64.b64encode(raw).decode()}"
)
IDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=60)


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


@given(secret=SECRETS, event_id=IDS, text=st.text())
def test_the_official_library_takes_every_signature(secret: str, event_id: str, text: str) -> None:
    # JSON is what the library gives back; it does not look into it before it has verified.
    body = (
        '{"said": ' + base64.b64encode(text.encode("utf-8", "ignore")).decode().join('""') + "}"
    ).encode()
    headers = signature_headers([secret], event_id=event_id, timestamp=_now(), body=body)
    assert Webhook(secret).verify(body, headers)


def test_the_published_vector() -> None:
    headers = signature_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_rotated_both_verify() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signature_headers([new, old], event_id="evt_1", timestamp=_now(), body=b"{}")
    assert headers["webhook-signature"].count("v1,") == 2
    assert Webhook(old).verify(b"{}", headers) == {}
    assert Webhook(new).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(b"{}", headers)


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body"])
def test_whatever_is_changed_on_the_way_is_noticed(change: str) -> None:
    secret = new_secret()
    headers = signature_headers([secret], event_id="evt_1", timestamp=_now(), body=b"{}")
    changed = {**headers, change: {"webhook-id": "evt_2"}.get(change, str(_now() - 1))}
    body = b"[]" if change == "body" else b"{}"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, changed)


def test_a_new_secret_is_one_and_no_two_are_alike() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(is_secret(each) for each in made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("whsec_" + base64.b64encode(b"x" * 24).decode(), True),
        ("whsec_" + base64.b64encode(b"x" * 64).decode(), True),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), False),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), False),
        (base64.b64encode(b"x" * 24).decode(), False),
        ("whsec_not base64 at all!", False),
        ("whsec_", False),
        ("", False),
    ],
)
def test_what_a_secret_is(text: str, expected: bool) -> None:
    assert is_secret(text) is expected
