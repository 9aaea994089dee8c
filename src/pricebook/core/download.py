"""Sending what is made while it is sent, without holding up the server or a connection too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header


def download(blocks: Generator[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Answer with a file under that name; its blocks are made one by one as the client takes them.

    They may read the database: a thread of their own runs them from the first block to the last,
    for a connection belongs to a thread. Whoever stops reading ends them.
    """
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return StreamingHttpResponse(
        _in_own_thread(blocks),
        content_type=content_type,
        headers={
            "Content-Disposition": disposition or "attachment",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        },
    )


async def _in_own_thread(blocks: Generator[bytes]) -> AsyncIterator[bytes]:
    # An iterator that is not async would be read whole into memory under ASGI.
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="download")
    try:
        while block := await loop.run_in_executor(thread, next, blocks, b""):
            yield block
    finally:
        # Behind the block that may be under way; nobody waits for it.
        thread.submit(_end, blocks)
        thread.shutdown(wait=False)


def _end(blocks: Generator[bytes]) -> None:
    try:
        blocks.close()
    finally:
        connections.close_all()
