"""The connections to Redis (or Valkey): one pool a process for each way of calling."""

from __future__ import annotations

from functools import cache

import redis
import redis.asyncio
from django.conf import settings

# What it says when the server cannot be used: a ValueError when it times out while it connects.
ERRORS = (redis.RedisError, ValueError)

# Work never waits for Redis for long: the database holds the truth.
_SOCKET = {"socket_timeout": 3, "socket_connect_timeout": 2}


@cache
def client() -> redis.Redis:
    """Return this process's client; it answers with str."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, **_SOCKET)


def async_client() -> redis.asyncio.Redis:
    """Return a client of its own for one event stream; close it when the stream ends.

    Its time limit is longer than the stream's longest wait.
    """
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_connect_timeout=2, socket_timeout=30
    )
