"""Addresses of pages and pictures."""

import re

import pytest

from pricebook.feed.links import PLAIN_LINK, parse_link
from pricebook.feed.records import CellFault

INVALID = CellFault(
    "url_invalid",
    "This is no web address. Write one that begins with https:// or http:// and a host.",
)


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com",
        "http://localhost/img/15.jpg",
        "HTTPS://Example.com/A.jpg?v=1&w=2#top",
        "https://müller.example/größe",
        "https://example.com:8443/a",
        "https://user@example.com/a",
        "https://[2001:db8::1]/a",
        "https://cdn.example.com/w_200,h_100/a;b|c.jpg",
        "https://example.com?q=1",
        "https://example.com/" + "x" * 1980,
    ],
)
def test_an_absolute_address_is_kept_as_it_is(link: str) -> None:
    assert parse_link(link, "url") == link


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("https://a.example/1.jpg, https://a.example/2.jpg", "https://a.example/1.jpg"),
        ("https://a.example/1.jpg|http://a.example/2.jpg", "https://a.example/1.jpg"),
        ("https://a.example/1.jpg ;HTTPS://a.example/2.jpg", "https://a.example/1.jpg"),
        ("https://a.example/w_1,h_2/1.jpg,https://b.example", "https://a.example/w_1,h_2/1.jpg"),
    ],
)
def test_of_several_addresses_the_first_is_taken(text: str, first: str) -> None:
    assert parse_link(text, "image_url") == first


def test_spaces_and_line_breaks_are_treated_as_browsers_do() -> None:
    assert parse_link("https://a.example/my image\u00a0.jpg", "url") == (
        "https://a.example/my%20image%C2%A0.jpg"
    )
    assert parse_link("https://a.example/a\r\nb\tc", "url") == "https://a.example/abc"


@pytest.mark.parametrize(
    "text",
    ["www.example.com", "//example.com/a.jpg", "/m/h/mh01.jpg", "ftp://example.com/a",
     "javascript:alert(1)", "data:image/png;base64,AAAA", "https://", "https:///a", "https://?example",
     "http:example.com", "https://example shop/a", "https://a.example,b", "https://example\x00b/",
     "https://a.example/\x07", "see catalogue", "'https://a.example"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert parse_link(text, "url") == INVALID


def test_the_length_is_that_of_the_address_to_keep() -> None:
    assert parse_link("https://a.example/" + " " * 700 + "x", "image_url") == CellFault(
        "image_url_too_long", "This address has 2,119 characters; at most 2,000 are allowed."
    )


@pytest.mark.parametrize(
    "link",
    ["https://a.example/b-c_d.e/~f!$&'()*+:@=[]", "http://a-b.example", "https://192.0.2.4/"],
)
def test_the_plain_addresses_are_those_that_stay_as_they_are(link: str) -> None:
    assert re.fullmatch(PLAIN_LINK, link)
    assert parse_link(link, "url") == link
