"""Following an import by Server-Sent Events, through a real ASGI server (A8)."""

from __future__ import annotations

import gc
import json
import time
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from redis.asyncio.connection import AbstractConnection

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Scope, User
from pricebook.api import events
from pricebook.core import redis
from pricebook.jobs import progress
from pricebook.jobs.models import Job, Status
from pricebook.jobs.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from pytest_django import Settings

    from tests.integration.api.conftest import Address, MakeImport

    Open = Callable[..., "Stream"]

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Event:
    """The lines of one event by name; a comment's name is empty."""

    fields: dict[str, str]

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.fields["data"])
        return state


class Stream:
    """An open stream of events."""

    def __init__(self, address: Address, path: str, headers: dict[str, str]) -> None:
        self.connection = HTTPConnection(*address, timeout=10)
        self.connection.request("GET", path, headers=headers)
        self.response: HTTPResponse = self.connection.getresponse()

    def next(self) -> Event | None:
        """Wait for the next event; None when the stream has ended."""
        fields: dict[str, str] = {}
        while line := self.response.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if line == "\n":
                return Event(fields)
            fields[name] = value
        return None

    def first_state(self) -> dict[str, Any]:
        """Read the settings of the stream and the event that follows them."""
        settings = self.next()
        assert settings == Event({"retry": "2000"})
        event = self.next()
        assert event is not None
        return event.state

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@pytest.fixture
def open_stream(asgi_server: Address, token: str) -> Iterator[Open]:
    """Return what opens the stream of an import; all are closed at the end."""
    streams: list[Stream] = []

    def open_(job_id: UUID, **headers: str) -> Stream:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"/api/imports/{job_id}/events/"
        streams.append(Stream(asgi_server, path, {"X-API-Key": token} | names))
        return streams[-1]

    yield open_
    for stream in streams:
        stream.close()


def publish(job_id: UUID, **values: Any) -> None:
    """Publish what the row says, with some values changed, as a worker does."""
    state = progress.of_row(Job.objects.get(pk=job_id))
    progress.publish(replace(state, **values))


def test_the_first_event_is_the_present_state(open_stream: Open, make_import: MakeImport) -> None:
    made = make_import()
    stream = open_stream(made.pk)
    assert stream.response.status == HTTPStatus.OK
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert stream.response.headers["Cache-Control"] == "no-cache"
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    state = stream.first_state()
    assert Progress(**state) == progress.of_row(made.job)


def test_every_new_state_is_an_event(open_stream: Open, make_import: MakeImport) -> None:
    made = make_import()
    stream = open_stream(made.pk)
    stream.first_state()
    for rows in (100, 200):
        publish(made.pk, status="processing", processed_rows=rows)
        event = stream.next()
        assert event is not None
        assert event.fields["event"] == "progress"
        assert event.fields["id"].endswith("-0")
        assert (event.state["id"], event.state["processed_rows"]) == (str(made.pk), rows)


def test_the_stream_ends_with_the_job(open_stream: Open, make_import: MakeImport) -> None:
    made = make_import()
    stream = open_stream(made.pk)
    stream.first_state()
    publish(made.pk, status="completed", percent=100.0)
    event = stream.next()
    assert event is not None
    assert (event.state["status"], event.fields["id"]) == ("completed", events.END)
    assert stream.next() is None


def test_a_job_that_has_ended_is_one_event(open_stream: Open, make_import: MakeImport) -> None:
    made = make_import(status=Status.FAILED, error="The file has no SKU column.")
    stream = open_stream(made.pk)
    assert stream.first_state()["error"] == "The file has no SKU column."
    assert stream.next() is None


def test_who_has_seen_the_end_need_not_come_back(
    open_stream: Open, make_import: MakeImport
) -> None:
    made = make_import(status=Status.CANCELLED)
    stream = open_stream(made.pk, Last_Event_ID=events.END)
    assert stream.response.status == HTTPStatus.NO_CONTENT


def test_a_retried_job_can_be_followed_after_its_end(
    open_stream: Open, make_import: MakeImport
) -> None:
    made = make_import()
    stream = open_stream(made.pk, Last_Event_ID=events.END)
    assert stream.first_state()["status"] == "pending"


