"""The sources whose files were imported (A15)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.models import Source
from pricebook.imports.options import Options
from tests.factories import imported
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_list_says_what_each_one_sent_last(reader: Client) -> None:
    imported("sku,name\nA-1,x\nA-2,y\n", options=Options(source="South"))
    imported("sku,name\nB-1,x\n", options=Options(source="North", preview=True))
    page = reader.get("/api/sources/").json()
    last = Source.objects.get(name="South").last_import_at
    assert last is not None
    assert page == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            {"name": "North", "last_rows": None, "last_import_at": None},
            {
                "name": "South",
                "last_rows": 2,
                "last_import_at": last.isoformat().replace("+00:00", "Z"),
            },
        ],
    }


def test_it_is_read_only(admin: Client) -> None:
    answer = admin.post("/api/sources/", {"name": "x"}, content_type="application/json")
    expect_problem(answer, HTTPStatus.METHOD_NOT_ALLOWED)
