"""From a name to a connection, past the guard: every address is checked before one is called."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address, ip_address
from itertools import chain, zip_longest
from typing import Final

from pricebook.core.addresses import Address, Network, Target, forbidden_kind
from pricebook.core.connections import Connection
from pricebook.core.exchange import Failed, Failure

# Looks up a name, in a thread: all its addresses, or OSError.
Resolver = Callable[[str], Sequence[Address]]

# A name that nobody answers for holds a thread for as long as the system's resolver is patient.
# More of them than anybody has requests under way; they are made when they are needed.
_LOOK_UPS: Final = 1_024
# More addresses of one name are checked, but not tried: a webhook is no way to scan a network.
_MOST_TRIED: Final = 4

# OpenSSL's numbers, see `man X509_STORE_CTX_get_error`.
_CERTIFICATE_FAULTS: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by itself, not by an authority",
    19: "is signed by an authority that is not trusted here",
    20: "is signed by an authority that is not trusted here",
    21: "is signed by an authority that is not trusted here",
    23: "has been revoked",
}
_OTHER_HOST: Final = (62, 64)


def system_resolver(name: str) -> Sequence[Address]:
    """Return the addresses of a name as this machine knows them. Raises OSError."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]


@functools.cache
def system_tls() -> ssl.SSLContext:
    """Return the settings of TLS that trust whom this machine trusts; slow to make."""
    tls = ssl.create_default_context()
    tls.set_alpn_protocols(["http/1.1"])
    return tls


class Dialler:
    """Opens connections to allowed addresses only; the connections that are open are in `open`."""

    def __init__(
        self, *, networks: Sequence[Network], resolve: Resolver, tls: ssl.SSLContext | None
    ) -> None:
        self.open: set[Connection] = set()
        self._networks = networks
        self._resolve = resolve
        self._tls = tls
        self._threads = ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="look-up")
        self._look_ups: dict[str, asyncio.Future[Sequence[Address]]] = {}

    async def find(self, target: Target) -> Sequence[Address]:
        """Return the addresses of a host, all of them allowed. Raises Failed."""
        if target.address:
            return [target.address]
        try:
            found = await self._look_up(target.host)
        except (OSError, UnicodeError) as error:
            is_passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            reason = "could not be looked up just now" if is_passing else "was not found"
            raise Failed(Failure.UNRESOLVED, f"{target.host} {reason}.") from error
        if not found:
            raise Failed(Failure.UNRESOLVED, f"{target.host} has no address.")
        for address in found:
            if kind := forbidden_kind(address, networks=self._networks):
                sentence = (
                    f"{target.host} resolves to {address}, {kind} that webhooks may not reach."
                )
                raise Failed(Failure.FORBIDDEN, sentence)
        return found

    async def connect(
        self, target: Target, addresses: Sequence[Address], *, until: float
    ) -> tuple[socket.socket, Address]:
        """Return a socket to the first address that takes it. Raises Failed, and TimeoutError.

        Each address gets its share of the time that is left until `until`, in the loop's time.
        """
        loop = asyncio.get_running_loop()
        tried = _both_families(addresses)[:_MOST_TRIED]
        refusal: OSError = TimeoutError()
        for index, address in enumerate(tried):
            share = (until - loop.time()) / (len(tried) - index)
            try:
                async with asyncio.timeout(share):
                    return await _socket_to(address, target.port), address
            except OSError as error:
                refusal = error
        if isinstance(refusal, TimeoutError):
            raise refusal
        reason = (
            "refused the connection"
            if isinstance(refusal, ConnectionRefusedError)
            else "could not be reached"
        )
        where = ", ".join(f"{address}" for address in tried)
        sentence = f"{target.host} {reason} ({where}, port {target.port})."
        raise Failed(Failure.UNREACHABLE, sentence) from refusal

    async def speak(self, target: Target, plain: socket.socket, address: Address) -> Connection:
        """Make a connection of a socket, for https with the certificate checked. Raises Failed."""
        is_https = target.scheme == "https"
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(address, self.open),
                sock=plain,
                ssl=(self._tls or system_tls()) if is_https else None,
                server_hostname=target.host if is_https else None,
            )
        except ssl.SSLCertVerificationError as error:
            raise Failed(Failure.UNTRUSTED, _distrust(target.host, error.verify_code)) from error
        except OSError as error:
            reason = getattr(error, "reason", None) or "the connection closed"
            words = str(reason).replace("_", " ").lower()
            sentence = f"{target.host} does not speak TLS on port {target.port}: {words}."
            raise Failed(Failure.BROKEN, sentence) from error
        return connection

    async def aclose(self) -> None:
        """Close all connections, and wait for none of the look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for look_up in list(self._look_ups.values()):
            look_up.cancel()
        for connection in list(self.open):
            connection.abort()
        # The loop closes their sockets in one of its next rounds.
        while self.open:
            await asyncio.sleep(0)

    async def _look_up(self, name: str) -> Sequence[Address]:
        """Look a name up; those who ask for the same one meanwhile wait for the same answer."""
        look_up = self._look_ups.get(name)
        if look_up is None:
            loop = asyncio.get_running_loop()
            look_up = loop.run_in_executor(self._threads, self._resolve, name)
            self._look_ups[name] = look_up
            look_up.add_done_callback(functools.partial(self._looked_up, name))
        return await asyncio.shield(look_up)

    def _looked_up(self, name: str, look_up: asyncio.Future[Sequence[Address]]) -> None:
        del self._look_ups[name]
        if not look_up.cancelled():
            # Asked for, so that an error nobody waits for any more is not complained about.
            look_up.exception()


async def _socket_to(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, (str(address), port))
    except BaseException:
        plain.close()
        raise
    return plain


def _both_families(addresses: Sequence[Address]) -> list[Address]:
    """Return them in turns of IPv6 and IPv4, for where one of the two leads nowhere."""
    first = [address for address in addresses if address.version == addresses[0].version]
    second = [address for address in addresses if address.version != addresses[0].version]
    pairs = chain.from_iterable(zip_longest(first, second))
    return list(dict.fromkeys(address for address in pairs if address is not None))


def _distrust(host: str, code: int) -> str:
    if code in _OTHER_HOST:
        return f"The certificate is not for {host}."
    return f"The certificate of {host} {_CERTIFICATE_FAULTS.get(code, 'cannot be trusted')}."
