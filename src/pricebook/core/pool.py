"""Connections that are kept open for the next request to the same place, for a while."""

from __future__ import annotations

import asyncio
from typing import Final

from pricebook.core.connections import Connection

# Scheme, host and port.
Origin = tuple[str, str, int]

# Many servers close after 60 seconds, some after 30: be the first.
_IDLE_SECONDS: Final = 28
_MAX_PER_ORIGIN: Final = 16
_MAX_IDLE: Final = 256


class IdleConnections:
    """The connections without a request, by origin."""

    def __init__(self) -> None:
        self._stacks: dict[Origin, list[Connection]] = {}
        self._timers: dict[Connection, asyncio.TimerHandle] = {}

    def take(self, origin: Origin) -> Connection | None:
        """Return the connection that was used last, so that the others can grow old."""
        while stack := self._stacks.get(origin):
            connection = stack[-1]
            self._forget(origin, connection)
            if connection.is_reusable:
                return connection
        return None

    def keep(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for the next request, or close it where that cannot be."""
        stack = self._stacks.get(origin, [])
        is_full = len(stack) >= _MAX_PER_ORIGIN or len(self._timers) >= _MAX_IDLE
        if is_full or not connection.is_reusable:
            connection.abort()
            return
        self._stacks.setdefault(origin, stack).append(connection)
        loop = asyncio.get_running_loop()
        self._timers[connection] = loop.call_later(_IDLE_SECONDS, self._close, origin, connection)

    def _close(self, origin: Origin, connection: Connection) -> None:
        self._forget(origin, connection)
        connection.abort()

    def _forget(self, origin: Origin, connection: Connection) -> None:
        self._timers.pop(connection).cancel()
        stack = self._stacks[origin]
        stack.remove(connection)
        if not stack:
            del self._stacks[origin]
