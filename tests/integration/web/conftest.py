"""A person at the pages, and what there is to look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from pricebook.accounts.models import Role, User
from pricebook.imports.models import Import
from pricebook.jobs.models import Job
from tests.factories import an_import

MakeImport = Callable[..., Import]


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    """Keep every file of a test in a folder of its own."""
    settings.FILES_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def person(db: None) -> User:
    """Return an editor without a password: hashing one takes longer than most of the tests."""
    return User.objects.create(username="manager", role=Role.EDITOR)


@pytest.fixture
def browser(person: User) -> Client:
    """Return the client of a person who is signed in."""
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def htmx(person: User) -> Client:
    """Return the same person's client as htmx asks for a part of a page."""
    return _htmx_of(person)


@pytest.fixture
def viewer(db: None) -> Client:
    """Return the client of somebody who may only look."""
    return _htmx_of(User.objects.create(username="viewer", role=Role.VIEWER))


@pytest.fixture
def admin(db: None) -> Client:
    """Return the client of an administrator, as htmx asks."""
    return _htmx_of(User.objects.create(username="boss", role=Role.ADMIN))


def _htmx_of(user: User) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    return client


def events_of(response: HttpResponseBase) -> list[str]:
    """Return the events that an answer fires on the page."""
    return list(json.loads(response.get("HX-Trigger", "{}")))


@pytest.fixture
def make_import(db: None) -> MakeImport:
    """Return what queues an import and then sets fields of its job."""

    def make(name: str = "products.csv", **of_job: object) -> Import:
        created = an_import("sku\nA-1\n", name)
        if of_job:
            Job.objects.filter(pk=created.pk).update(**of_job)
        return Import.objects.recent().get(pk=created.pk)

    return make
