"""The gate of the local storage against senders who do not behave."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import urllib3

from pricebook.files import gate
from pricebook.files.contract import Content
from pricebook.files.keys import new_key
from tests.integration.config.watch import eventually
from tests.integration.storage.stores import HOUR, LocalStore, put, read, told
from tests.integration.storage.wire import Wire, wire

CONTENT = b"sku,name\n" * 50
MIB = 1 << 20


class Target:
    """A signed address of the local store, and what has to be sent to it."""

    def __init__(self, local: LocalStore, content: Content | None = None) -> None:
        self.key = new_key()
        self.content = content or told(CONTENT, "text/csv")
        address = local.storage.sign_put(self.key, self.content, HOUR)
        self.url = address.url
        self.headers = {**address.headers, "Content-Length": str(self.content.size)}


@pytest.fixture
def target(local: LocalStore) -> Target:
    return Target(local)


def drafts(local: LocalStore) -> list[Path]:
    folder = local.folder / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


def test_who_falls_silent_is_answered_and_forgotten(
    local: LocalStore, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_SILENCE_SECONDS", 0.2)
    with wire(local.base) as sender:
        sender.put(target.url, target.headers, CONTENT[:9])
        assert sender.status() == 408
    assert local.contents() == []
    with wire(local.base) as sender:
        sender.put(target.url, target.headers, CONTENT)
        assert sender.status() == 200


def test_who_is_slow_is_not_silent(
    local: LocalStore, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_SILENCE_SECONDS", 2)
    began = time.monotonic()
    with wire(local.base) as sender:
        sender.put(target.url, target.headers)
        for number, place in enumerate(range(0, len(CONTENT), 50)):
            sender.send(CONTENT[place : place + 50])
            next_one = began + 0.3 * number
            assert eventually(partial(_is_past, next_one))
        assert sender.status() == 200
    # All together it was longer than the silence that is allowed.
    assert _is_past(began + 2)
    assert read(local, target.key) == CONTENT


def _is_past(moment: float) -> bool:
    return time.monotonic() > moment


def test_the_silent_hold_up_nobody(
    local: LocalStore, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_SILENCE_SECONDS", 10)
    with ExitStack() as stack:
        for _ in range(200):
            silent = stack.enter_context(wire(local.base))
            silent.put(target.url, target.headers, CONTENT[:1])
        assert eventually(lambda: len(drafts(local)) == 200)
        assert put(local, new_key(), CONTENT) == 200
    assert eventually(lambda: drafts(local) == [])


def test_who_goes_away_leaves_nothing(local: LocalStore) -> None:
    target = Target(local, Content(5 * MIB, "text/csv"))
    with wire(local.base) as sender:
        sender.put(target.url, target.headers, b"x" * 3 * MIB)
        assert eventually(lambda: [path.stat().st_size >= 2 * MIB for path in drafts(local)])
        assert local.storage.size(target.key) is None
    assert eventually(lambda: local.contents() == [])
    with wire(local.base) as sender:
        sender.put(target.url, target.headers, b"x" * 5 * MIB)
        assert sender.status() == 200


def test_what_comes_after_the_body_is_no_part_of_it(local: LocalStore, target: Target) -> None:
    with wire(local.base) as sender:
        sender.put(target.url, target.headers, CONTENT + b"and more\r\n\r\n")
        assert (sender.status(), sender.status()) == (200, 400)
    assert read(local, target.key) == CONTENT


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def test_chunks_do_not_go_beyond_what_was_signed(local: LocalStore) -> None:
    target = Target(local, Content(5, "text/csv"))
    headers = {**target.headers, "Transfer-Encoding": "chunked"}
    with wire(local.base) as sender:
        sender.put(target.url, headers, chunk(b"x" * 6))
        # It is refused before the end, which need never come.
        assert sender.status() == 400
    assert local.contents() == []


def test_chunks_of_less_than_was_signed_are_refused(local: LocalStore) -> None:
    target = Target(local, Content(5, "text/csv"))
    headers = {**target.headers, "Transfer-Encoding": "chunked"}
    with wire(local.base) as sender:
        sender.put(target.url, headers, chunk(b"four") + chunk(b""))
        assert sender.status() == 400
    assert local.contents() == []


@pytest.mark.parametrize("length", ["-1", "0", "449", "451", "4_5_0", "+450", "0x1C2"])
def test_a_length_is_taken_literally(local: LocalStore, target: Target, length: str) -> None:
    with wire(local.base) as sender:
        sender.put(target.url, {**target.headers, "Content-Length": length}, CONTENT)
        assert 400 <= sender.status() < 500
    assert local.contents() == []


def test_two_lengths_are_refused(local: LocalStore, target: Target) -> None:
    with wire(local.base) as sender:
        sender.put(target.url, {**target.headers, "content-length": "1"}, CONTENT)
        assert sender.status() == 400
    assert local.contents() == []


@pytest.mark.parametrize(
    "path",
    [
        "/storage/../../etc/passwd",
        "/storage/%2e%2e/%2e%2e/etc/passwd",
        "/storage/..%2f..%2fetc%2fpasswd",
        "/storage/%252e%252e/etc/passwd",
        "/storage//etc/passwd",
        "/storage/%2fetc%2fpasswd",
        "/storage/ab/abc%00.csv",
        "/storage/%ff%fe",
        "/storage/",
        "/storage/incoming/x",
        "/storage/multipart/x/00001",
    ],
)
def test_a_path_that_was_not_signed_leads_nowhere(
    local: LocalStore, target: Target, path: str
) -> None:
    before = sorted(local.folder.parent.rglob("*"))
    query = target.url.partition("?")[2]
    with wire(local.base) as sender:
        for words in (f"?{query}", "?", "", "?signature=", f"?{query}&key={target.key}"):
            sender.put(path + words, target.headers, CONTENT)
            assert sender.status() == 403
    assert sorted(local.folder.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "query",
    [
        "signature",
        "expires=never&size=many&signature=x",
        "signature=" + "0" * 64,
        "signature=%ff%00%e2%82",
        "&&&&=;=&=",
        "a=1&" * 10_000,
        "size=" + "9" * 40_000,
    ],
    ids=lambda query: query[:20],
)
def test_a_query_of_any_kind_is_refused(local: LocalStore, target: Target, query: str) -> None:
    with wire(local.base) as sender:
        path = target.url.partition("?")[0]
        sender.put(f"{path}?{query}", target.headers, CONTENT)
        assert sender.status() == 403
    assert local.contents() == []


def test_a_huge_query_is_refused_by_the_server(local: LocalStore, target: Target) -> None:
    with wire(local.base) as sender:
        sender.put(f"{target.url}&more={'x' * 200_000}", target.headers)
        assert sender.status() in (400, 403)
    assert put(local, new_key(), CONTENT) == 200


def test_of_two_at_once_one_is_taken(local: LocalStore, target: Target) -> None:
    with wire(local.base) as one, wire(local.base) as other:
        both = (one, other)
        for sender in both:
            sender.put(target.url, target.headers, CONTENT[:-1])
        # Both have been let in, and the address is not used yet.
        assert eventually(lambda: len(drafts(local)) == 2)
        for sender in both:
            sender.send(CONTENT[-1:])
        assert sorted(sender.status() for sender in both) == [200, 412]
    assert read(local, target.key) == CONTENT
    assert local.contents() == [target.key]


def test_the_last_of_two_at_once_is_told_that_it_came_too_late(local: LocalStore) -> None:
    target = Target(local, Content(3, "text/csv"))
    with wire(local.base) as slow:
        slow.put(target.url, target.headers, b"ab")
        assert eventually(lambda: len(drafts(local)) == 1)
        with wire(local.base) as fast:
            fast.put(target.url, target.headers, b"xyz")
            assert fast.status() == 200
        slow.send(b"c")
        assert slow.status() == 412
    assert read(local, target.key) == b"xyz"
    assert local.contents() == [target.key]


def test_a_part_that_ends_after_its_upload_is_told_so(local: LocalStore) -> None:
    key = new_key()
    for end in ("complete", "abort"):
        multipart = local.storage.begin_multipart(key, "text/csv")
        address = local.storage.sign_part(key, multipart, 2, Content(3), HOUR)
        with wire(local.base) as late, wire(local.base) as first:
            late.put(address.url, {"Content-Length": "3"}, b"ab")
            assert eventually(lambda: len(drafts(local)) == 1)
            if end == "complete":
                _send_only_part(local, first, key, multipart)
                parts = local.storage.list_parts(key, multipart)
                local.storage.complete_multipart(key, multipart, parts)
            else:
                local.storage.abort_multipart(key, multipart)
            late.send(b"c")
            assert late.status() == 404
        assert drafts(local) == []
    assert read(local, key) == b"first"


def _send_only_part(local: LocalStore, sender: Wire, key: str, multipart: str) -> None:
    address = local.storage.sign_part(key, multipart, 1, Content(5), HOUR)
    sender.put(address.url, {"Content-Length": "5"}, b"first")
    assert sender.status() == 200


def test_curl_that_asks_first_is_refused_before_it_sends(local: LocalStore, target: Target) -> None:
    with wire(local.base) as sender:
        sender.put(target.url + "0", {**target.headers, "Expect": "100-continue"})
        assert sender.status() == 403
    with wire(local.base) as sender:
        sender.put(target.url, {**target.headers, "Expect": "100-continue"})
        assert sender.status() == 100
        sender.send(CONTENT)
        assert sender.status() == 200


def test_one_connection_may_send_several_files(local: LocalStore) -> None:
    targets = [Target(local) for _ in range(3)]
    with wire(local.base) as sender:
        for target in targets:
            sender.put(target.url + "0", target.headers, CONTENT)
            assert sender.status() == 403
            sender.put(target.url, target.headers, CONTENT)
            assert sender.status() == 200
    assert local.contents() == sorted(target.key for target in targets)


def test_a_refusal_is_a_problem_document(local: LocalStore, target: Target) -> None:
    answer = urllib3.request("PUT", f"{local.base}{target.url}0", body=CONTENT)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "The address is not one that was signed here, or it was changed.",
    }
    answer = urllib3.request("GET", f"{local.base}{target.url}")
    assert (answer.status, answer.headers["Allow"]) == (405, "PUT")


def test_what_is_not_for_the_gate_is_passed_on(local: LocalStore) -> None:
    assert urllib3.request("PUT", f"{local.base}/elsewhere/", body=b"x").status == 404
    assert urllib3.request("PUT", f"{local.base}/storage", body=b"x").status == 404
