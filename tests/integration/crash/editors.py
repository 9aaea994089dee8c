"""Programs that edit products through the web process, and insist until they have an answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock, Thread
from typing import NamedTuple

_EDITORS = 4
_ANSWER_SECONDS = 30.0
# Before each try, as programs do that have other work too.
_PAUSE_SECONDS = 0.1


class Edit(NamedTuple):
    """One request, what it does to the product, and the statuses that say it is done."""

    method: str
    body: dict[str, object] | None
    kind: str
    done: tuple[int, ...]
    # Said when an earlier try had done it, but nobody heard of that.
    done_before: tuple[int, ...]


# The life of each product; that it comes back is new for whoever was told that it is gone.
LIFE = (
    Edit("PUT", {"name": "New", "price": "12.50"}, "created", (201,), (200,)),
    Edit("PATCH", {"name": "Changed", "price": "13.00"}, "updated", (200,), ()),
    Edit("DELETE", None, "deleted", (204,), (404,)),
    Edit("PUT", {"name": "Again", "active": False}, "restored", (201,), (200,)),
)


@dataclass
class Editors:
    """Threads that lead one product after the other through its life, and what they met with."""

    port: int
    token: str
    # Of the products that were begun.
    skus: list[str] = field(default_factory=list)
    # Edits that were answered as done.
    acknowledged: int = 0
    # Tries that were not: by status, or by how the connection ended.
    unanswered: Counter[str] = field(default_factory=Counter)
    _threads: list[Thread] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _enough: Event = field(default_factory=Event)
    _abandoned: Event = field(default_factory=Event)

    @property
    def edits(self) -> int:
        """How many edits there are once they have ended."""
        return len(self.skus) * len(LIFE)

    @property
    def are_done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them edit until it is enough, or until the block ends."""
        self._threads = [Thread(target=self._work) for _ in range(_EDITORS)]
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._enough.set()
            self._abandoned.set()
            for thread in self._threads:
                thread.join()

    def finish(self) -> None:
        """Let them begin no other product."""
        self._enough.set()

    def _work(self) -> None:
        while not self._enough.is_set():
            with self._lock:
                sku = f"Edited-{len(self.skus):05}"
                self.skus.append(sku)
            for edit in LIFE:
                self._insist(sku, edit)

    def _insist(self, sku: str, edit: Edit) -> None:
        """Ask until it is done: the second try may hear that the first one did it."""
        done = edit.done
        while not self._abandoned.wait(_PAUSE_SECONDS):
            outcome = self._ask(sku, edit)
            with self._lock:
                if outcome in map(str, done):
                    self.acknowledged += 1
                    return
                self.unanswered[outcome] += 1
            done = edit.done + edit.done_before

    def _ask(self, sku: str, edit: Edit) -> str:
        """Return the answer's status, or the name of what was raised instead."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if edit.body is None else json.dumps(edit.body)
        try:
            connection.request(edit.method, f"/api/products/by-sku/{sku}/", body, headers)
            return str(connection.getresponse().status)
        except (OSError, HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()
