"""Which addresses requests may go to: public ones, and what the operator opens (C6).

Pure: nothing here looks up a name or opens a socket. `check_url` refuses what a URL shows;
`is_allowed` judges what its name resolves to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote

import idna

from pricebook.core.errors import PermanentError

MAX_URL: Final = 2_000

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special-purpose addresses (RFC 6890), and multicast. Those which IANA calls
# reachable but where no receiver can be (relays, AS112) are listed too.
_SPECIAL_4: Final = {
    IPv4Network(network): kind
    for network, kind in {
        "0.0.0.0/8": "an unspecified address",
        "10.0.0.0/8": "a private address",
        "100.64.0.0/10": "a carrier's internal address",
        "127.0.0.0/8": "a loopback address",
        "169.254.0.0/16": "a link-local address",
        "172.16.0.0/12": "a private address",
        "192.0.0.0/24": "a reserved address",
        "192.0.2.0/24": "a documentation address",
        "192.31.196.0/24": "a reserved address",
        "192.52.193.0/24": "a reserved address",
        "192.88.99.0/24": "a relay's address",
        "192.168.0.0/16": "a private address",
        "192.175.48.0/24": "a reserved address",
        "198.18.0.0/15": "a benchmarking address",
        "198.51.100.0/24": "a documentation address",
        "203.0.113.0/24": "a documentation address",
        "224.0.0.0/4": "a multicast address",
        "240.0.0.0/4": "a reserved address",
        # Public by its number, but inside Azure every machine reaches the platform by it.
        "168.63.129.16/32": "a cloud's internal address",
    }.items()
}
# Only 2000::/3 is given out for global unicast (RFC 4291, section 2.4): these are the exceptions in
# it, and the names of what lies outside.
_GLOBAL_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = {
    IPv6Network(network): kind
    for network, kind in {
        "::/128": "an unspecified address",
        "::1/128": "a loopback address",
        "2001::/23": "a reserved address",
        "2001:db8::/32": "a documentation address",
        "2620:4f:8000::/48": "a reserved address",
        "3fff::/20": "a documentation address",
        "fc00::/7": "a private address",
        "fe80::/10": "a link-local address",
        "fec0::/10": "a private address",
        "ff00::/8": "a multicast address",
    }.items()
}
# IPv6 forms with an IPv4 address inside, and how many bits follow that address.
_WRAPPERS: Final = {
    IPv6Network("::/96"): 0,  # IPv4-compatible, RFC 4291
    IPv6Network("::ffff:0:0/96"): 0,  # IPv4-mapped, RFC 4291
    IPv6Network("::ffff:0:0:0/96"): 0,  # IPv4-translated, RFC 2765
    IPv6Network("64:ff9b::/96"): 0,  # NAT64, RFC 6052
    IPv6Network("64:ff9b:1::/48"): 0,  # NAT64 for local use, RFC 8215
    IPv6Network("2002::/16"): 80,  # 6to4, RFC 3056
}
_TEREDO: Final = IPv6Network("2001::/32")  # RFC 4380

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LEAST_FREE_PORT: Final = 1024
# Scheme, authority, the rest. No parser of a library: what is checked here is what is connected to.
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)")
_AUTHORITY: Final = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# Resolvers read a name that ends so as an IPv4 address, in a dozen spellings: inet_aton(3).
_NUMERIC_END: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_LOCAL_ENDS: Final = (".local", ".internal", ".localdomain", ".home.arpa")
_LOOPBACKS: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class UrlRefused(PermanentError):
    """A URL that requests are not sent to; `code` says why in one word, the text in a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: what is left of a URL when nothing in it can be misread."""

    scheme: str
    # ASCII and lower case; an IPv6 address stands without brackets.
    host: str
    port: int
    path_and_query: str

    @property
    def address(self) -> Address | None:
        """Return the host if it is an address; None if it is a name."""
        is_name = ":" not in self.host and not _NUMERIC_END.fullmatch(self.host)
        return None if is_name else ip_address(self.host)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what has to be the same for two requests to share a connection."""
        return self.scheme, self.host, self.port

    @property
    def host_header(self) -> str:
        """Return the header Host (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, *, networks: Sequence[Network] = ()) -> Target:
    """Return where a URL leads. Raises UrlRefused for what can be seen to lead elsewhere (C6).

    What its name resolves to is another question, asked again for every connection. Names that
    mean something inside a network only are taken where `networks` opens one.
    """
    if len(url) > MAX_URL:
        raise UrlRefused("url_too_long", f"The URL is longer than {MAX_URL:,} characters.")
    if " " in url or "\\" in url or not url.isprintable():
        text = "The URL contains spaces, backslashes or control characters."
        raise UrlRefused("url_characters", text)
    parts = _URL.fullmatch(url)
    scheme = parts[1].lower() if parts else ""
    if not parts or scheme not in _DEFAULT_PORTS:
        raise UrlRefused("url_scheme", "The URL has to begin with https:// or http://.")
    if "#" in parts[3]:
        raise UrlRefused("url_fragment", "Leave out # and what follows: it is never sent.")
    if "@" in parts[2]:
        raise UrlRefused("url_userinfo", "Leave out the user name and password before the host.")
    authority = _AUTHORITY.fullmatch(parts[2])
    if not authority or not authority[1]:
        raise UrlRefused("url_host", "The URL has no host that can be read.")
    path = quote(parts[3], safe="%/?:@!$&'()*+,;=~[]|")
    return Target(
        scheme=scheme,
        host=_checked_host(authority[1], networks),
        port=_checked_port(authority[2], scheme),
        path_and_query=path if path.startswith("/") else f"/{path}",
    )


def _checked_port(text: str | None, scheme: str) -> int:
    if text is None:
        return _DEFAULT_PORTS[scheme]
    port = int(text) if _PORT.fullmatch(text) else 0
    if port not in _DEFAULT_PORTS.values() and not _LEAST_FREE_PORT <= port <= 65_535:
        sentence = "The port has to be 80, 443 or one from 1024 to 65535."
        raise UrlRefused("url_port", sentence)
    return port


def _checked_host(text: str, networks: Sequence[Network]) -> str:
    if text.startswith("["):
        return _checked_address(_ipv6(text[1:-1]), networks)
    name = text.lower() if text.isascii() else _ascii_name(text)
    if name.endswith("."):
        raise UrlRefused("url_host", "Leave out the dot at the end of the host.")
    if not _NAME.fullmatch(name):
        raise UrlRefused("url_host", f"“{text}” is not the name of a host.")
    if _NUMERIC_END.fullmatch(name):
        return _checked_address(_ipv4(name), networks)
    if _is_local(name, networks):
        raise UrlRefused("url_local_name", f"{name} is a name that only this network knows.")
    return name


def _checked_address(address: Address, networks: Sequence[Network]) -> str:
    if kind := forbidden_kind(address, networks=networks):
        sentence = f"{address} is {kind} that webhooks may not reach."
        raise UrlRefused("url_address", sentence)
    return str(address)


def _ipv6(text: str) -> IPv6Address:
    # A zone (%eth0) names a network interface of this machine.
    try:
        return IPv6Address(text if "%" not in text else "")
    except ValueError as error:
        raise UrlRefused("url_host", f"“[{text}]” is not an IPv6 address.") from error


def _ipv4(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as error:
        sentence = "Write the address as four decimal numbers, such as 8.8.8.8, or use a name."
        raise UrlRefused("url_host", sentence) from error


def _ascii_name(text: str) -> str:
    """Return an international name as it is looked up (UTS 46). Raises UrlRefused."""
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        sentence = f"“{text}” is not the name of a host. Try its ASCII form (xn--…)."
        raise UrlRefused("url_host", sentence) from error


def _is_local(name: str, networks: Sequence[Network]) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return not any(is_allowed(address, networks=networks) for address in _LOOPBACKS)
    return not networks and ("." not in name or name.endswith(_LOCAL_ENDS))


def is_allowed(address: Address, *, networks: Sequence[Network] = ()) -> bool:
    """Say whether requests may go to an address: a public one, or one of `networks`.

    An IPv4 address that is wrapped in an IPv6 one (mapped, NAT64, 6to4, …) is allowed only where
    `networks` lists the form and the address inside is allowed itself.
    """
    return forbidden_kind(address, networks=networks) is None


def forbidden_kind(address: Address, *, networks: Sequence[Network] = ()) -> str | None:
    """Return what an address is that requests may not go to ("a private address"), or None."""
    is_listed = any(
        network.version == address.version and address in network for network in networks
    )
    inner = _wrapped(address)
    if inner is None:
        return None if is_listed else _special_kind(address)
    if not is_listed:
        return "an IPv6 form of an IPv4 address"
    return forbidden_kind(inner, networks=networks)


def _special_kind(address: Address) -> str | None:
    """Return the name of the special range that an address belongs to; None for a public one."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _SPECIAL_4.items() if address in network), None)
    for network, kind in _SPECIAL_6.items():
        if address in network:
            return kind
    return None if address in _GLOBAL_6 else "a reserved address"


def _wrapped(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for, if it is of such a form."""
    # `::` and `::1` are addresses of their own, not of the IPv4-compatible form (RFC 4291, 2.5).
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return None
    if address in _TEREDO:
        return IPv4Address(~int(address) & 0xFFFF_FFFF)
    for form, bits_after in _WRAPPERS.items():
        if address in form:
            return IPv4Address(int(address) >> bits_after & 0xFFFF_FFFF)
    return None
