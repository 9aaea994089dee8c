"""Over https a certificate is for the name that was typed, from a trusted authority (C6)."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from pricebook.core.exchange import Exchange, Failure
from tests.integration.core.peers import (
    HOST,
    TAKEN,
    Behaviour,
    answering,
    client,
    closing_after,
    peer,
)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority, and a client's settings that trust it and nobody else."""

    issuer: trustme.CA
    trust: ssl.SSLContext

    def server(self, name: str = HOST, *, ended: datetime | None = None) -> ssl.SSLContext:
        """Return a server's settings with a certificate for that name."""
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.issuer.issue_cert(name, not_after=ended).configure_cert(tls)
        return tls


@pytest.fixture(scope="module")
def authority() -> Authority:
    issuer = trustme.CA()
    trust = ssl.create_default_context(cafile=None)
    issuer.configure_trust(trust)
    return Authority(issuer, trust)


def post_over_tls(
    authority: Authority,
    server: ssl.SSLContext | None,
    behave: Behaviour | None = None,
    *,
    times: int = 1,
    host: str = HOST,
    timeout: float = 5,
) -> list[Exchange]:
    async def run() -> list[Exchange]:
        guarded = client(tls=authority.trust, timeout=timeout)
        async with peer(behave or answering(*[TAKEN] * times), tls=server) as seen:
            url = f"https://{host}:{seen.port}/in"
            made = [await guarded.post(url, body=b"{}", headers={}) for _ in range(times)]
            await guarded.aclose()
            return made

    return asyncio.run(run())


def test_the_name_is_asked_for_and_the_connection_kept(authority: Authority) -> None:
    asked: list[str | None] = []
    server = authority.server()
    server.sni_callback = lambda _socket, name, _tls: asked.append(name)
    first, second = post_over_tls(authority, server, times=2)
    assert first.answer
    assert second.answer
    assert first.answer.body == second.answer.body == b"ok"
    assert first.address == "127.0.0.1"
    assert first.timing.tls_ms
    assert (second.is_reused, second.timing.tls_ms, asked) == (True, None, [HOST])


def test_an_address_may_have_a_certificate_too(authority: Authority) -> None:
    (exchange,) = post_over_tls(authority, authority.server("127.0.0.1"), host="127.0.0.1")
    assert exchange.answer


class TestNoTrust:
    def test_for_the_certificate_of_another_host(self, authority: Authority) -> None:
        (exchange,) = post_over_tls(authority, authority.server("other.example.com"))
        assert exchange.failure == Failure.UNTRUSTED
        assert exchange.sentence == f"The certificate is not for {HOST}."
        assert exchange.address == "127.0.0.1"

    def test_for_the_certificate_of_another_address(self, authority: Authority) -> None:
        (exchange,) = post_over_tls(authority, authority.server(), host="127.0.0.1")
        assert exchange.sentence == "The certificate is not for 127.0.0.1."

    def test_for_an_unknown_authority(self, authority: Authority) -> None:
        unknown = Authority(trustme.CA(), authority.trust)
        (exchange,) = post_over_tls(authority, unknown.server())
        assert exchange.failure == Failure.UNTRUSTED
        assert exchange.sentence == (
            f"The certificate of {HOST} is signed by an authority that is not trusted here."
        )

    def test_for_a_certificate_that_has_expired(self, authority: Authority) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        (exchange,) = post_over_tls(authority, authority.server(ended=yesterday))
        assert exchange.failure == Failure.UNTRUSTED
        assert exchange.sentence == f"The certificate of {HOST} has expired."

    def test_before_anything_is_sent(self, authority: Authority) -> None:
        requests: list[bytes] = []
        server = authority.server("other.example.com")
        post_over_tls(authority, server, answering(TAKEN, requests=requests))
        assert requests == []


class TestNoTls:
    def test_from_a_server_that_speaks_plain_http(self, authority: Authority) -> None:
        (exchange,) = post_over_tls(
            authority, None, closing_after_anything(b"HTTP/1.1 400 Bad\r\n\r\n")
        )
        assert exchange.failure == Failure.BROKEN
        assert exchange.sentence.startswith(f"{HOST} does not speak TLS on port ")

    def test_from_one_that_closes(self, authority: Authority) -> None:
        (exchange,) = post_over_tls(authority, None, closing_after_anything(b""))
        assert exchange.failure == Failure.BROKEN
        assert exchange.sentence.endswith(": the connection closed.")

    def test_from_one_that_says_nothing(self, authority: Authority) -> None:
        async def behave(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)

        (exchange,) = post_over_tls(authority, None, behave, timeout=0.3)
        assert exchange.failure == Failure.TIMED_OUT
        assert exchange.sentence == f"{HOST} did not agree on TLS within 0.3 seconds."
        assert exchange.timing.connect_ms is not None
        assert exchange.timing.tls_ms is None


def closing_after_anything(sent: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(sent)
        await writer.drain()

    return behave


def test_a_body_that_ends_with_the_connection_is_whole(authority: Authority) -> None:
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"
    (exchange,) = post_over_tls(authority, authority.server(), closing_after(answer))
    assert exchange.answer
    assert (exchange.answer.body, exchange.answer.is_cut) == (b"until the end", False)
