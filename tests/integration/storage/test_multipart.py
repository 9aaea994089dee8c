"""A file in parts: in any order, side by side, sent again, left out, given up."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from pricebook.files.contract import NoSuchMultipart, Part, StorageUnavailable
from pricebook.files.keys import new_key
from tests.integration.config.watch import eventually
from tests.integration.storage.stores import (
    HOUR,
    PART,
    Request,
    Store,
    checksum,
    put,
    put_part,
    read,
    request_for,
    told,
)

TYPE = "text/csv"
FIRST, SECOND, LAST = b"1" * PART, b"2" * PART, b"the end"
FORBIDDEN, NOT_FOUND = 403, 404


class Multipart:
    """An upload in parts that has begun."""

    def __init__(self, store: Store, key: str | None = None) -> None:
        self._store = store
        self.key = key or new_key()
        self.id = store.storage.begin_multipart(self.key, TYPE)

    def put(self, number: int, content: bytes) -> int:
        return put_part(self._store, self.key, self.id, number, content)

    def request(self, number: int, content: bytes) -> Request:
        address = self._store.storage.sign_part(self.key, self.id, number, told(content), HOUR)
        return request_for(self._store, address, content)

    def parts(self) -> list[Part]:
        return self._store.storage.list_parts(self.key, self.id)

    def arrived(self) -> list[tuple[int, int]]:
        return [(part.number, part.size) for part in self.parts()]

    def complete(self, parts: list[Part] | None = None) -> None:
        chosen = self.parts() if parts is None else parts
        self._store.storage.complete_multipart(self.key, self.id, chosen)

    def abort(self) -> None:
        self._store.storage.abort_multipart(self.key, self.id)


@pytest.fixture
def upload(store: Store) -> Multipart:
    return Multipart(store)


def test_parts_come_in_any_order_side_by_side(store: Store, upload: Multipart) -> None:
    content = random.Random(4).randbytes(5 * PART + 7)
    pieces = {n: content[(n - 1) * PART : n * PART] for n in range(1, 7)}
    order = [5, 2, 6, 1, 4, 3]
    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(lambda n: upload.put(n, pieces[n]), order))
    assert answers == [200] * 6
    assert upload.arrived() == [(n, len(pieces[n])) for n in range(1, 7)]
    assert (store.storage.size(upload.key), store.contents()) == (None, [])
    with pytest.raises(FileNotFoundError):
        store.storage.open(upload.key)
    upload.complete()
    assert store.storage.size(upload.key) == len(content)
    assert read(store, upload.key) == content


def test_parts_are_ordered_by_number_not_by_name(store: Store, upload: Multipart) -> None:
    numbers = [10_000, 2, 10, 1, 9_999, 100]
    # Parts of less than 5 MiB can be listed, not joined.
    assert {upload.put(number, b"%d" % number) for number in numbers} == {200}
    assert [number for number, _ in upload.arrived()] == sorted(numbers)


def test_one_part_makes_a_file(store: Store, upload: Multipart) -> None:
    assert upload.put(1, LAST) == 200
    upload.complete()
    assert read(store, upload.key) == LAST


def test_an_upload_without_parts_lists_none(upload: Multipart) -> None:
    assert upload.arrived() == []


def test_a_part_that_is_missing_is_missed(store: Store, upload: Multipart) -> None:
    assert upload.put(1, FIRST) == 200
    assert upload.put(3, LAST) == 200
    assert [number for number, _ in upload.arrived()] == [1, 3]
    (first, last) = upload.parts()
    with pytest.raises(StorageUnavailable):
        upload.complete([first, replace(last, number=2), last])
    assert (store.storage.size(upload.key), store.contents()) == (None, [])
    # Nothing is lost by it.
    assert upload.put(2, SECOND) == 200
    upload.complete()
    assert read(store, upload.key) == FIRST + SECOND + LAST


def test_parts_that_are_not_named_are_left_out(store: Store, upload: Multipart) -> None:
    for number, content in enumerate((FIRST, LAST, SECOND), 1):
        assert upload.put(number, content) == 200
    upload.complete(upload.parts()[:2])
    assert read(store, upload.key) == FIRST + LAST


def test_a_part_that_is_sent_again_replaces_the_first(store: Store, upload: Multipart) -> None:
    request = upload.request(1, FIRST)
    assert [request.send(), request.send()] == [200, 200]
    assert upload.arrived() == [(1, PART)]
    assert upload.put(1, LAST) == 200
    assert upload.arrived() == [(1, len(LAST))]
    upload.complete()
    assert read(store, upload.key) == LAST


def test_a_refused_part_leaves_the_one_before(store: Store, upload: Multipart) -> None:
    assert upload.put(1, LAST) == 200
    assert replace(upload.request(1, b"another"), body=b"changed").send() == 400
    upload.complete()
    assert read(store, upload.key) == LAST


CHANGES: dict[str, tuple[Callable[[Request], Request], int]] = {
    "one byte more": (lambda it: replace(it, body=LAST + b"x"), FORBIDDEN),
    "one byte less": (lambda it: replace(it, body=LAST[:-1]), FORBIDDEN),
    "of unknown length": (lambda it: replace(it, body=iter([LAST])), FORBIDDEN),
    "other bytes": (lambda it: replace(it, body=LAST.upper()), 400),
    "no checksum": (lambda it: replace(it, headers={}), FORBIDDEN),
    "other bytes and their checksum": (
        lambda it: replace(
            it, headers={"x-amz-checksum-crc32": checksum(LAST.upper())}, body=LAST.upper()
        ),
        FORBIDDEN,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_part_is_as_bound_as_a_file(upload: Multipart, name: str) -> None:
    change, status = CHANGES[name]
    request = upload.request(1, LAST)
    assert change(request).send() == status
    assert upload.arrived() == []
    assert request.send() == 200


def test_an_address_is_good_for_one_number_of_one_upload(store: Store, upload: Multipart) -> None:
    other = Multipart(store, upload.key)
    request = upload.request(1, LAST)
    path, _, query = request.url.partition("?")
    said = dict(parse_qsl(query, keep_blank_values=True))
    refused = {FORBIDDEN} | store.weaknesses.nameless
    changed = [{**said, name: "2"} for name, value in said.items() if value == "1"]
    changed += [{**said, name: other.id} for name, value in said.items() if value == upload.id]
    assert len(changed) == 2
    changed += [{name: said[name] for name in said if name != left} for left in said]
    for words in changed:
        status = replace(request, url=f"{path}?{urlencode(words)}").send()
        assert status in refused, (status, words)
    assert (upload.arrived(), other.arrived(), store.contents()) == ([], [], [])


def test_the_address_of_a_part_expires(store: Store, upload: Multipart) -> None:
    seconds = timedelta(seconds=2)
    address = store.storage.sign_part(upload.key, upload.id, 1, told(LAST), seconds)
    wrong = request_for(store, address, LAST.upper())
    assert wrong.send() == 400
    assert eventually(lambda: wrong.send() == FORBIDDEN)
    assert request_for(store, address, LAST).send() == FORBIDDEN
    assert upload.arrived() == []


def test_an_upload_is_completed_once(store: Store, upload: Multipart) -> None:
    assert upload.put(1, LAST) == 200
    parts = upload.parts()
    upload.complete()
    if store.weaknesses.completes_again:
        upload.complete(parts)
    else:
        with pytest.raises(NoSuchMultipart):
            upload.complete(parts)
        with pytest.raises(NoSuchMultipart):
            upload.parts()
    assert read(store, upload.key) == LAST


def test_a_part_after_the_end_changes_nothing(store: Store, upload: Multipart) -> None:
    late = upload.request(2, b"too late")
    assert upload.put(1, LAST) == 200
    upload.complete()
    status = late.send()
    assert status == NOT_FOUND or store.weaknesses.takes_late_parts
    assert read(store, upload.key) == LAST


def test_no_part_of_a_finished_file_is_replaced(store: Store, upload: Multipart) -> None:
    late = upload.request(1, b"too late")
    same = upload.request(1, LAST)
    assert same.send() == 200
    upload.complete()
    if store.weaknesses.takes_late_parts:
        assert same.send() == 200
    else:
        assert [same.send(), late.send()] == [NOT_FOUND, NOT_FOUND]
    assert read(store, upload.key) == LAST


def test_a_finished_file_is_not_replaced_by_a_put(store: Store, upload: Multipart) -> None:
    assert upload.put(1, LAST) == 200
    upload.complete()
    assert put(store, upload.key, FIRST) == 412
    assert read(store, upload.key) == LAST


def test_nothing_goes_to_an_upload_that_was_given_up(store: Store, upload: Multipart) -> None:
    late = upload.request(2, LAST)
    assert upload.put(1, FIRST) == 200
    parts = upload.parts()
    upload.abort()
    assert late.send() == NOT_FOUND
    with pytest.raises(NoSuchMultipart):
        upload.parts()
    with pytest.raises(NoSuchMultipart):
        upload.complete(parts)
    upload.abort()
    assert (store.storage.size(upload.key), store.contents()) == (None, [])


def test_what_never_began_has_no_parts(store: Store, upload: Multipart) -> None:
    upload.id = upload.id[:-4] + "0000"
    with pytest.raises(NoSuchMultipart):
        upload.parts()
    assert upload.put(1, LAST) == NOT_FOUND
    upload.abort()


def test_a_finished_file_is_deleted(store: Store, upload: Multipart) -> None:
    assert upload.put(1, LAST) == 200
    upload.complete()
    store.storage.delete(upload.key)
    store.storage.delete(upload.key)
    assert (store.storage.size(upload.key), store.contents()) == (None, [])


def test_what_was_begun_before_a_time_is_forgotten(store: Store, upload: Multipart) -> None:
    finished, other = Multipart(store), Multipart(store)
    for each in (upload, finished):
        assert each.put(1, LAST) == 200
    begun = store.storage.sign_put(new_key(), told(LAST, TYPE), HOUR).expires_at - HOUR
    finished.complete()
    assert store.storage.forget_unfinished(begun - HOUR) == 0
    assert upload.arrived() == [(1, len(LAST))]
    assert store.storage.forget_unfinished(begun + HOUR) == 2
    for each in (upload, other):
        with pytest.raises(NoSuchMultipart):
            each.parts()
    assert store.storage.forget_unfinished(begun + HOUR) == 0
    assert read(store, finished.key) == LAST
