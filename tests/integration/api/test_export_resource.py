"""Downloading the products as a file (B5)."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
import time
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from pricebook.accounts.models import Scope
from pricebook.catalogue import export
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

    from tests.integration.api.conftest import Address, KeyedClient

PATH = "/api/products/export/"


@pytest.fixture
def book(transactional_db: None) -> None:
    """Fill the book with three products."""
    a_product("A-1", name="Green apple", price=Decimal("1.5"), brand="x")
    a_product("a-2", name="Red apple", price=Decimal(3))
    a_product("B-1", name="Bread", active=False)


@pytest.fixture
def server(asgi_server: Address) -> Address:
    """Return the address once the server listens there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(asgi_server):
            return asgi_server
    raise AssertionError("the server does not listen")


class Answer:
    """What the server sent."""

    def __init__(self, address: Address, token: str, query: str) -> None:
        client = http.client.HTTPConnection(*address, timeout=10)
        client.request("GET", f"{PATH}{query}", headers={"X-API-Key": token})
        response = client.getresponse()
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        client.close()


def skus(answer: Answer) -> list[str]:
    return [json.loads(line)["sku"] for line in answer.body.splitlines()]


@pytest.mark.usefixtures("book")
class TestDownload:
    @pytest.mark.parametrize(
        ("query", "suffix", "content_type"),
        [
            ("", "csv", "text/csv; charset=utf-8"),
            ("?format=csv", "csv", "text/csv; charset=utf-8"),
            ("?format=jsonl", "jsonl", "application/jsonl; charset=utf-8"),
            (
                "?format=xlsx",
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
        ],
    )
    def test_the_file_is_named_after_today(
        self, server: Address, token: str, query: str, suffix: str, content_type: str
    ) -> None:
        answer = Answer(server, token, query)
        assert answer.status == HTTPStatus.OK
        assert answer.headers["Content-Type"] == content_type
        name = f"products-{datetime.now(UTC):%Y-%m-%d}.{suffix}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"

    def test_csv_is_the_whole_book_in_the_order_of_skus(self, server: Address, token: str) -> None:
        lines = Answer(server, token, "").body.decode("utf-8-sig").splitlines()
        assert lines[0].split(",")[:4] == ["sku", "name", "description", "price"]
        assert [line.split(",")[0] for line in lines[1:]] == ["A-1", "a-2", "B-1"]

    def test_a_workbook_arrives_whole(self, server: Address, token: str) -> None:
        body = Answer(server, token, "?format=xlsx").body
        rows = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows] == ["sku", "A-1", "a-2", "B-1"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("&search=apple", ["A-1", "a-2"]),
            ("&active=false", ["B-1"]),
            ("&sku=A&price_min=2", ["a-2"]),
            ("&ordering=-price", ["a-2", "A-1", "B-1"]),
            ("&ordering=price", ["A-1", "a-2", "B-1"]),
            ("&ordering=-sku", ["B-1", "a-2", "A-1"]),
            ("&search=nothing", []),
        ],
    )
    def test_filters_and_ordering_are_those_of_the_list(
        self,
        server: Address,
        token: str,
        reader: Client,
        query: str,
        expected: list[str],
    ) -> None:
        assert skus(Answer(server, token, f"?format=jsonl{query}")) == expected
        listed = reader.get(f"/api/products/?{query.removeprefix('&')}").json()["results"]
        assert [row["sku"] for row in listed] == expected

    def test_who_stops_reading_gives_the_connection_back(
        self, server: Address, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export, "_BLOCK", 1)
        for number in range(50):
            a_product(f"X-{number}", description="x" * 100_000)
        client = http.client.HTTPConnection(*server, timeout=10)
        client.request("GET", PATH, headers={"X-API-Key": token})
        response = client.getresponse()
        assert response.read(10_000)
        assert copies_under_way() == 1
        response.close()
        client.close()
        for _ in range(100):
            if not copies_under_way():
                return
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.05)")
        raise AssertionError("the COPY goes on for nobody")


def copies_under_way() -> int:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT count(*) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%COPY (SELECT%'
        """)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "parameter", "sentence"),
        [
            ("?format=xls", "format", "format is one of csv, jsonl, xlsx, not 'xls'."),
            ("?ordering=colour", "ordering", "ordering is one of sku, -sku, name"),
            ("?page=1", "page", "There is no parameter 'page' here"),
            ("?price_min=x", "price_min", "Enter a number."),
            ("?format=csv&format=csv", "format", "format is given 2 times, not once."),
        ],
    )
    def test_parameters_are_strict(
        self, reader: Client, query: str, parameter: str, sentence: str
    ) -> None:
        problem = expect_problem(reader.get(f"{PATH}{query}"), HTTPStatus.BAD_REQUEST)
        (error,) = problem["errors"]
        assert error["parameter"] == parameter
        assert sentence in error["detail"]

    def test_what_no_workbook_holds_is_a_clear_answer(
        self, reader: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export, "MAX_SHEET_ROWS", 1)
        a_product("A")
        a_product("B")
        problem = expect_problem(reader.get(f"{PATH}?format=xlsx"), HTTPStatus.BAD_REQUEST)
        assert "Take CSV or JSON lines" in problem["detail"]

    def test_it_takes_the_scope_read(self, client: Client, keyed: KeyedClient) -> None:
        expect_problem(client.get(PATH), HTTPStatus.UNAUTHORIZED)
        expect_problem(keyed(Scope.UPLOAD).get(PATH), HTTPStatus.FORBIDDEN)

    @pytest.mark.parametrize("method", ["head", "post", "put", "delete"])
    def test_it_is_only_read(self, keyed: KeyedClient, method: str) -> None:
        response = getattr(keyed(*Scope), method)(PATH)
        assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
