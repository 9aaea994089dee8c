"""Receive the webhooks of Pricebook, and prove that none is missing.

Copy this file, put your own work into `changed` and `everything`, and run it:

    pip install standardwebhooks
    export PRICEBOOK_URL=https://pricebook.example.com PRICEBOOK_KEY=pb_... WEBHOOK_SECRET=whsec_...
    python receiver.py

Webhooks tell of changes at once, /api/changes/ tells of them for certain; both lead to `changed`,
and what is older than what came before is left out. Python 3.11 or newer.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import build_opener

from standardwebhooks import Webhook, WebhookVerificationError

PRICEBOOK = os.environ["PRICEBOOK_URL"].rstrip("/")
ADDRESS = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080")))
MAX_BODY = 8_000_000
DAY = 86_400

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
pricebook = build_opener()
pricebook.addheaders = [("Authorization", f"Bearer {os.environ['PRICEBOOK_KEY']}")]
state = sqlite3.connect(os.environ.get("STATE_FILE", "receiver.db"), check_same_thread=False)
state.executescript("""
    CREATE TABLE IF NOT EXISTS taken (id TEXT PRIMARY KEY, at REAL);
    CREATE TABLE IF NOT EXISTS product (id INTEGER PRIMARY KEY, version INTEGER);
    CREATE TABLE IF NOT EXISTS place (since TEXT);
""")
one_at_a_time = Lock()
there_is_more = Event()


def changed(kind: str, product_id: int, sku: str) -> None:
    """Do your work: the product was created, updated, restored or deleted.

    Be quick, for the sender waits: at most 15 seconds. After a crash the same may come again.
    """
    print(kind, product_id, sku, flush=True)


def everything(products: Iterable[dict[str, Any]]) -> None:
    """Do your work: these are all products; others that you may have are gone.

    Called at the first start, and when the receiver was away for longer than changes are kept.
    """
    print("products:", sum(1 for _ in products), flush=True)


def take(event: dict[str, Any]) -> None:
    """Do what an event says: all of it or nothing, and only once."""
    if event["id"].startswith("evt_test_"):
        print("test", event["type"], flush=True)
        return
    with one_at_a_time, state:
        row = (event["id"], time.time())
        if not state.execute("INSERT OR IGNORE INTO taken VALUES (?, ?)", row).rowcount:
            return
        data = event["data"]
        if data.get("product"):
            product, change = data["product"], data["change"]
            note(change["kind"], product["id"], product["sku"], change["version"])
        elif event["type"] == "products.batch":
            for each in data["events"]:
                kind = each["type"].removeprefix("product.")
                note(kind, each["product_id"], each["sku"], data["version"])
        else:
            # It tells that many products were changed: which ones, /api/changes/ says.
            there_is_more.set()


def note(kind: str, product_id: int, sku: str, version: int) -> None:
    """Pass a change on unless a later one of this product has come before."""
    known = state.execute(
        """INSERT INTO product VALUES (?, ?) ON CONFLICT (id) DO UPDATE
        SET version = excluded.version WHERE excluded.version > product.version""",
        (product_id, version),
    )
    if known.rowcount:
        changed(kind, product_id, sku)


def catch_up() -> None:
    """Read whatever no webhook brought, from where the last reading ended."""
    with one_at_a_time:
        place = state.execute("SELECT since FROM place").fetchone()
    since, has_more = place[0] if place else begin(), True
    while has_more:
        try:
            page = ask(f"/api/changes/?since={since}")
        except HTTPError as error:
            if error.code != 410:
                raise
            since = begin()
            continue
        with one_at_a_time, state:
            for each in page["results"]:
                note(each["kind"], each["product_id"], each["sku"], each["changeset"])
            state.execute("UPDATE place SET since = ?", (page["next_since"],))
        since, has_more = page["next_since"], page["has_more"]
    with one_at_a_time, state:
        state.execute("DELETE FROM taken WHERE at < ?", (time.time() - 40 * DAY,))
    print("caught up", flush=True)


def begin() -> str:
    """Read all products; return the place in the changes from which to go on."""
    since = ask("/api/changes/?since=now")["next_since"]
    everything(products())
    with one_at_a_time, state:
        # What changed meanwhile is to come again, after what was read.
        state.execute("DELETE FROM product")
        state.execute("DELETE FROM place")
        state.execute("INSERT INTO place VALUES (?)", (since,))
    return str(since)


def products() -> Iterator[dict[str, Any]]:
    """Yield every product."""
    query: str | None = "cursor=&page_size=500"
    while query is not None:
        page = ask(f"/api/products/?{query}")
        yield from page["results"]
        query = urlsplit(page["next"]).query if page["next"] else None


def ask(path: str) -> Any:
    """Read from the API; wait when it says that this is too fast."""
    while True:
        try:
            with pricebook.open(PRICEBOOK + path, timeout=60) as answer:
                return json.load(answer)
        except HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(int(error.headers.get("Retry-After", "10")))


def follow() -> None:
    """Catch up at the start, once a day, and when an event says that there is more."""
    while True:
        there_is_more.clear()
        wait = DAY
        try:
            catch_up()
        except Exception as error:
            print("Catching up is tried again in a minute:", error, flush=True)
            wait = 60
        there_is_more.wait(wait)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 for what was taken, 400 for what is not from Pricebook, 500 to get it again."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        """Take one event."""
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= MAX_BODY:
            self.close_connection = True
            self.answer(413)
            return
        # The signature covers the bytes as they came: verify first, read afterwards.
        body = self.rfile.read(length)
        try:
            event = webhook.verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, ValueError):
            self.answer(400)
            return
        try:
            take(event)
        except Exception as error:
            self.log_error("%s could not be taken: %r", event.get("id"), error)
            self.answer(500)
            return
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answer without a body."""
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer(ADDRESS, Receiver)
    print(f"Listening on http://{ADDRESS[0]}:{server.server_port}/", flush=True)
    Thread(target=follow, daemon=True).start()
    server.serve_forever()
