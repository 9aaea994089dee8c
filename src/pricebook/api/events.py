"""The progress of an import as Server-Sent Events (HTML Living Standard, section 9.2).

Every event carries the whole state, so that a client that comes back needs only the newest one. The
stream reads Redis alone: the database is asked once, before it begins, and that connection is
closed at once, or a few dozen watchers would hold every connection there is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response

from pricebook.api.base import ResourceView
from pricebook.api.imports import find_import
from pricebook.core import redis
from pricebook.jobs import progress
from pricebook.jobs.progress import Progress

if TYPE_CHECKING:
    from rest_framework.request import Request

log = logging.getLogger(__name__)

RETRY_MILLISECONDS: Final = 2000
# Clients come back by themselves. So what a key may do is asked again every few minutes.
STREAM_SECONDS: Final = 300
# The id of the last event of a job: who has seen it need not come back.
END: Final = "end"
_STREAM_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,10}")
_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class _Entry(ResourceView):
    """What every request for the events has to pass: the same door as the other resources."""

    http_method_names = ("get",)

    def get(self, _request: Request, import_id: UUID) -> Response:
        """Answer with the progress as it is now."""
        return Response(asdict(progress.read(find_import(import_id).job)))


@csrf_exempt
@login_not_required
async def import_events(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """GET /api/imports/{id}/events/: the state now, then every new one until the job has ended.

    A client that comes back with the id of the last event gets 204, which ends its returning
    (HTML Living Standard, section 9.2). When Redis cannot be reached the stream ends after the
    first event, so that clients, which come back every two seconds, poll.
    """
    entry = await sync_to_async(_enter)(request, import_id)
    if entry.status_code != HTTPStatus.OK:
        return entry
    snapshot = Progress(**entry.data)
    seen = request.headers.get("Last-Event-ID", "")
    if snapshot.is_finished and seen == END:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    after = seen if _STREAM_ID.fullmatch(seen) else "0"
    return StreamingHttpResponse(
        _events(snapshot, after), content_type="text/event-stream", headers=_HEADERS
    )


def _enter(request: HttpRequest, import_id: UUID) -> Response:
    try:
        return _Entry.as_view()(request, import_id=import_id)
    finally:
        # In the thread that opened it, and before the first event.
        connections.close_all()


async def _events(snapshot: Progress, after: str) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    yield _event("", snapshot)
    if snapshot.is_finished:
        return
    clock = asyncio.get_running_loop().time
    end = clock() + STREAM_SECONDS
    states = cast("_States", progress.follow(UUID(snapshot.id), after))
    try:
        async with aclosing(states):
            async for state in states:
                yield _event(*state) if state else ": still here\n\n"
                if clock() > end:
                    return
    except redis.ERRORS as error:
        log.warning("The events of job %s ended early: %s", snapshot.id, error)


_States = AsyncGenerator[tuple[str, Progress] | None]


def _event(event_id: str, state: Progress) -> str:
    event_id = END if state.is_finished else event_id
    id_line = f"id: {event_id}\n" if event_id else ""
    return f"event: progress\n{id_line}data: {json.dumps(asdict(state))}\n\n"
