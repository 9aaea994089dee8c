"""Sending files straight to storage, as tests do it."""

from __future__ import annotations

import base64
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings as present

from pricebook.files.local import LocalStorage
from pricebook.files.tickets import PREFIX, check_ticket

if TYPE_CHECKING:
    from django.test import Client


CONTENT = b"sku,name,price\nA-1,Apple,1.20\n"


CREATE, START = "/api/imports/create-upload/", "/api/imports/start/"


PART = 10


JSON = "application/json"


SOME = "AAAAAA=="


def crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4)).decode()


def opened(client: Client, size: int = len(CONTENT), **more: str) -> dict[str, Any]:
    body = {"filename": "products.csv", "size": size, **more}
    response = client.post(CREATE, body, content_type=JSON)
    assert response.status_code == HTTPStatus.CREATED, response.content
    created: dict[str, Any] = response.json()
    assert response["Location"] == f"http://testserver/api/imports/uploads/{created['id']}/"
    return created


def send(url: str, content: bytes) -> None:
    """Bring bytes to a signed address of the local storage, as its gate does."""
    address = urlsplit(url)
    ticket = check_ticket(address.path.removeprefix(PREFIX), address.query)
    assert ticket.content.size == len(content)
    with LocalStorage(present.FILES_ROOT).receive(ticket) as stream:
        stream.write(content)


def part(number: int) -> bytes:
    return CONTENT[(number - 1) * PART : number * PART]


def addresses(client: Client, upload: dict[str, Any], *numbers: int) -> list[dict[str, Any]]:
    response = client.post(
        f"/api/imports/uploads/{upload['id']}/parts/",
        {"parts": [{"number": number, "crc32": crc32(part(number))} for number in numbers]},
        content_type=JSON,
    )
    assert response.status_code == HTTPStatus.OK, response.content
    parts: list[dict[str, Any]] = response.json()["parts"]
    return parts


def send_parts(client: Client, upload: dict[str, Any], *numbers: int) -> None:
    for address in addresses(client, upload, *numbers):
        send(address["url"], part(address["number"]))


def start(client: Client, upload: dict[str, Any]) -> Any:
    return client.post(START, {"key": upload["key"]}, content_type=JSON)
