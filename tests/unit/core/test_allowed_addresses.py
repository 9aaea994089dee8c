"""Requests go to public addresses, and to those that the operator opened (C6)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from pricebook.core.addresses import Network, forbidden_kind, is_allowed

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.114.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
    "3ffe:ffff::1",
]

FORBIDDEN = {
    "0.0.0.0": "an unspecified address",
    "0.1.2.3": "an unspecified address",
    "10.0.0.5": "a private address",
    "10.255.255.255": "a private address",
    "100.64.0.1": "a carrier's internal address",
    "100.100.100.200": "a carrier's internal address",
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "168.63.129.16": "a cloud's internal address",
    "169.254.0.1": "a link-local address",
    "169.254.169.254": "a link-local address",
    "172.16.0.1": "a private address",
    "172.31.255.255": "a private address",
    "192.0.0.8": "a reserved address",
    "192.0.0.170": "a reserved address",
    "192.0.2.1": "a documentation address",
    "192.88.99.1": "a relay's address",
    "192.168.1.1": "a private address",
    "198.18.0.1": "a benchmarking address",
    "198.19.255.255": "a benchmarking address",
    "198.51.100.7": "a documentation address",
    "203.0.113.7": "a documentation address",
    "224.0.0.1": "a multicast address",
    "239.255.255.250": "a multicast address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "::": "an unspecified address",
    "::1": "a loopback address",
    "100::1": "a reserved address",
    "2001:2::1": "a reserved address",
    "2001:10::1": "a reserved address",
    "2001:20::1": "a reserved address",
    "2001:db8::1": "a documentation address",
    "3fff:123::1": "a documentation address",
    "4000::1": "a reserved address",
    "5f00::1": "a reserved address",
    "fc00::1": "a private address",
    "fd00:ec2::254": "a private address",
    "fd20:ce::254": "a private address",
    "fe80::1": "a link-local address",
    "febf::1": "a link-local address",
    "fec0::1": "a private address",
    "ff02::1": "a multicast address",
}

# Each stands for 8.8.8.8, a public address, and then for 10.0.0.5.
WRAPPED = {
    "::808:808": "::a00:5",
    "::ffff:808:808": "::ffff:a00:5",
    "::ffff:0:808:808": "::ffff:0:a00:5",
    "64:ff9b::808:808": "64:ff9b::a00:5",
    "64:ff9b:1::808:808": "64:ff9b:1::a00:5",
    "2002:808:808::1": "2002:a00:5::1",
    "2001:0:1::f7f7:f7f7": "2001:0:1::f5ff:fffa",
}


def networks(*texts: str) -> list[Network]:
    return [ip_network(text) for text in texts]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed(text: str) -> None:
    assert is_allowed(ip_address(text))


@pytest.mark.parametrize(("text", "kind"), FORBIDDEN.items())
def test_a_special_one_is_not_and_has_a_name(text: str, kind: str) -> None:
    assert not is_allowed(ip_address(text))
    assert forbidden_kind(ip_address(text)) == kind


@pytest.mark.parametrize("text", FORBIDDEN)
def test_the_operator_opens_what_is_listed(text: str) -> None:
    assert is_allowed(ip_address(text), networks=networks("192.0.2.0/31", text))


def test_the_operator_opens_nothing_beside_it() -> None:
    opened = networks("10.1.0.0/16", "fd00::/64")
    assert is_allowed(ip_address("10.1.2.3"), networks=opened)
    assert not is_allowed(ip_address("10.2.0.1"), networks=opened)
    assert not is_allowed(ip_address("fd00:0:0:1::1"), networks=opened)


class TestIPv4InsideIPv6:
    @pytest.mark.parametrize("text", [*WRAPPED, *WRAPPED.values()])
    def test_it_is_refused_whatever_is_inside(self, text: str) -> None:
        assert forbidden_kind(ip_address(text)) == "an IPv6 form of an IPv4 address"

    @pytest.mark.parametrize("text", WRAPPED)
    def test_the_form_has_to_be_listed(self, text: str) -> None:
        assert is_allowed(ip_address(text), networks=networks(f"{text}/128"))
        assert not is_allowed(ip_address(text), networks=networks("8.8.8.8", "10.0.0.0/8"))

    @pytest.mark.parametrize("text", WRAPPED.values())
    def test_and_so_has_a_private_address_inside(self, text: str) -> None:
        form = f"{text}/128"
        assert forbidden_kind(ip_address(text), networks=networks(form)) == "a private address"
        assert is_allowed(ip_address(text), networks=networks(form, "10.0.0.0/8"))
