"""Uploads from the browser to a bucket: not one byte of a file passes through this product (A2)."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Product, free_port, running_product
from tests.browser.uploads import (
    PART_BYTES,
    Sent,
    body_bytes,
    choose,
    expect_completed,
    expect_percent,
    slow_line,
    state,
    unfinished,
    write_large_file,
)
from tests.servers.swift import REGION, SwiftServer

BUCKET = "files"
PARTS = 7
SLOW = 20_000_000
# All that our own API hears of an upload.
TALK_BYTES = 64_000


@pytest.fixture(scope="module")
def port() -> int:
    """Return the port at which the product will run: the bucket has to know it first."""
    return free_port()


@pytest.fixture(scope="module")
def swift(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    """Return a running object storage that pages of the product may talk to."""
    if sys.platform != "linux":
        pytest.skip("Swift runs on Linux only.")
    origin = f"http://127.0.0.1:{port}"
    with SwiftServer(tmp_path_factory.mktemp("swift"), allowed_origins=[origin]) as server:
        server.create_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def product(browser_program: str, port: int, swift: SwiftServer) -> Iterator[Product]:
    """Run a product of its own, whose files are in the bucket."""
    with running_product(
        port,
        S3_ENDPOINT_URL=swift.endpoint_url,
        S3_REGION=REGION,
        S3_BUCKET_NAME=BUCKET,
        S3_ACCESS_KEY_ID=swift.access_key,
        S3_SECRET_ACCESS_KEY=swift.secret_key,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bucket") / "supplier.csv"
    write_large_file(path, PARTS * PART_BYTES - PART_BYTES // 2)
    assert path.stat().st_size > 100_000_000
    return path


@pytest.fixture
def imports(page: Page) -> Page:
    """Return the import page of somebody who leaves without being asked."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/imports/")
    return page


def parts_in(swift: SwiftServer) -> list[int]:
    """Return the parts that the bucket has of its one unfinished upload."""
    client = swift.client()
    (upload,) = client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    found = client.list_parts(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    return [part["PartNumber"] for part in found["Parts"]]


def content_hash(swift: SwiftServer, key: str) -> str:
    body = swift.client().get_object(Bucket=BUCKET, Key=key)["Body"]
    return hashlib.sha256(body.read()).hexdigest()


def key_of(address: str) -> str:
    """Return the key of an address in the bucket."""
    return address.partition(f"/{BUCKET}/")[2].partition("?")[0]


def test_a_small_file_goes_to_the_bucket_in_one_piece(
    imports: Page, product: Product, swift: SwiftServer, tmp_path: Path
) -> None:
    small_file = tmp_path / "small.csv"
    small_file.write_text("sku,name\n" + "".join(f"S-{n},{'x' * 80}\n" for n in range(2000)))
    sent = Sent(imports)
    choose(imports, small_file)
    expect_completed(imports)
    (put,) = sent.puts()
    assert put.url.startswith(f"{swift.endpoint_url}/{BUCKET}/")
    assert body_bytes(put) == small_file.stat().st_size
    assert sent.bytes_to(product.address) < TALK_BYTES < small_file.stat().st_size


def test_a_large_file_survives_the_end_of_the_storage_and_of_the_page(
    imports: Page, product: Product, swift: SwiftServer, large_file: Path
) -> None:
    sent = Sent(imports)
    with slow_line(imports, SLOW):
        choose(imports, large_file)
        # As many bytes as four parts have, which go side by side at first.
        expect_percent(imports, "6[2-9]|[789].")
        swift.stop()
        expect(state(imports)).to_have_text("No connection to the storage")
    imports.reload()
    expect(unfinished(imports)).to_contain_text("supplier.csv: was not sent to its end.")
    swift.start()
    arrived = parts_in(swift)
    assert 0 < len(arrived) < PARTS
    # The last answers may have got lost with the storage.
    assert set(sent.part_numbers()) <= set(arrived)

    imports.reload()
    percent = 100 * len(arrived) * PART_BYTES // large_file.stat().st_size
    expect(unfinished(imports)).to_contain_text(f"supplier.csv: {percent} % is already there")
    rest = Sent(imports)
    with imports.expect_file_chooser() as chooser:
        unfinished(imports).get_by_role("button", name="Go on with supplier.csv").click()
    chooser.value.set_files(large_file)
    expect_completed(imports)
    assert rest.part_numbers() == sorted(set(range(1, PARTS + 1)) - set(arrived))

    keys = {key_of(put.url) for put in sent.puts()}
    assert [content_hash(swift, key) for key in keys] == [
        hashlib.sha256(large_file.read_bytes()).hexdigest()
    ]
    everything = sent.finished + sent.failed
    puts = [each for each in everything if each.method == "PUT"]
    assert all(put.url.startswith(f"{swift.endpoint_url}/{BUCKET}/") for put in puts)
    assert sent.bytes_to(product.address) < TALK_BYTES


def test_a_storage_that_is_back_is_used_without_a_reload(
    imports: Page, swift: SwiftServer, large_file: Path
) -> None:
    sent = Sent(imports)
    with slow_line(imports, SLOW):
        choose(imports, large_file)
        expect_percent(imports, "6[2-9]|[789].")
        swift.stop()
        expect(imports.locator("#upload-again")).to_have_text(
            re.compile(r"Trying again in \d+ s\.")
        )
    swift.start()
    expect_completed(imports)
    numbers = sent.part_numbers()
    assert len(numbers) == len(set(numbers)) <= PARTS
