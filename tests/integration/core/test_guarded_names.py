"""The guarded client looks a name up once and checks every address before it opens a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from pricebook.core.addresses import Address
from pricebook.core.exchange import Exchange, Failure
from tests.integration.core.peers import HOST, LOOPBACK, TAKEN, Names, answering, client, peer

CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def post_by(names: Names, *, times: int = 1, answer: bytes = CLOSING) -> tuple[list[Exchange], int]:
    """Post to a peer on 127.0.0.1 by these look-ups; return how often it was connected to, too."""

    async def run() -> tuple[list[Exchange], int]:
        guarded = client(names=names)
        async with peer(answering(answer)) as seen:
            url = f"http://{HOST}:{seen.port}/"
            made = [await guarded.post(url, body=b"", headers={}) for _ in range(times)]
            await guarded.aclose()
            return made, seen.connections

    return asyncio.run(run())


def test_one_forbidden_address_among_allowed_ones_is_enough() -> None:
    for addresses in (["127.0.0.1", "10.0.0.5"], ["10.0.0.5", "127.0.0.1"]):
        names = Names([addresses])
        (exchange,), connections = post_by(names)
        assert exchange.failure == Failure.FORBIDDEN
        assert exchange.sentence == (
            f"{HOST} resolves to 10.0.0.5, a private address that webhooks may not reach."
        )
        assert (connections, names.asked, exchange.address) == (0, [HOST], "")
        assert exchange.timing.connect_ms is None


def test_an_answer_that_flips_is_asked_for_once_a_connection() -> None:
    names = Names([["127.0.0.1"], ["10.0.0.5"]])
    (first, second), connections = post_by(names, times=2)
    assert (first.failure, first.address) == (None, "127.0.0.1")
    assert second.failure == Failure.FORBIDDEN
    assert (connections, names.asked) == (1, [HOST, HOST])


def test_an_address_that_refuses_is_followed_by_the_next() -> None:
    (exchange,), connections = post_by(Names([["127.0.0.2", "127.0.0.3", "127.0.0.1"]]))
    assert (exchange.address, connections) == ("127.0.0.1", 1)


def test_both_families_get_their_turn() -> None:
    addresses = ["::1", "fd00::2", "fd00::3", "fd00::4", "127.0.0.1"]
    names = Names([addresses])

    async def run() -> Exchange:
        guarded = client(
            names=names, networks=[*LOOPBACK, ip_network("::1"), ip_network("fd00::/8")]
        )
        # On 127.0.0.1 only.
        async with peer(answering(CLOSING)) as seen:
            exchange = await guarded.post(f"http://{HOST}:{seen.port}/", body=b"", headers={})
        await guarded.aclose()
        return exchange

    assert asyncio.run(run()).address == "127.0.0.1"


def test_no_more_than_four_addresses_are_tried() -> None:
    addresses = [f"127.0.0.{last}" for last in (2, 3, 4, 5, 1)]
    (exchange,), connections = post_by(Names([addresses]))
    assert (exchange.failure, connections) == (Failure.UNREACHABLE, 0)
    assert exchange.sentence.startswith(
        f"{HOST} refused the connection (127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5, port "
    )


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), f"{HOST} was not found."),
        (socket.gaierror(socket.EAI_AGAIN, "x"), f"{HOST} could not be looked up just now."),
        ([], f"{HOST} has no address."),
    ],
)
def test_a_name_without_addresses_is_a_result(
    answer: Sequence[str] | OSError, sentence: str
) -> None:
    (exchange,), _ = post_by(Names([answer]))
    assert (exchange.failure, exchange.sentence) == (Failure.UNRESOLVED, sentence)


class TestALookUpThatTakesLong:
    def test_is_given_up_at_the_deadline(self) -> None:
        answered = threading.Event()

        def wait(_name: str) -> Sequence[Address]:
            answered.wait()
            raise OSError

        async def run() -> Exchange:
            guarded = client(names=wait, timeout=0.05)
            exchange = await guarded.post(f"http://{HOST}/", body=b"", headers={})
            await guarded.aclose()
            return exchange

        try:
            exchange = asyncio.run(run())
        finally:
            answered.set()
        assert exchange.failure == Failure.TIMED_OUT
        assert exchange.sentence == f"{HOST} was not looked up within 0.05 seconds."
        assert exchange.timing.dns_ms is None

    def test_holds_one_thread_and_no_other_name(self) -> None:
        answered = threading.Event()
        asked: list[str] = []

        def wait(name: str) -> Sequence[Address]:
            asked.append(name)
            if name == HOST:
                answered.wait()
            raise socket.gaierror(socket.EAI_NONAME, "x")

        async def run() -> list[Exchange]:
            guarded = client(names=wait)
            waiting = [
                asyncio.create_task(guarded.post(f"http://{HOST}/", body=b"", headers={}))
                for _ in range(100)
            ]
            await asyncio.sleep(0)
            other = await guarded.post("http://other.example.com/", body=b"", headers={})
            answered.set()
            made = await asyncio.gather(*waiting)
            await guarded.aclose()
            return [other, *made]

        made = asyncio.run(run())
        assert {exchange.failure for exchange in made} == {Failure.UNRESOLVED}
        assert sorted(asked) == [HOST, "other.example.com"]


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        guarded = client()
        async with peer(answering(TAKEN)) as proxy, peer(answering(TAKEN)) as seen:
            for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
            exchange = await guarded.post(f"http://{HOST}:{seen.port}/", body=b"", headers={})
            assert exchange.answer
            assert (proxy.connections, seen.connections) == (0, 1)
        await guarded.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status: int) -> None:
    async def run() -> None:
        guarded = client()
        async with peer(answering(TAKEN)) as elsewhere:
            location = f"Location: http://127.0.0.1:{elsewhere.port}/".encode()
            head = f"HTTP/1.1 {status} Elsewhere\r\nContent-Length: 0\r\n".encode()
            async with peer(answering(head + location + b"\r\n\r\n")) as seen:
                exchange = await guarded.post(f"http://{HOST}:{seen.port}/", body=b"", headers={})
                assert exchange.answer
                assert exchange.answer.status == status
            assert elsewhere.connections == 0
        await guarded.aclose()

    asyncio.run(run())
