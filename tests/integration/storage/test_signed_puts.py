"""What a signed address lets through, once, and all that it refuses; ABUSE.md, row 12."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from pricebook.files.contract import Content
from pricebook.files.keys import new_key
from tests.integration.config.watch import eventually
from tests.integration.storage.stores import (
    HOUR,
    Request,
    Store,
    checksum,
    put,
    read,
    request_for,
    told,
)

CONTENT = b"sku,name\nA-1,Apple\n" * 100
OTHER = b"S" + CONTENT[1:]
FORBIDDEN = 403
# 501 is Swift's word for a POST.
NOT_FOR_THIS = {400, 401, 403, 405, 501}

Change = Callable[[Request], Request]


@pytest.fixture
def key() -> str:
    return new_key(".csv")


@pytest.fixture
def request_(store: Store, key: str) -> Request:
    """Return a request as it should be."""
    address = store.storage.sign_put(key, told(CONTENT, "text/csv"), HOUR)
    return request_for(store, address, CONTENT)


def with_header(name: str, value: str | None) -> Change:
    def change(request: Request) -> Request:
        kept = {key: said for key, said in request.headers.items() if key.lower() != name.lower()}
        assert len(kept) < len(request.headers)
        return replace(request, headers=kept if value is None else {**kept, name: value})

    return change


def with_body(body: bytes) -> Change:
    return lambda request: replace(request, body=body)


CHANGES: dict[str, tuple[Change, int]] = {
    "one byte more": (with_body(CONTENT + b"x"), FORBIDDEN),
    "one byte less": (with_body(CONTENT[:-1]), FORBIDDEN),
    "no byte": (with_body(b""), FORBIDDEN),
    "of unknown length": (lambda it: replace(it, body=iter([CONTENT])), FORBIDDEN),
    "another type": (with_header("Content-Type", "text/html"), FORBIDDEN),
    "a type that says more": (with_header("Content-Type", "text/csv; charset=utf-8"), FORBIDDEN),
    "no type": (with_header("Content-Type", None), FORBIDDEN),
    "another checksum": (with_header("x-amz-checksum-crc32", checksum(OTHER)), FORBIDDEN),
    "no checksum": (with_header("x-amz-checksum-crc32", None), FORBIDDEN),
    "other bytes": (with_body(OTHER), 400),
    "other bytes and their checksum": (
        lambda it: with_header("x-amz-checksum-crc32", checksum(OTHER))(replace(it, body=OTHER)),
        FORBIDDEN,
    ),
    "another key": (lambda it: replace(it, url=it.url.replace(".csv?", ".txt?")), FORBIDDEN),
    "a key in another folder": (lambda it: replace(it, url=it.url.replace("?", "/x?")), FORBIDDEN),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_as_it_was_signed_is_refused(
    store: Store, request_: Request, name: str
) -> None:
    change, status = CHANGES[name]
    assert change(request_).send() == status
    assert store.contents() == []
    # What was refused has not used the address up.
    assert request_.send() == 200


def test_what_was_signed_is_stored_once(store: Store, key: str, request_: Request) -> None:
    assert store.storage.size(key) is None
    assert request_.send() == 200
    assert (read(store, key), store.storage.size(key)) == (CONTENT, len(CONTENT))
    assert request_.send() == 412
    assert put(store, key, OTHER) == 412
    assert read(store, key) == CONTENT
    assert store.contents() == [key]


def test_a_sender_need_not_say_a_checksum(store: Store, key: str) -> None:
    address = store.storage.sign_put(key, Content(len(CONTENT), "text/csv"), HOUR)
    assert "x-amz-checksum-crc32" not in address.headers
    assert request_for(store, address, OTHER + b"x").send() == FORBIDDEN
    assert request_for(store, address, OTHER).send() == 200
    assert read(store, key) == OTHER


def test_every_word_of_the_address_is_signed(store: Store, request_: Request) -> None:
    path, _, query = request_.url.partition("?")
    said = dict(parse_qsl(query, keep_blank_values=True))
    assert len(said) > 4
    changed = [{**said, name: f"{value}0"} for name, value in said.items()]
    changed += [{name: said[name] for name in said if name != left} for left in said]
    changed += [{**said, "more": "1"}, {}]
    refused = {FORBIDDEN} | store.weaknesses.nameless
    for words in changed:
        status = replace(request_, url=f"{path}?{urlencode(words)}").send()
        assert status in refused, (status, words)
    assert store.contents() == []


def test_the_nameless_are_refused(store: Store, request_: Request) -> None:
    path = request_.url.partition("?")[0]
    refused = {FORBIDDEN} | store.weaknesses.nameless
    assert Request(path, {}, CONTENT).send() in refused
    assert Request(path, request_.headers, CONTENT).send() in refused
    assert store.contents() == []
    assert request_.send() == 200
    # Reading by the address of a file is for nobody either.
    assert Request(path, {}, b"", "GET").send() in NOT_FOR_THIS


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_the_address_is_good_for_a_put_only(
    store: Store, key: str, request_: Request, method: str
) -> None:
    assert request_.send() == 200
    assert replace(request_, method=method, body=b"").send() in NOT_FOR_THIS
    assert replace(request_, method=method).send() in NOT_FOR_THIS
    assert read(store, key) == CONTENT


def test_an_address_of_another_secret_is_refused(store: Store, key: str) -> None:
    address = store.sign_as_stranger(key, told(CONTENT, "text/csv"))
    assert request_for(store, address, CONTENT).send() == FORBIDDEN
    assert store.contents() == []


def test_an_address_expires(store: Store, key: str) -> None:
    content = told(CONTENT, "text/csv")
    address = store.storage.sign_put(key, content, timedelta(seconds=2))
    # As long as it is good, other bytes are no reason for a 403.
    wrong = request_for(store, address, OTHER)
    assert wrong.send() == 400
    assert eventually(lambda: wrong.send() == FORBIDDEN)
    assert request_for(store, address, CONTENT).send() == FORBIDDEN
    assert store.contents() == []


def test_it_says_until_when_it_is_good(store: Store, key: str) -> None:
    short = store.storage.sign_put(key, told(CONTENT, "text/csv"), HOUR)
    long = store.storage.sign_put(key, told(CONTENT, "text/csv"), 2 * HOUR)
    assert abs(long.expires_at - short.expires_at - HOUR) < timedelta(seconds=5)
    assert short.expires_at.tzinfo is not None


def test_two_files_do_not_touch_each_other(store: Store) -> None:
    keys = [new_key() for _ in range(3)]
    for number, key in enumerate(keys):
        assert put(store, key, CONTENT + b"%d" % number) == 200
    assert [read(store, key)[-1:] for key in keys] == [b"0", b"1", b"2"]
    assert store.contents() == sorted(keys)