def test_who_comes_back_gets_what_is_new(open_stream: Open, make_import: MakeImport) -> None:
    made = make_import(status=Status.PROCESSING)
    publish(made.pk, processed_rows=100)
    before = open_stream(made.pk)
    before.first_state()
    event = before.next()
    assert event is not None
    before.close()
    publish(made.pk, processed_rows=200)
    publish(made.pk, processed_rows=300)
    after = open_stream(made.pk, Last_Event_ID=event.fields["id"])
    assert after.first_state()["processed_rows"] == 300
    newest = after.next()
    assert newest is not None
    assert newest.state["processed_rows"] == 300


@pytest.mark.parametrize("seen", ["$", "-", "0-0 STREAMS x", "9" * 5000, "99999999999999999999-1"])
def test_an_id_that_is_none_begins_anew(
    open_stream: Open, make_import: MakeImport, seen: str
) -> None:
    made = make_import()
    stream = open_stream(made.pk, Last_Event_ID=seen)
    stream.first_state()
    publish(made.pk, status="processing", processed_rows=7)
    event = stream.next()
    assert event is not None
    assert event.state["processed_rows"] == 7


def test_redis_may_be_silent_for_longer_than_a_heartbeat() -> None:
    # Named on purpose: left alone, redis-py gives up after five seconds.
    timeout = redis.async_client().connection_pool.connection_kwargs["socket_timeout"]
    assert timeout is None or timeout > progress.HEARTBEAT_SECONDS


def test_a_quiet_stream_shows_signs_of_life(
    open_stream: Open, make_import: MakeImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 1)
    stream = open_stream(make_import().pk)
    stream.first_state()
    assert stream.next() == Event({"": "still here"})


def test_a_stream_does_not_last_for_ever(
    open_stream: Open, make_import: MakeImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 1)
    monkeypatch.setattr(events, "STREAM_SECONDS", 0)
    stream = open_stream(make_import().pk)
    stream.first_state()
    assert stream.next() == Event({"": "still here"})
    assert stream.next() is None


def test_without_redis_the_stream_ends_after_the_state(
    open_stream: Open, make_import: MakeImport, settings: Settings
) -> None:
    made = make_import()
    settings.REDIS_URL = "redis://127.0.0.1:1"
    stream = open_stream(made.pk)
    assert stream.first_state()["status"] == "pending"
    assert stream.next() is None


def test_a_key_without_read_may_not_follow(
    asgi_server: Address, person: User, make_import: MakeImport
) -> None:
    issued = issue_api_key(owner=person, name="writer", scopes=[Scope.UPLOAD, Scope.WRITE])
    path = f"/api/imports/{make_import().pk}/events/"
    stream = Stream(asgi_server, path, {"X-API-Key": issued.token})
    assert stream.response.status == HTTPStatus.FORBIDDEN
    assert stream.response.headers["Content-Type"] == "application/problem+json"
    stream.close()


def test_sixty_watchers_hold_no_database_connection_and_leave_nothing_open(
    open_stream: Open, asgi_server: Address, token: str, make_import: MakeImport
) -> None:
    made = make_import()
    streams = [open_stream(made.pk) for _ in range(60)]
    assert [stream.first_state()["id"] for stream in streams] == [str(made.pk)] * 60
    wait_until(lambda: other_database_sessions() == 0)
    again = Stream(asgi_server, "/api/products/", {"X-API-Key": token})
    assert again.response.status == HTTPStatus.OK
    again.close()
    publish(made.pk, status="processing")
    assert all(stream.next() for stream in streams)
    assert open_redis_connections() == 60
    for stream in streams:
        stream.close()
    wait_until(lambda: open_redis_connections() == 0)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail when it does not within ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def other_database_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def open_redis_connections() -> int:
    """Count this process's connections for streams; other processes may use the same server."""
    return sum(
        1
        for thing in gc.get_objects()
        if issubclass(type(thing), AbstractConnection) and thing.is_connected
    )
