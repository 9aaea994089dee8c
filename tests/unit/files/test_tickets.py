"""Signed addresses of the local storage: whatever is changed in one, it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlencode

import pytest
from django.test import override_settings
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pricebook.files.contract import CHECKSUM_HEADER, Content
from pricebook.files.tickets import PREFIX, Ticket, TicketRefused, check_ticket, sign_ticket
from tests.depth import examples

HOUR = timedelta(hours=1)
CHANGED = "not one that was signed here"

exhaustive = settings(database=None, deadline=None, max_examples=examples(50))

# Everything that can be written as UTF-8; keys and types are simpler in fact.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CONTENTS = st.builds(Content, st.integers(0, 10**12), TEXTS, TEXTS)
TICKETS = st.builds(Ticket, TEXTS, CONTENTS, TEXTS, st.integers(0, 10_000))
NAMES = ["expires", "size", "type", "crc32", "multipart", "number", "signature"]


def signed(ticket: Ticket, lifetime: timedelta = HOUR) -> tuple[str, dict[str, str]]:
    """Return the key of an address, as a server sees it, and the words of its query."""
    path, _, query = sign_ticket(ticket, lifetime).url.partition("?")
    return unquote(path).removeprefix(PREFIX), dict(parse_qsl(query, keep_blank_values=True))


def check(key: str, words: dict[str, str] | list[tuple[str, str]]) -> Ticket:
    return check_ticket(key, urlencode(words))


def is_refused(key: str, words: dict[str, str] | list[tuple[str, str]]) -> bool:
    with pytest.raises(TicketRefused, match=CHANGED):
        check(key, words)
    return True


@exhaustive
@given(TICKETS)
def test_an_address_says_what_was_signed(ticket: Ticket) -> None:
    key, words = signed(ticket)
    assert sorted(words) == sorted(NAMES)
    assert check(key, words) == ticket


@exhaustive
@given(TICKETS, st.sampled_from(NAMES), TEXTS)
def test_another_value_is_refused(ticket: Ticket, name: str, value: str) -> None:
    key, words = signed(ticket)
    assume(words[name] != value)
    assert is_refused(key, {**words, name: value})


@exhaustive
@given(TICKETS, TEXTS)
def test_another_key_is_refused(ticket: Ticket, key: str) -> None:
    signed_key, words = signed(ticket)
    assume(key != signed_key)
    assert is_refused(key, words)


@exhaustive
@given(TICKETS, TICKETS)
def test_one_address_proves_one_ticket(one: Ticket, other: Ticket) -> None:
    assume(one != other)
    key, words = signed(one)
    other_key, other_words = signed(other)
    assert is_refused(other_key, {**other_words, "signature": words["signature"]})
    assert is_refused(key, {**words, "signature": other_words["signature"]})


@exhaustive
@given(TICKETS, st.sampled_from(NAMES))
def test_a_word_less_is_refused(ticket: Ticket, left: str) -> None:
    key, words = signed(ticket)
    del words[left]
    assert is_refused(key, words)


@exhaustive
@given(TICKETS, TEXTS.filter(lambda name: name not in NAMES), TEXTS)
def test_a_word_more_is_refused(ticket: Ticket, name: str, value: str) -> None:
    key, words = signed(ticket)
    assert is_refused(key, {**words, name: value})


@exhaustive
@given(TICKETS, st.sampled_from(NAMES), TEXTS)
def test_a_word_that_is_said_twice_wins_nothing(ticket: Ticket, name: str, value: str) -> None:
    key, words = signed(ticket)
    assume(words[name] != value)
    assert is_refused(key, [*words.items(), (name, value)])
    # The last one counts, for the signature and for what it allows.
    assert check(key, [(name, value), *words.items()]) == ticket


@exhaustive
@given(TEXTS, st.text(max_size=60))
def test_nothing_but_an_address_of_ours_is_taken(key: str, query: str) -> None:
    with pytest.raises(TicketRefused, match=CHANGED):
        check_ticket(key, query)


@exhaustive
@given(TICKETS, st.integers(0, 3))
def test_words_cannot_wander_from_one_field_to_another(ticket: Ticket, cut: int) -> None:
    """The fields are told apart in what is signed, whatever stands in them."""
    assume(ticket.content.type)
    key, words = signed(ticket)
    head, tail = words["type"][:-1], words["type"][-1]
    moved = {**words, "type": head, "size": f"{tail}{words['size']}"}
    assert is_refused(key, moved)
    assert is_refused(f"{key}&type={tail}", {**words, "type": head})
    assert is_refused(key[:cut], {**words, "key": key})


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), -HOUR])
def test_what_has_expired_is_refused(lifetime: timedelta) -> None:
    key, words = signed(Ticket("ab/abc", Content(3)), lifetime)
    with pytest.raises(TicketRefused, match="has expired; ask for another one"):
        check(key, words)


def test_it_is_good_until_the_second_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    address = sign_ticket(Ticket("ab/abc", Content(3)), HOUR)
    query = address.url.partition("?")[2]
    assert address.expires_at - datetime.now(UTC) > timedelta(minutes=59)
    expires = address.expires_at.timestamp()
    monkeypatch.setattr("time.time", lambda: expires - 0.01)
    assert check_ticket("ab/abc", query).key == "ab/abc"
    monkeypatch.setattr("time.time", lambda: expires)
    with pytest.raises(TicketRefused, match="expired"):
        check_ticket("ab/abc", query)


def test_another_secret_signs_nothing() -> None:
    ticket = Ticket("ab/abc", Content(3))
    with override_settings(SECRET_KEY="the key of somebody else"):
        key, words = signed(ticket)
    assert is_refused(key, words)


def test_headers_say_what_is_known() -> None:
    ticket = Ticket("ab/abc", Content(3, "text/csv", "AAAAAA=="))
    headers = {"Content-Type": "text/csv", CHECKSUM_HEADER: "AAAAAA=="}
    assert sign_ticket(ticket, HOUR).headers == headers
    assert sign_ticket(replace(ticket, content=Content(3)), HOUR).headers == {}


def test_keys_with_odd_letters_stay_in_the_path() -> None:
    url = sign_ticket(Ticket("ab/100%?#&.csv", Content(3)), HOUR).url
    assert url.startswith(f"{PREFIX}ab/100%25%3F%23%26.csv?")
