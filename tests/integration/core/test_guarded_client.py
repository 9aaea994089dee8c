"""The guarded client posts what it is given, keeps connections, and says where the time went."""

from __future__ import annotations

import asyncio
import socket
import threading
from ipaddress import ip_network

import pytest

from pricebook.core import pool
from pricebook.core.exchange import Failure
from pricebook.core.http import post_once
from tests.integration.core.peers import (
    HOST,
    TAKEN,
    Names,
    answering,
    client,
    closing_after,
    peer,
    post_to,
    read_request,
)


class TestOnePost:
    def test_it_sends_the_very_bytes_and_returns_the_answer(self) -> None:
        requests: list[bytes] = []
        answer = (
            b"HTTP/1.1 202 Accepted\r\nX-Two: 1\r\nx-two: \xe9\r\n"
            b"Content-Length: 4\r\n\r\nd\xc3\x00n"
        )

        async def run() -> None:
            guarded = client()
            async with peer(answering(answer, requests=requests)) as seen:
                exchange = await guarded.post(
                    f"http://{HOST.upper()}:{seen.port}/in?a=ü",
                    body=b'{"a": "\xc3\xbc"}',
                    headers={"webhook-id": "msg_1", "Content-Type": "application/json"},
                )
                assert (exchange.address, exchange.is_reused) == ("127.0.0.1", False)
                assert (exchange.failure, exchange.sentence) == (None, "")
                assert exchange.answer
                assert exchange.answer.status == 202
                assert exchange.answer.headers == (
                    ("x-two", "1"),
                    ("x-two", "é"),
                    ("content-length", "4"),
                )
                assert (exchange.answer.body, exchange.answer.is_cut) == (b"d\xc3\x00n", False)
                assert requests == [
                    b"POST /in?a=%C3%BC HTTP/1.1\r\n"
                    b"Host: hooks.example.com:" + str(seen.port).encode() + b"\r\n"
                    b"Accept-Encoding: identity\r\n"
                    b"Content-Length: 11\r\n"
                    b"webhook-id: msg_1\r\n"
                    b"Content-Type: application/json\r\n"
                    b"\r\n"
                    b'{"a": "\xc3\xbc"}'
                ]
            await guarded.aclose()

        asyncio.run(run())

    def test_its_stages_add_up(self) -> None:
        (exchange,) = post_to(answering(TAKEN))
        timing = exchange.timing
        assert timing.dns_ms
        assert timing.connect_ms
        assert timing.tls_ms is None
        assert timing.first_byte_ms
        assert timing.dns_ms + timing.connect_ms + timing.first_byte_ms <= timing.total_ms

    def test_code_that_is_not_asynchronous_can_post_too(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(TAKEN)

        server = threading.Thread(target=serve)
        server.start()
        exchange = post_once(
            f"http://127.0.0.1:{listener.getsockname()[1]}/",
            body=b"{}",
            headers={},
            networks=[ip_network("127.0.0.1")],
            timeout=5,
        )
        server.join()
        listener.close()
        assert exchange.answer
        assert exchange.answer.body == b"ok"

    @pytest.mark.parametrize(
        ("framing", "body"),
        [
            (b"Transfer-Encoding: chunked\r\n\r\n2;ext=1\r\nok\r\n0\r\nTrailer: 1\r\n\r\n", b"ok"),
            (b"Connection: close\r\n\r\nuntil the end", b"until the end"),
            (b"Content-Length: 0\r\n\r\n", b""),
        ],
    )
    def test_bodies_come_in_every_framing(self, framing: bytes, body: bytes) -> None:
        (exchange,) = post_to(
            closing_after(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\n" + framing)
        )
        assert exchange.answer
        assert (exchange.answer.status, exchange.answer.body) == (200, body)
        assert not exchange.answer.is_cut


class TestKeptConnections:
    def test_the_next_post_goes_by_the_same_one_without_a_look_up(self) -> None:
        names = Names([["127.0.0.1"], ["10.0.0.5"]])

        async def run() -> None:
            guarded = client(names=names)
            async with peer(answering(TAKEN, TAKEN, TAKEN)) as seen:
                url = f"http://{HOST}:{seen.port}"
                made = [await guarded.post(url, body=b"", headers={}) for _ in range(3)]
                assert [exchange.is_reused for exchange in made] == [False, True, True]
                assert [exchange.address for exchange in made] == ["127.0.0.1"] * 3
                assert made[1].timing.dns_ms is made[1].timing.connect_ms is None
                assert (seen.connections, names.asked) == (1, [HOST])
            await guarded.aclose()

        asyncio.run(run())

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            # Nobody asked for the second one: it must not become the next request's answer.
            TAKEN + b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n",
        ],
    )
    def test_one_that_cannot_be_trusted_is_not_kept(self, answer: bytes) -> None:
        made = post_to(answering(answer, answer), times=2)
        assert [exchange.is_reused for exchange in made] == [False, False]
        assert [exchange.answer and exchange.answer.status for exchange in made] == [200, 200]

    def test_one_that_says_something_unasked_is_closed(self) -> None:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(TAKEN)
            await writer.drain()
            await said.wait()
            writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            assert await reader.read() == b""
            closed.set()

        async def run() -> None:
            guarded = client()
            async with peer(behave) as seen:
                await guarded.post(f"http://{HOST}:{seen.port}", body=b"", headers={})
                said.set()
                await asyncio.wait_for(closed.wait(), 5)
            await guarded.aclose()

        said, closed = asyncio.Event(), asyncio.Event()
        asyncio.run(run())

    def test_one_that_the_peer_closed_is_replaced_once(self) -> None:
        requests: list[bytes] = []

        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            requests.append(await read_request(reader))
            writer.write(TAKEN)
            await writer.drain()
            requests.append(await read_request(reader))

        made = post_to(behave, times=3)
        assert [exchange.is_reused for exchange in made] == [False, False, False]
        assert [exchange.answer and exchange.answer.status for exchange in made] == [200] * 3
        # The second request was read on the first connection, and sent again on another.
        assert len(requests) == 5

    def test_a_new_one_that_closes_is_a_failure(self) -> None:
        requests: list[bytes] = []

        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            requests.append(await read_request(reader))

        (exchange,) = post_to(behave)
        assert exchange.failure == Failure.BROKEN
        assert exchange.sentence == f"{HOST} closed the connection without an answer."
        assert len(requests) == 1

    def test_each_origin_has_its_own(self) -> None:
        async def run() -> None:
            guarded = client()
            async with peer(answering(TAKEN, TAKEN)) as one, peer(answering(TAKEN, TAKEN)) as two:
                for port in (one.port, two.port, one.port, two.port):
                    exchange = await guarded.post(f"http://{HOST}:{port}", body=b"", headers={})
                    assert exchange.answer
                assert (one.connections, two.connections) == (1, 1)
            await guarded.aclose()

        asyncio.run(run())

    def test_closing_the_client_closes_them(self) -> None:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(TAKEN)
            assert await reader.read() == b""
            closed.set()

        async def run() -> None:
            guarded = client()
            async with peer(behave) as seen:
                await guarded.post(f"http://{HOST}:{seen.port}", body=b"", headers={})
                await guarded.aclose()
                await asyncio.wait_for(closed.wait(), 5)

        closed = asyncio.Event()
        asyncio.run(run())

    def test_an_idle_one_is_closed_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool, "_IDLE_SECONDS", 0.01)

        async def run() -> None:
            guarded = client()
            async with peer(until_closed) as seen:
                await guarded.post(f"http://{HOST}:{seen.port}", body=b"", headers={})
                await asyncio.wait_for(closed.wait(), 5)
            await guarded.aclose()

        async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await answering(TAKEN)(reader, writer)
            closed.set()

        closed = asyncio.Event()
        asyncio.run(run())

    @pytest.mark.parametrize("limit", ["_MAX_PER_ORIGIN", "_MAX_IDLE"])
    def test_there_are_only_so_many(self, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
        monkeypatch.setattr(pool, limit, 2)

        async def run() -> None:
            guarded = client()
            async with peer(answering(TAKEN, TAKEN)) as seen:

                async def post_at_once() -> list[bool]:
                    url = f"http://{HOST}:{seen.port}"
                    posts = [guarded.post(url, body=b"", headers={}) for _ in range(5)]
                    return sorted(exchange.is_reused for exchange in await asyncio.gather(*posts))

                assert await post_at_once() == [False] * 5
                assert await post_at_once() == [False] * 3 + [True] * 2
            await guarded.aclose()

        asyncio.run(run())

    def test_one_whose_post_is_cancelled_is_closed(self) -> None:
        async def behave(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            asked.set()
            assert await reader.read() == b""
            closed.set()

        async def run() -> None:
            guarded = client()
            async with peer(behave) as seen:
                post = guarded.post(f"http://{HOST}:{seen.port}", body=b"", headers={})
                task = asyncio.create_task(post)
                await asyncio.wait_for(asked.wait(), 5)
                task.cancel()
                await asyncio.wait_for(closed.wait(), 5)
            await guarded.aclose()

        asked, closed = asyncio.Event(), asyncio.Event()
        asyncio.run(run())

    def test_whoever_is_refused_half_way_reads_why(self) -> None:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            # It never reads the rest.
            await asyncio.sleep(5)

        async def run() -> None:
            guarded = client()
            async with peer(behave) as seen:
                url = f"http://{HOST}:{seen.port}"
                for _ in range(2):
                    exchange = await guarded.post(url, body=bytes(32 << 20), headers={})
                    assert exchange.answer
                    assert (exchange.answer.status, exchange.is_reused) == (413, False)
            await guarded.aclose()

        asyncio.run(run())
