"""A receiver on a real socket, and a sender that works on the tests' database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from threading import Event, Thread

import pytest
from pytest_django import Settings

from pricebook.webhooks.sender import Sender
from tests.servers.receiver import Receiver, run_receiver


@contextmanager
def run_sender() -> Iterator[Sender]:
    """Run a sender in a thread while the block runs; what is under way may end."""
    started = Event()
    senders: list[tuple[Sender, asyncio.AbstractEventLoop]] = []

    async def send() -> None:
        sender = Sender()
        senders.append((sender, asyncio.get_running_loop()))
        started.set()
        await sender.run()

    thread = Thread(target=lambda: asyncio.run(send()), name="sender")
    thread.start()
    assert started.wait(10)
    (sender, loop) = senders[0]
    try:
        yield sender
    finally:
        loop.call_soon_threadsafe(sender.stop)
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Return a receiver on this machine, which the operator allows."""
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with run_receiver() as running:
        yield running


@pytest.fixture
def sender(transactional_db: None) -> Iterator[Sender]:
    with run_sender() as running:
        yield running
