"""What the tests of uploads share: a large file, its parts, and what a page sends where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import CDPSession, Locator, Page, Request, expect

PART_BYTES = 16 << 20
# Few rows, so that the import of so many bytes does not take long.
LINE_BYTES = 4_000


def write_large_file(path: Path, size: int) -> None:
    """Write a product file of at least so many bytes."""
    with path.open("w") as file:
        file.write("sku,name,description\n")
        for number in range(-(-size // LINE_BYTES)):
            start = f"BULK-{number},Thing {number},"
            file.write(start + "x" * (LINE_BYTES - len(start) - 1) + "\n")


def arrived_parts(page: Page) -> list[int]:
    """Return the parts that have arrived of the one upload that the browser keeps."""
    answer = page.request.get(f"/api/imports/uploads/{kept_id(page)}/").json()
    return [part["number"] for part in answer["parts"]]


def kept_id(page: Page) -> str:
    """Return the id of the one upload that the browser keeps."""
    (record,) = page.evaluate("async () => (await import('/static/web/upload/kept.js')).all()")
    return str(record["id"])


class Sent:
    """What a page sends, from now on."""

    def __init__(self, page: Page) -> None:
        self.finished: list[Request] = []
        self.failed: list[Request] = []
        page.on("requestfinished", self._note_finished)
        page.on("requestfailed", self._note_failed)

    def _note_finished(self, request: Request) -> None:
        self.finished.append(request)

    def _note_failed(self, request: Request) -> None:
        self.failed.append(request)

    def puts(self) -> list[Request]:
        """Return the PUTs that were answered well."""
        return [each for each in self.finished if each.method == "PUT" and _is_well(each)]

    def part_numbers(self) -> list[int]:
        """Return the parts that arrived, by number."""
        return sorted(part_number(each) for each in self.puts())

    def is_only_rest_of(self, arrived: list[int]) -> bool:
        """Say whether parts were sent, and none of those that had arrived before."""
        return bool(self.puts()) and not set(self.part_numbers()) & set(arrived)

    def bytes_to(self, origin: str) -> int:
        """Return how many bytes went into the bodies of answered requests to an origin."""
        return sum(body_bytes(each) for each in self.finished if each.url.startswith(origin))


def _is_well(request: Request) -> bool:
    response = request.response()
    return response is not None and response.ok


def body_bytes(request: Request) -> int:
    return int(request.all_headers().get("content-length", "0"))


def part_number(request: Request) -> int:
    """Return the part that an address is for; a bucket and a folder name it differently."""
    query = parse_qs(urlsplit(request.url).query)
    return int((query.get("partNumber") or query["number"])[0])


def state(page: Page) -> Locator:
    return page.locator("#upload-state")


def unfinished(page: Page) -> Locator:
    return page.get_by_role("list", name="Unfinished uploads")


def choose(page: Page, path: Path) -> None:
    page.locator("#file").set_input_files(path)


def expect_percent(page: Page, pattern: str) -> None:
    """Return when so many percent are there or on their way."""
    expect(page.locator("#upload-figures")).to_have_text(re.compile(rf"^(?:{pattern}) %"))


def expect_completed(page: Page) -> None:
    expect(page.locator("#import .job-line .status")).to_have_text("Completed")


@dataclass(frozen=True)
class Line:
    """The connection of a page, as the browser's own tools can make it."""

    session: CDPSession

    def limit(self, bytes_per_second: int) -> None:
        """Let uploads crawl; -1 lets them go as fast as they can."""
        self._be(uploadThroughput=bytes_per_second)

    def cut(self) -> None:
        """Break what is under way and let nothing through, as a cable that is pulled out."""
        self._be(offline=True)

    def _be(self, **conditions: bool | int) -> None:
        usual = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.session.send("Network.emulateNetworkConditions", usual | conditions)


@contextmanager
def slow_line(page: Page, bytes_per_second: int) -> Iterator[Line]:
    """Let uploads of the page crawl."""
    line = Line(page.context.new_cdp_session(page))
    line.limit(bytes_per_second)
    yield line
    line.limit(-1)
