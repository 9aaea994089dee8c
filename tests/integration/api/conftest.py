"""Clients of the API: anonymous ones, programs with keys, and people who are signed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn
from django.test import Client

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.config.asgi import application
from pricebook.core import redis
from pricebook.imports.intake import start_import
from pricebook.imports.models import Import
from pricebook.jobs.models import Job
from tests.factories import a_file
from tests.integration.api.uploading import PART

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

Address = tuple[str, int]
KeyedClient = Callable[..., Client]
MakeImport = Callable[..., Import]


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    """Keep every file of a test in a folder of its own."""
    folder = tmp_path / "files"
    incoming = folder / "incoming"
    incoming.mkdir(parents=True)
    settings.FILES_ROOT = folder
    settings.FILE_UPLOAD_TEMP_DIR = incoming
    return folder


@pytest.fixture(autouse=True)
def forget_rates() -> None:
    """Let every test begin with its whole allowance."""
    client = redis.client()
    if names := list(client.scan_iter("api:rate:*")):
        client.delete(*names)


@pytest.fixture
def person(db: None) -> User:
    """Return a user whose role covers everything, so that keys are bound by their scopes alone."""
    return User.objects.create_user("manager", role=Role.ADMIN)


@pytest.fixture
def token(person: User) -> str:
    """Return a token that may read."""
    return issue_api_key(owner=person, name="reader", scopes=[Scope.READ]).token


@pytest.fixture
def keyed(person: User) -> KeyedClient:
    """Return what makes a client whose key has the given scopes."""

    def client(*scopes: Scope) -> Client:
        issued = issue_api_key(owner=person, name="test", scopes=scopes)
        return Client(headers={"Authorization": f"Bearer {issued.token}"})

    return client


@pytest.fixture
def reader(token: str) -> Client:
    """Return a client whose key may read, and has been used already."""
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def writer(keyed: KeyedClient) -> Client:
    """Return a client whose key may read and write, and has been used already."""
    client = keyed(Scope.READ, Scope.WRITE)
    client.get("/api/jobs/")
    return client


@pytest.fixture
def admin(keyed: KeyedClient) -> Client:
    """Return a client whose key may do everything, and has been used already."""
    client = keyed(Scope.ADMIN)
    client.get("/api/jobs/")
    return client


@pytest.fixture
def asgi_server(transactional_db: None) -> Iterator[Address]:
    """Serve Pricebook as it is served in production, by uvicorn, and return host and port."""
    config = uvicorn.Config(application, port=0, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    # So that a client may come before the server has begun.
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture
def make_import(person: User) -> MakeImport:
    """Return what queues the import of a small file, and then sets fields of its job."""

    def make(name: str = "products.csv", **of_job: object) -> Import:
        created = start_import(file=a_file("sku\nA-1\n", name), actor=person)
        if of_job:
            Job.objects.filter(pk=created.pk).update(**of_job)
        return Import.objects.recent().get(pk=created.pk)

    return make


@pytest.fixture
def uploader(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD, Scope.READ)


@pytest.fixture
def small_parts(settings: Settings) -> None:
    """Let files of more than 20 bytes go in parts of 10."""
    settings.UPLOAD_WHOLE_BYTES = 2 * PART
    settings.UPLOAD_PART_BYTES = PART
