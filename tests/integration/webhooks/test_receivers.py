"""The receivers of the guide run as they are: they take what is signed, once, and miss nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from standardwebhooks import Webhook

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes.models import ChangeSet, EventType
from pricebook.changes.position import place_changesets
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint
from pricebook.webhooks.models import Attempt, Delivery
from tests.factories import imported
from tests.integration.webhooks.conftest import run_sender
from tests.integration.webhooks.subscribers import PRODUCT_EVENTS

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "guides" / "receivers"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE = 20


class Running:
    """A receiver in a process of its own, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: Queue[str] = Queue()
        self._process = process
        self._reader = Thread(target=self._read)
        self._reader.start()
        address = self.says().removeprefix("Listening on http://").rstrip("/")
        self.host, _, port = address.partition(":")
        self.port = int(port)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/pricebook"

    def says(self) -> str:
        """Return the next line that it prints. Raises AssertionError when none comes."""
        try:
            return self._lines.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError("The receiver says nothing.") from None

    def says_until(self, end: str) -> list[str]:
        """Return the lines that it prints before that one."""
        return list(iter(self.says, end))

    def answers(self, body: str, headers: Mapping[str, str]) -> int:
        """Return the status with which it answers a request."""
        with closing(HTTPConnection(self.host, self.port, timeout=PATIENCE)) as connection:
            connection.request("POST", "/pricebook", body.encode(), dict(headers))
            return connection.getresponse().status

    def takes(self, event_id: str, type_: str, data: object) -> None:
        """Send it an event, signed as it has to be; check that it is taken."""
        body = json.dumps({"id": event_id, "type": type_, "data": data})
        assert self.answers(body, signed(body, event_id)) == HTTPStatus.NO_CONTENT

    def said_nothing(self) -> bool:
        """Say whether it has printed nothing since the last line that was read."""
        self.takes("evt_test_1", "product.updated", {})
        return self.says() == "test product.updated"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.strip())


Run = Callable[[], AbstractContextManager[Running]]


def signed(body: str, event_id: str, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """Return the headers of a request that was signed so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, at, body),
    }


def subscribe(receiver: Running, *types: EventType) -> None:
    """Let a receiver hear of events of those types, of bulk work in summary."""
    values = EndpointValues(url=receiver.url, event_types=types)
    create_endpoint(values=values, actor=None, secret=SECRET)


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command of the JavaScript receiver, its package installed beside a copy of it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("There is no node with npm to run the JavaScript receiver.")
    folder = tmp_path_factory.mktemp("javascript")
    for name in ("package.json", "receiver.mjs"):
        shutil.copy(FOLDER / name, folder)
    words = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    try:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        pytest.skip("npm took longer than a minute to install standardwebhooks.")
    except subprocess.CalledProcessError as error:
        pytest.skip(
            f"npm could not install standardwebhooks: {' '.join(error.stderr.split())[:300]}"
        )
    return [node, str(folder / "receiver.mjs")]


@pytest.fixture(params=["python", "javascript"])
def command(request: pytest.FixtureRequest) -> list[str]:
    """Return the command of each of the receivers."""
    if request.param == "python":
        return [sys.executable, str(FOLDER / "receiver.py")]
    found: list[str] = request.getfixturevalue("javascript")
    return found


@pytest.fixture
def run(command: list[str], live_server: LiveServer, settings: Settings, tmp_path: Path) -> Run:
    """Return what runs the receiver while a block lasts; what it knows outlives it."""
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    owner = User.objects.create_user("subscriber", role=Role.VIEWER)
    environment = {
        "PATH": os.environ["PATH"],
        "PRICEBOOK_URL": live_server.url,
        "PRICEBOOK_KEY": issue_api_key(owner=owner, name="r", scopes=[Scope.READ]).token,
        "WEBHOOK_SECRET": SECRET,
        "STATE_FILE": str(tmp_path / "state"),
        "PORT": "0",
    }

    @contextmanager
    def running() -> Iterator[Running]:
        process = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        receiver = Running(process)
        try:
            yield receiver
        finally:
            receiver.stop()

    return running


def test_what_the_sender_sends_is_taken_once(run: Run) -> None:
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 0"]
        subscribe(receiver, *PRODUCT_EVENTS)
        with run_sender():
            made = create_product(values={"sku": "Ä-1"}, actor=None)
            assert receiver.says() == f"created {made.pk} Ä-1"
        # A sender that ends has written down what came of its requests.
        assert Attempt.objects.get().status == HTTPStatus.NO_CONTENT
        sent = Delivery.objects.get()
        again = receiver.answers(sent.body, signed(sent.body, sent.event_id))
        assert again == HTTPStatus.NO_CONTENT
        assert receiver.said_nothing()


def test_what_is_forged_is_refused(run: Run) -> None:
    body = '{"id":"evt_1","type":"product.deleted","data":{}}'
    foreign = signed(body, "evt_1", secret="whsec_" + "A" * 32)
    late, right = signed(body, "evt_1", age=400), signed(body, "evt_1")
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 0"]
        for headers in ({}, foreign, late, {**right, "webhook-signature": "v1"}):
            assert receiver.answers(body, headers) == HTTPStatus.BAD_REQUEST
        changed = body.replace("deleted", "created")
        assert receiver.answers(changed, right) == HTTPStatus.BAD_REQUEST
        assert receiver.said_nothing()


def test_what_came_before_or_is_older_is_left_out(run: Run) -> None:
    def thin(*numbers: int) -> dict[str, object]:
        events = [
            {"type": "product.updated", "product_id": number, "sku": f"S-{number}"}
            for number in numbers
        ]
        return {"events": events, "version": 20}

    product, change = {"id": 3, "sku": "S-3"}, {"kind": "deleted", "version": 21}
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 0"]
        receiver.takes("evt_21_3", "product.deleted", {"product": product, "change": change})
        assert receiver.says() == "deleted 3 S-3"
        receiver.takes("evt_20_1", "products.batch", thin(1, 3, 5))
        assert [receiver.says(), receiver.says()] == ["updated 1 S-1", "updated 5 S-5"]
        # The same id is the same event, whatever it says.
        newer = {"product": product, "change": {"kind": "updated", "version": 22}}
        receiver.takes("evt_21_3", "product.updated", newer)
        assert receiver.said_nothing()


def test_what_no_webhook_brought_is_read_at_the_next_start(run: Run) -> None:
    old = create_product(values={"sku": "A"}, actor=None)
    place_changesets()
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 1"]
    new = create_product(values={"sku": "B"}, actor=None)
    update_product(product_id=old.pk, values={"price": "2"}, actor=None)
    delete_product(product_id=new.pk, actor=None)
    place_changesets()
    with run() as receiver:
        assert receiver.says_until("caught up") == [
            f"created {new.pk} B",
            f"updated {old.pk} A",
            f"deleted {new.pk} B",
        ]
    with run() as receiver:
        assert receiver.says_until("caught up") == []
    # As after a restore from a backup: the place is not there, so everything is read again.
    ChangeSet.objects.all().delete()
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 1"]


def test_an_import_told_in_summary_is_read_product_by_product(run: Run) -> None:
    with run() as receiver:
        assert receiver.says_until("caught up") == ["products: 0"]
        subscribe(receiver, EventType.IMPORT_COMPLETED)
        with run_sender():
            imported("sku,name\nA,Apple\nB,Bread\n")
            told = receiver.says_until("caught up")
        assert {line.split()[-1] for line in told} == {"A", "B"}
