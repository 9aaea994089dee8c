"""/api/changes/: every change once, in one order, without a gap (C5)."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes import queries
from pricebook.changes.feed import cursor_of
from pricebook.changes.ledger import log_change, open_changeset, reserve_changeset_id
from pricebook.changes.models import Change, ChangeSet, Kind
from pricebook.changes.position import place_changesets
from pricebook.changes.queries import LAST_PRODUCT, Place
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from pricebook.accounts.models import User

Row = tuple[int, int]

pytestmark = pytest.mark.django_db


def wrote(*product_ids: int, job: UUID | None = None, kind: Kind = Kind.UPDATED) -> int:
    """Commit a set that changed these products; return its number."""
    number = reserve_changeset_id()
    for product_id in product_ids:
        sku = f"P-{product_id}"
        log_change(number, product_id=product_id, sku=sku, kind=kind, fields={"name": ["", "x"]})
    open_changeset(number, job_id=job, actor_id=None)
    return number


def read(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/changes/", query)
    assert answer.status_code == HTTPStatus.OK, answer.content
    page: dict[str, Any] = answer.json()
    return page


def rows(page: dict[str, Any]) -> list[Row]:
    """Return (position, product) of what a page shows."""
    return [(row["position"], row["product_id"]) for row in page["results"]]


def follow(client: Client, **query: Any) -> list[list[Row]]:
    """Read on from page to page until there is no more."""
    pages = []
    while True:
        page = read(client, **query)
        pages.append(rows(page))
        if not page["has_more"]:
            return pages
        query["since"] = page["next_since"]


def test_a_change_tells_what_the_ledger_knows(reader: Client, person: User) -> None:
    made = create_product(values={"sku": "A-1", "price": "1.5"}, actor=person)
    changed = update_product(product_id=made.pk, values={"price": "2", "name": "x"}, actor=None)
    place_changesets()
    created, updated = read(reader)["results"]
    at = ChangeSet.objects.get(position=2).at.isoformat().replace("+00:00", "Z")
    assert updated == {
        "position": 2,
        "changeset": changed.changed_in,
        "at": at,
        "job_id": None,
        "actor_id": None,
        "kind": "updated",
        "product_id": made.pk,
        "sku": "A-1",
        "fields": {
            "name": {"before": "", "after": "x"},
            "price": {"before": "1.5", "after": "2"},
        },
    }
    assert (created["kind"], created["fields"]) == ("created", None)
    assert created["actor_id"] == person.pk


def test_a_reader_comes_back_with_its_cursor_and_sees_each_change_once(reader: Client) -> None:
    empty = read(reader)
    assert (empty["results"], empty["has_more"]) == ([], False)
    wrote(7)
    # What has no position yet is not there yet.
    assert rows(read(reader, since=empty["next_since"])) == []
    place_changesets()
    first = read(reader, since=empty["next_since"])
    assert rows(first) == [(1, 7)]
    assert read(reader, since=first["next_since"]) == {
        "results": [],
        "next_since": first["next_since"],
        "has_more": False,
    }


def test_pages_end_anywhere_and_go_on_from_there(reader: Client) -> None:
    wrote(5, 3, 9)
    wrote(4)
    wrote(2, 1)
    place_changesets()
    assert follow(reader, limit=2) == [[(1, 3), (1, 5)], [(1, 9), (2, 4)], [(3, 1), (3, 2)]]
    whole = [(1, 3), (1, 5), (1, 9), (2, 4), (3, 1), (3, 2)]
    assert follow(reader) == [whole]
    assert [row for page in follow(reader, limit=1) for row in page] == whole


def test_now_is_the_end(reader: Client) -> None:
    wrote(1)
    place_changesets()
    now = read(reader, since="now")
    assert (now["results"], now["has_more"]) == ([], False)
    wrote(2)
    place_changesets()
    assert rows(read(reader, since=now["next_since"])) == [(2, 2)]


def test_changes_of_a_job_and_of_a_set(reader: Client) -> None:
    job = uuid4()
    wrote(1)
    wrote(2, 3, job=job)
    number = wrote(4)
    wrote(5, job=job)
    place_changesets()
    assert follow(reader, job=job, limit=2) == [[(2, 2), (2, 3)], [(4, 5)]]
    assert follow(reader, changeset=number) == [[(3, 4)]]
    assert follow(reader, changeset=number, job=job) == [[]]
    assert follow(reader, job=uuid4()) == [[]]
    assert read(reader, job=job)["results"][0]["job_id"] == str(job)


def test_a_condition_that_finds_nothing_moves_its_cursor_all_the_same(reader: Client) -> None:
    wrote(1)
    wrote(2)
    place_changesets()
    page = read(reader, kind="deleted")
    assert (page["results"], page["has_more"]) == ([], False)
    assert page["next_since"] == read(reader, since="now")["next_since"]


def test_rare_changes_are_looked_for_a_stretch_at_a_time(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_LOOKED_AT", 3)
    for number in range(1, 8):
        wrote(number, kind=Kind.DELETED if number in {2, 7} else Kind.UPDATED)
    place_changesets()
    assert follow(reader, kind="deleted") == [[(2, 2)], [], [(7, 7)]]
    wrote(8, 9, 10, 11, kind=Kind.DELETED)
    place_changesets()
    # A set is never looked at in part.
    assert follow(reader, kind="deleted", limit=3)[-2:] == [
        [(7, 7), (8, 8), (8, 9)],
        [(8, 10), (8, 11)],
    ]


@pytest.mark.parametrize("depth", [0, 300])
def test_a_page_needs_the_same_queries_at_any_depth(
    reader: Client, django_assert_num_queries: DjangoAssertNumQueries, depth: int
) -> None:
    for number in range(1, depth + 3):
        wrote(number)
    place_changesets()
    reader.get("/api/changes/")
    since = cursor_of(Place(depth, LAST_PRODUCT))
    with django_assert_num_queries(3):  # the key, what is kept, the changes
        assert rows(read(reader, since=since)) == [(depth + 1, depth + 1), (depth + 2, depth + 2)]


def test_a_cursor_before_what_is_kept_is_gone(reader: Client) -> None:
    numbers = [wrote(1, 2), wrote(3), wrote(4)]
    place_changesets()
    within = read(reader, limit=1)["next_since"]
    behind_first = read(reader, limit=2)["next_since"]
    ChangeSet.objects.filter(pk=numbers[0]).delete()
    Change.objects.filter(changeset_id=numbers[0]).delete()
    # Behind the first set nothing is missing; within it, there is.
    assert rows(read(reader, since=behind_first)) == [(2, 3), (3, 4)]
    answer = reader.get("/api/changes/", {"since": within})
    problem = expect_problem(answer, HTTPStatus.GONE)
    assert problem["detail"].startswith("Changes behind this cursor are no longer kept.")
    ChangeSet.objects.filter(pk=numbers[1]).delete()
    expect_problem(reader.get("/api/changes/", {"since": behind_first}), HTTPStatus.GONE)
    # Without a cursor, one begins with the oldest that is kept.
    assert rows(read(reader)) == [(3, 4)]


def test_a_cursor_of_a_ledger_that_was_set_back_is_gone(reader: Client) -> None:
    wrote(1)
    place_changesets()
    answer = reader.get("/api/changes/", {"since": cursor_of(Place(2, LAST_PRODUCT))})
    problem = expect_problem(answer, HTTPStatus.GONE)
    assert problem["detail"].startswith("The ledger ends before this cursor")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("since=", "since"),
        ("since=12", "since"),
        ("since=MTox", "since"),
        ("since=%C3%A9", "since"),
        (f"since={cursor_of(Place(2**63, 1))}", "since"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("kind=odd", "kind"),
        ("job=7", "job"),
        ("changeset=x", "changeset"),
        ("page=2", "page"),
        ("kind=created&kind=deleted", "kind"),
    ],
)
def test_what_makes_no_sense_is_refused(reader: Client, query: str, parameter: str) -> None:
    problem = expect_problem(reader.get(f"/api/changes/?{query}"), HTTPStatus.BAD_REQUEST)
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_products_that_are_deleted_and_brought_back_are_there(reader: Client, person: User) -> None:
    made = create_product(values={"sku": "A-1"}, actor=person)
    delete_product(product_id=made.pk, actor=person)
    create_product(values={"sku": "A-1"}, actor=person)
    place_changesets()
    assert [row["kind"] for row in read(reader)["results"]] == ["created", "deleted", "restored"]
    assert rows(read(reader, kind="restored")) == [(3, made.pk)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_missed_while_sets_commit_in_another_order(reader: Client) -> None:
    """Six writers take their numbers one after another, and commit the last one first."""
    writers = 6
    has_number = [threading.Event() for _ in range(writers)]
    may_commit = [threading.Event() for _ in range(writers)]

    def write(which: int) -> None:
        try:
            with transaction.atomic():
                wrote(which + 1)
                has_number[which].set()
                assert may_commit[which].wait(20)
        finally:
            connection.close()

    threads = []
    for which in range(writers):
        threads.append(threading.Thread(target=write, args=(which,)))
        threads[-1].start()
        assert has_number[which].wait(20)
    seen: list[Row] = []
    since = read(reader, since="now")["next_since"]
    for which in reversed(range(writers)):
        may_commit[which].set()
        threads[which].join()
        place_changesets()
        page = read(reader, since=since)
        seen, since = [*seen, *rows(page)], page["next_since"]
    assert seen == [(1, 6), (2, 5), (3, 4), (4, 3), (5, 2), (6, 1)]
