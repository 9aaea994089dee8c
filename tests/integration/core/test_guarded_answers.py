"""Whatever a receiver answers, however slowly: one deadline, little memory, clear words (C6)."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pricebook.core.connections import MAX_BODY
from pricebook.core.exchange import Exchange, Failure
from tests.integration.core.peers import (
    HOST,
    Behaviour,
    answering,
    closing_after,
    post_to,
    read_request,
    repeating,
)

DEADLINE = 0.3
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def little_memory(limit: int) -> Iterator[None]:
    """Fail if Python ever holds so many bytes more than before."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limit


def overdue(behave: Behaviour) -> Exchange:
    started = time.monotonic()
    (exchange,) = post_to(behave, timeout=DEADLINE)
    assert exchange.failure == Failure.TIMED_OUT
    assert DEADLINE <= exchange.timing.total_ms / 1_000 <= time.monotonic() - started
    # Slack for a busy machine: a drip that renews the deadline would go on for ever.
    assert exchange.timing.total_ms < 2_000
    return exchange


class TestTheDeadline:
    def test_cuts_silence(self) -> None:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            await asyncio.sleep(60)

        exchange = overdue(behave)
        assert exchange.sentence == "No answer within 0.3 seconds."
        assert exchange.timing.connect_ms is not None
        assert exchange.timing.first_byte_ms is None

    def test_cuts_dripping_headers(self) -> None:
        exchange = overdue(repeating(OK, b"X-Drip: 1\r\n", pause=0.02))
        assert exchange.sentence == "The answer was not complete within 0.3 seconds."
        assert exchange.timing.first_byte_ms is not None

    def test_cuts_a_dripping_body(self) -> None:
        exchange = overdue(repeating(OK + b"Content-Length: 60000\r\n\r\n", b"x", pause=0.02))
        assert exchange.sentence == "The answer (status 200) was not complete within 0.3 seconds."

    def test_cuts_interim_answers(self) -> None:
        exchange = overdue(repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.02))
        assert exchange.sentence == "The answer was not complete within 0.3 seconds."

    def test_closes_the_connection(self) -> None:
        behave = repeating(OK, b"X-Drip: 1\r\n", pause=0.02)
        made = post_to(behave, times=2, timeout=DEADLINE)
        assert [exchange.failure for exchange in made] == [Failure.TIMED_OUT] * 2
        assert [exchange.is_reused for exchange in made] == [False, False]


class TestTheBody:
    @pytest.mark.parametrize(
        "framing", [b"Content-Length: 99999999999", b"Connection: close", b"X-None: 1"]
    )
    def test_without_an_end_is_cut_in_little_memory(self, framing: bytes) -> None:
        with little_memory(4 << 20):
            (exchange,) = post_to(repeating(OK + framing + b"\r\n\r\n", b"y" * 65_536))
        assert exchange.answer
        assert (exchange.answer.status, exchange.answer.is_cut) == (200, True)
        assert exchange.answer.body == b"y" * MAX_BODY

    def test_in_endless_chunks_is_cut(self) -> None:
        start = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        (exchange,) = post_to(repeating(start, b"1000\r\n" + b"z" * 4_096 + b"\r\n"))
        assert exchange.answer
        assert (exchange.answer.body, exchange.answer.is_cut) == (b"z" * MAX_BODY, True)

    def test_in_tiny_chunks_is_cut_by_what_it_costs(self) -> None:
        start = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        (exchange,) = post_to(repeating(start, b"1\r\nz\r\n" * 1_000))
        assert exchange.answer
        assert exchange.answer.is_cut
        assert 10_000 < len(exchange.answer.body) < 15_000

    def test_is_kept_whole_up_to_the_limit(self) -> None:
        body = b"x" * MAX_BODY
        answer = OK + b"Content-Length: 65536\r\n\r\n" + body
        first, second = post_to(answering(answer, answer), times=2)
        assert first.answer
        assert second.answer
        assert (first.answer.body, first.answer.is_cut) == (body, False)
        assert second.is_reused

    def test_that_is_a_gzip_bomb_stays_packed(self) -> None:
        bomb = gzip.compress(bytes(10 << 20))
        head = OK + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
        with little_memory(2 << 20):
            (exchange,) = post_to(closing_after(head + bomb))
        assert exchange.answer
        assert (exchange.answer.body, exchange.answer.is_cut) == (bomb, False)

    def test_with_script_and_control_characters_comes_as_it_is(self) -> None:
        body = b"<script>alert(1)</script>\x00\x1b[31m"
        head = OK + b"X-Mark: <script>\x1b[31m\r\nContent-Length: %d\r\n\r\n" % len(body)
        (exchange,) = post_to(closing_after(head + body))
        assert exchange.answer
        assert exchange.answer.body == body
        assert ("x-mark", "<script>\x1b[31m") in exchange.answer.headers


BROKEN = {
    b"": "closed the connection without an answer.",
    OK: "closed the connection before its answer was complete.",
    OK + b"Content-Length: 9\r\n\r\nhalf": "closed the connection before its answer was complete.",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal": (
        "closed the connection before its answer was complete."
    ),
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n": "answered with something that is not HTTP.",
    b"\x15\x03\x01\x00\x02\x02\x46": "answered with something that is not HTTP.",
    b"\x00" * 100_000: "answered with something that is not HTTP.",
    b"HTTP/2 200\r\n\r\n": "answered with something that is not HTTP.",
    b"HTTP/1.1 99999 OK\r\n\r\n": "answered with something that is not HTTP.",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n": (
        "answered with something that is not HTTP."
    ),
    OK + b"No colon\r\n\r\n": "answered with something that is not HTTP.",
    OK + b"X: \x00\r\n\r\n": "answered with something that is not HTTP.",
    OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab": (
        "answered with something that is not HTTP."
    ),
    OK + b"Content-Length: -1\r\n\r\n": "answered with something that is not HTTP.",
    OK + b"Transfer-Encoding: chunked\r\n\r\nnot hex\r\n": (
        "answered with something that is not HTTP."
    ),
    OK + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n": "answered with more than 16 KiB of headers.",
    OK + b"X-Many: 1\r\n" * 10_000 + b"\r\n": "answered with more than 16 KiB of headers.",
}


@pytest.mark.parametrize(("sent", "sentence"), BROKEN.items(), ids=range(len(BROKEN)))
def test_what_is_no_whole_answer_is_a_failure(sent: bytes, sentence: str) -> None:
    (exchange,) = post_to(closing_after(sent))
    assert exchange.failure == Failure.BROKEN
    assert exchange.sentence == f"{HOST} {sentence}"
    assert exchange.answer is None


def test_a_reset_is_not_the_end_of_a_body() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK + b"Connection: close\r\n\r\nhalf of it")
        # Closed at once, with a reset.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    (exchange,) = post_to(behave)
    assert (exchange.failure, exchange.answer) == (Failure.BROKEN, None)
    assert exchange.sentence.startswith(f"{HOST} broke off the connection ")


def test_endless_headers_and_interim_answers_are_cut_in_little_memory() -> None:
    with little_memory(4 << 20):
        (headers,) = post_to(repeating(OK, b"X-More: 1\r\n" * 1_000))
        (interim,) = post_to(repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000))
    assert headers.sentence == f"{HOST} answered with more than 16 KiB of headers."
    assert interim.sentence == f"{HOST} sent interim answers without an end."
