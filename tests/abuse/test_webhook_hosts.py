"""Webhooks to hosts inside are refused without a socket, however they are spelt (ABUSE 1 and 2).

What is counted is not what we say but what the interpreter does: its audit events for sockets.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Final

import pytest

from pricebook.core.addresses import UrlRefused, check_url
from pricebook.core.exchange import Exchange, Failure
from pricebook.core.http import GuardedClient
from tests.integration.core.peers import LOOPBACK, TAKEN, Names, answering, client, peer

PUBLIC: Final = "93.184.216.34"
NAME: Final = "hooks.example.com"

# What inet_aton(3), getaddrinfo(3) and browsers take for a host inside.
TYPED: Final = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.5/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::ffff:0:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::10.0.0.5]/",
    "http://[2002:7f00:1::1]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:4136:e378:8000:63bf:f5ff:fffa]/",
    "http://[fd00:ec2::254]/",
    "http://[fd20:ce::254]/",
    "http://[fc00::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://LocalHost:6379/",
    "http://localhost./",
    "http://app.localhost/",
    "http://127.0.0.1./",
    "http://example.com./",
    "http://metadata.google.internal/",
    "http://redis:6379/",
    "http://printer.local/",
    "http://１２７。０。０。１/",
    "http://ⓛocalhost/",
    "http://user@127.0.0.1/",
    "http://example.com:password@127.0.0.1/",
    "http://example.com#@127.0.0.1/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com:22/",
    "http://example.com:25/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://example.com/\r\nX-Injected: 1",
]

# What a name that looks harmless may resolve to.
RESOLVED: Final = [
    "0.0.0.0",
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.19.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:0:7f00:1",
    "::ffff:93.184.216.34",
    "64:ff9b::5db8:d822",
    "64:ff9b:1::a00:5",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:5db8:d822::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]

_seen: list[str] | None = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is not None and event.startswith("socket."):
        _seen.append(f"{event} {arguments[1:]}")


# There is no way to stop hearing.
sys.addaudithook(_hear)


@contextmanager
def sockets() -> Iterator[list[str]]:
    """Give the list of what is done with sockets meanwhile, look-ups included."""
    global _seen  # noqa: PLW0603
    heard: list[str] = []
    _seen = heard
    try:
        yield heard
    finally:
        _seen = None


def post(url: str, names: Names) -> tuple[Exchange, list[str]]:
    """Post as a sender with no network opened does; return what was done with sockets, too."""

    async def run() -> tuple[Exchange, list[str]]:
        guarded = GuardedClient(networks=(), timeout=5, resolve=names)
        with sockets() as heard:
            exchange = await guarded.post(url, body=b"{}", headers={})
        await guarded.aclose()
        return exchange, heard

    return asyncio.run(run())


def test_there_are_enough_of_them() -> None:
    assert len(set(TYPED)) == len(TYPED) >= 37
    assert len(set(RESOLVED)) == len(RESOLVED)


@pytest.mark.parametrize("url", TYPED)
def test_a_host_inside_is_refused_when_it_is_typed_and_when_it_is_sent_to(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url)
    names = Names([[PUBLIC]])
    exchange, heard = post(url, names)
    assert (heard, names.asked) == ([], [])
    assert exchange.failure == Failure.FORBIDDEN


@pytest.mark.parametrize("address", RESOLVED)
def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to(address: str) -> None:
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        names = Names([answer])
        exchange, heard = post(f"https://{NAME}/", names)
        assert (heard, names.asked) == ([], [NAME])
        assert exchange.failure == Failure.FORBIDDEN
        assert exchange.sentence.startswith(f"{NAME} resolves to {ip_address(address)}, ")


def test_an_answer_that_changes_meanwhile_is_not_asked_for_again() -> None:
    names = Names([["127.0.0.1"], ["169.254.169.254"]])

    async def run() -> None:
        guarded = client(names=names, networks=LOOPBACK)
        async with peer(answering(TAKEN)) as seen:
            with sockets() as heard:
                exchange = await guarded.post(f"http://{NAME}:{seen.port}/", body=b"", headers={})
            assert exchange.answer
            # That anything is heard here shows that nothing was done above.
            connects = [entry for entry in heard if entry.startswith("socket.connect ")]
            assert connects == [f"socket.connect (('127.0.0.1', {seen.port}),)"]
        await guarded.aclose()

    asyncio.run(run())
    assert names.asked == [NAME]
