"""A URL is refused when one can see that it leads elsewhere than to a public receiver (C6)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from pricebook.core.addresses import MAX_URL, Target, UrlRefused, check_url

ACCEPTED = {
    "https://hooks.example.com": ("https", "hooks.example.com", 443, "/"),
    "http://hooks.example.com/": ("http", "hooks.example.com", 80, "/"),
    "HTTPS://Hooks.Example.COM/A?b=C": ("https", "hooks.example.com", 443, "/A?b=C"),
    "https://example.com:8443/in": ("https", "example.com", 8443, "/in"),
    "https://example.com:443/in": ("https", "example.com", 443, "/in"),
    "http://example.com:443/in": ("http", "example.com", 443, "/in"),
    "https://example.com:1024": ("https", "example.com", 1024, "/"),
    "https://example.com:65535": ("https", "example.com", 65535, "/"),
    "https://example.com?token=a@b:c": ("https", "example.com", 443, "/?token=a@b:c"),
    "https://example.com/a%20b/ü?q=€": (
        "https",
        "example.com",
        443,
        "/a%20b/%C3%BC?q=%E2%82%AC",
    ),
    'https://example.com/"<>^`{}': ("https", "example.com", 443, "/%22%3C%3E%5E%60%7B%7D"),
    "https://my_hooks.example.com/": ("https", "my_hooks.example.com", 443, "/"),
    "https://xn--bcher-kva.example/": ("https", "xn--bcher-kva.example", 443, "/"),
    "https://Bücher.example/": ("https", "xn--bcher-kva.example", 443, "/"),
    # Two domains since IDNA 2008, and not the same owner's.
    "https://faß.example/": ("https", "xn--fa-hia.example", 443, "/"),
    "https://ｅｘａｍｐｌｅ。com/": ("https", "example.com", 443, "/"),
    "https://8.8.8.8/": ("https", "8.8.8.8", 443, "/"),
    "http://[2606:4700:4700:0:0::1111]:8080/": ("http", "2606:4700:4700::1111", 8080, "/"),
    "https://1e100.net/": ("https", "1e100.net", 443, "/"),
    "https://127.0.0.1.example.com/": ("https", "127.0.0.1.example.com", 443, "/"),
}

REFUSED = {
    # Schemes.
    "": "url_scheme",
    "example.com": "url_scheme",
    "//example.com/": "url_scheme",
    "/etc/passwd": "url_scheme",
    "file:///etc/passwd": "url_scheme",
    "ftp://example.com/": "url_scheme",
    "gopher://example.com:6379/_FLUSHALL": "url_scheme",
    "javascript:alert(1)": "url_scheme",
    "https:example.com": "url_scheme",
    "https:/example.com": "url_scheme",
    # What other parsers skip, cut off or turn round.
    "https://example.com/\r\nX-Evil: 1": "url_characters",
    "https://exa\tmple.com/": "url_characters",
    "https://example.com/\0": "url_characters",
    "https://example.com/\x7f": "url_characters",
    " https://example.com/": "url_characters",
    "https://example.com/a b": "url_characters",
    "https://example.com\\@127.0.0.1/": "url_characters",
    "https:\\\\example.com": "url_characters",
    "https://example.com/\u202e": "url_characters",
    "https://example.com/\u2028": "url_characters",
    "https://example.com/\ud800": "url_characters",
    "https://user@example.com/": "url_userinfo",
    "https://user:password@example.com/": "url_userinfo",
    "https://example.com@127.0.0.1/": "url_userinfo",
    "https://@example.com/": "url_userinfo",
    "https://example.com/#fragment": "url_fragment",
    "https://example.com#@127.0.0.1/": "url_fragment",
    # Ports.
    "https://example.com:22/": "url_port",
    "https://example.com:0/": "url_port",
    "https://example.com:25/": "url_port",
    "https://example.com:1023/": "url_port",
    "https://example.com:65536/": "url_port",
    "https://example.com:/": "url_port",
    "https://example.com:-443/": "url_port",
    "https://example.com:+443/": "url_port",
    "https://example.com:4_43/": "url_port",
    "https://example.com:４４３/": "url_port",
    "https://example.com:000000443/": "url_port",
    "https://example.com:443:80/": "url_port",
    # Hosts that are none.
    "https://": "url_host",
    "https:///path": "url_host",
    "https://?query": "url_host",
    "https://:443/": "url_host",
    "https://example..com/": "url_host",
    "https://.example.com/": "url_host",
    "https://.": "url_host",
    "https://example.com./": "url_host",
    "https://127.0.0.1./": "url_host",
    "https://localhost./": "url_host",
    "https://exam%70le.com/": "url_host",
    "https://exam,ple.com/": "url_host",
    "https://exam;ple.com/": "url_host",
    f"https://{'a' * 64}.com/": "url_host",
    f"https://{'a.' * 127}com/": "url_host",
    "https://♥.example/": "url_host",
    "https://[::1/": "url_host",
    "https://::1/": "url_host",
    "https://[]/": "url_host",
    "https://[::1]a/": "url_host",
    "https://[fe80::1%25eth0]/": "url_host",
    "https://[fe80::1%eth0]/": "url_host",
    "https://[127.0.0.1]/": "url_host",
    # Names that only this network knows.
    "http://localhost/": "url_local_name",
    "http://LOCALHOST:8000/": "url_local_name",
    "http://ｌｏｃａｌｈｏｓｔ/": "url_local_name",
    "http://hooks.localhost/": "url_local_name",
    "http://redis:6379/": "url_local_name",
    "http://printer.local/": "url_local_name",
    "http://metadata.google.internal/": "url_local_name",
    "http://nas.home.arpa/": "url_local_name",
    # IPv4, in all spellings that inet_aton(3) takes: public ones are refused as well.
    "http://127.0.0.1/": "url_address",
    "http://10.0.0.5/": "url_address",
    "http://169.254.169.254/latest/meta-data/": "url_address",
    "http://168.63.129.16/": "url_address",
    "http://100.64.0.1/": "url_address",
    "http://0.0.0.0/": "url_address",
    "http://１２７.０.０.１/": "url_address",
    "http://127。0。0。1/": "url_address",
    "http://2130706433/": "url_host",
    "http://134744072/": "url_host",
    "http://0x7f000001/": "url_host",
    "http://0x7F.0.0.0x1/": "url_host",
    "http://017700000001/": "url_host",
    "http://0177.0.0.1/": "url_host",
    "http://127.0.0.01/": "url_host",
    "http://127.1/": "url_host",
    "http://127.0.1/": "url_host",
    "http://0/": "url_host",
    "http://0x/": "url_host",
    "http://127.0.0.1.2/": "url_host",
    "http://256.256.256.256/": "url_host",
    "http://example.0x7f/": "url_host",
    # IPv6.
    "http://[::1]/": "url_address",
    "http://[::]/": "url_address",
    "http://[0:0:0:0:0:0:0:1]/": "url_address",
    "http://[::127.0.0.1]/": "url_address",
    "http://[::ffff:127.0.0.1]/": "url_address",
    "http://[::ffff:7f00:1]/": "url_address",
    "http://[::ffff:0:127.0.0.1]/": "url_address",
    "http://[::ffff:8.8.8.8]/": "url_address",
    "http://[64:ff9b::10.0.0.5]/": "url_address",
    "http://[64:ff9b:1::10.0.0.5]/": "url_address",
    "http://[2002:7f00:1::]/": "url_address",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/": "url_address",
    "http://[fd00:ec2::254]/": "url_address",
    "http://[fe80::1]/": "url_address",
    "http://[fec0::1]/": "url_address",
    "http://[ff02::1]/": "url_address",
    "http://[2001:db8::1]/": "url_address",
}


@pytest.mark.parametrize(("url", "expected"), ACCEPTED.items())
def test_a_public_receiver_is_accepted(url: str, expected: tuple[str, str, int, str]) -> None:
    assert check_url(url) == Target(*expected)


@pytest.mark.parametrize(("url", "code"), REFUSED.items())
def test_everything_else_is_refused(url: str, code: str) -> None:
    with pytest.raises(UrlRefused) as refusal:
        check_url(url)
    assert refusal.value.code == code


def test_the_sentences_tell_people_what_to_do() -> None:
    def sentence(url: str) -> str:
        with pytest.raises(UrlRefused) as refusal:
            check_url(url)
        return str(refusal.value)

    assert sentence("ftp://a.example") == "The URL has to begin with https:// or http://."
    assert sentence("http://10.0.0.5/") == (
        "10.0.0.5 is a private address that webhooks may not reach."
    )
    assert sentence("http://nas.local/") == "nas.local is a name that only this network knows."


def test_a_url_has_a_greatest_length() -> None:
    longest = "https://example.com/".ljust(MAX_URL, "a")
    assert check_url(longest).host == "example.com"
    with pytest.raises(UrlRefused) as refusal:
        check_url(longest + "a")
    assert refusal.value.code == "url_too_long"


class TestWhereTheOperatorOpenedNetworks:
    def test_their_addresses_are_accepted(self) -> None:
        opened = [ip_network("10.1.0.0/16")]
        assert check_url("http://10.1.2.3:8080/", networks=opened).host == "10.1.2.3"
        with pytest.raises(UrlRefused):
            check_url("http://10.2.0.1:8080/", networks=opened)

    def test_so_are_the_names_of_that_network(self) -> None:
        opened = [ip_network("10.1.0.0/16")]
        assert check_url("http://receiver:8080/", networks=opened).host == "receiver"
        assert check_url("http://a.internal/", networks=opened).host == "a.internal"

    @pytest.mark.parametrize("loopback", ["127.0.0.0/8", "::1/128"])
    def test_localhost_is_accepted_with_its_address_only(self, loopback: str) -> None:
        assert check_url("http://localhost:9000/", networks=[ip_network(loopback)]).port == 9000
        with pytest.raises(UrlRefused):
            check_url("http://localhost:9000/", networks=[ip_network("10.0.0.0/8")])

    def test_ports_and_spellings_stay_refused(self) -> None:
        for url in ("http://127.0.0.1:22/", "http://127.1/", "http://localhost./"):
            with pytest.raises(UrlRefused):
                check_url(url, networks=[ip_network("127.0.0.0/8")])


def test_a_target_knows_what_the_request_says() -> None:
    assert check_url("https://example.com/").host_header == "example.com"
    assert check_url("http://example.com:443/").host_header == "example.com:443"
    assert check_url("https://[2606:4700::1111]:8443/").host_header == "[2606:4700::1111]:8443"
    assert check_url("https://[2606:4700::1111]/").address == ip_address("2606:4700::1111")
    assert check_url("https://8.8.8.8/").address == ip_address("8.8.8.8")
    assert check_url("https://8.8.8.example/").address is None
