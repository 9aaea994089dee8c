"""Receivers of webhooks that check what they hear, and count what they hear again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.integration.crash.stack import Stack
from tests.servers.receiver import Received, Receiver, Reply, run_receiver

Manner = Callable[[], Reply]


@dataclass
class Listener:
    """An endpoint of the product, and what its receiver heard."""

    endpoint: str
    mode: str
    types: tuple[str, ...]
    _secret: str
    _receiver: Receiver
    _manner: Manner
    # The body with which an id came first.
    heard: dict[str, bytes] = field(default_factory=dict)
    requests: int = 0
    # Requests that it had answered as taken before, with the same id.
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def listen(self, request: Received) -> Reply:
        """Keep what is heard; answer in the manner of this receiver."""
        self._receiver.requests.clear()
        self.requests += 1
        try:
            Webhook(self._secret).verify(request.body, request.headers)
        except WebhookVerificationError as error:
            self.faults.append(f"{request.event_id}: {error}")
        if self.heard.setdefault(request.event_id, request.body) != request.body:
            self.faults.append(f"{request.event_id} came with another body")
        reply = self._manner()
        if request.event_id in self._taken:
            self.duplicates += 1
        if reply.status == 204 and not reply.closes:
            self._taken.add(request.event_id)
        return reply


def healthily() -> Reply:
    """Take what comes, and the time to write it down."""
    return Reply(after=0.02)


def flakily(dice: Random) -> Manner:
    """Return the manner of a receiver that mostly answers: soon, late, with an error, or never."""

    def reply() -> Reply:
        kind = dice.random()
        if kind < 0.10:
            return Reply(status=dice.choice((500, 502, 503)))
        if kind < 0.15:
            return Reply(closes=True)
        return Reply(after=0.2 * dice.random()) if kind < 0.25 else Reply()

    return reply


@contextmanager
def listening(stack: Stack, mode: str, manner: Manner, *types: str) -> Iterator[Listener]:
    """Subscribe a receiver of this manner to those types of events while the block runs."""
    with run_receiver() as receiver:
        endpoint, secret = stack.ask("subscribe", receiver.url, mode, *types)
        listener = Listener(endpoint, mode, types, secret, receiver, manner)
        receiver.reply = listener.listen
        yield listener
