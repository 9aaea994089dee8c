"""`send_webhooks`: tell subscribers what happened, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from pricebook.webhooks.sender import Sender


class Command(BaseCommand):
    """Run a sender."""

    help = "Send webhooks until SIGTERM or SIGINT. Any number of these may run at once."

    def handle(self, **_: Any) -> None:
        """Run until a signal comes."""
        asyncio.run(_send())


async def _send() -> None:
    sender = Sender()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sender.stop)
    await sender.run()
