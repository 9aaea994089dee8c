"""The real product, started as people start it, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

PASSWORD = "drop, watch, look"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_WORDS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90
STOP_SECONDS = 20

# The machine may be busy with the other tests.
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Product:
    """A running Pricebook."""

    address: str
    process: subprocess.Popen[bytes]

    @contextmanager
    def paused_workers(self) -> Iterator[None]:
        """Stop the background workers where they are, and let them go on afterwards."""
        workers = self._workers()
        for worker in workers:
            worker.suspend()
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    def _workers(self) -> list[psutil.Process]:
        family = psutil.Process(self.process.pid).children(recursive=True)
        found = [each for each in family if {"celery", "worker"} <= set(words_of(each))]
        assert found, "no background worker is running"
        return found


def words_of(process: psutil.Process) -> list[str]:
    """Return the command line of a process; none of one that has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@pytest.fixture(scope="package")
def browser_program() -> str:
    """Return the path of chromium; without it the tests are skipped, but never in CI."""
    if Path(CHROMIUM).exists():
        return CHROMIUM
    missing = "Browser tests need chromium at /usr/bin/chromium: apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="package")
def product(browser_program: str) -> Iterator[Product]:
    """Run the whole product until the last browser test ended."""
    with running_product(free_port()) as running:
        yield running


@contextmanager
def running_product(port: int, **more: str) -> Iterator[Product]:
    """Run the whole product on a home of its own, with more variables where they are given."""
    home = Path(tempfile.mkdtemp(prefix="pricebook-browser-"))
    process = subprocess.Popen(
        [sys.executable, "-m", "pricebook.config.cli", "up"], env=environment(home, port) | more
    )
    running = Product(f"http://127.0.0.1:{port}", process)
    try:
        await_answer(running)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
        shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the environment of a product that runs its own servers."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return kept | {
        "PRICEBOOK_HOME": str(home),
        "PORT": str(port),
        "PRICEBOOK_ADMIN_PASSWORD": PASSWORD,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def await_answer(product: Product) -> None:
    """Return when the health check answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert product.process.poll() is None, "Pricebook did not start; its output says why"
        try:
            urlopen(f"{product.address}/healthz", timeout=2).close()
        except OSError:
            threading.Event().wait(0.1)
        else:
            return
    pytest.fail(f"Pricebook did not answer within {START_SECONDS} s")


@pytest.fixture(scope="package")
def chromium(browser_program: str) -> Iterator[Browser]:
    """Return a browser. Its end also ends the event loop that playwright leaves running."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program, args=CHROMIUM_WORDS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, product: Product) -> Iterator[Page]:
    """Return the page of someone who is not signed in; it must never report an error."""
    context = chromium.new_context(base_url=product.address, locale="en-GB")
    page = context.new_page()
    mistakes: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # An answer that a test provokes on purpose is a line of the network, not of ours.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            mistakes.append(message.text)

    # From here on the browser hands choosers over; asked for at the moment of the key press, it
    # sometimes has opened its own dialog already.
    page.on("filechooser", lambda _: None)
    page.on("console", note)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    yield page
    context.close()
    assert mistakes == []


@pytest.fixture
def page(visitor: Page) -> Page:
    """Return the page of the administrator."""
    visitor.goto("/")
    sign_in(visitor)
    expect(visitor.get_by_role("heading", name="Home")).to_be_visible()
    return visitor


@pytest.fixture
def some_products(page: Page) -> None:
    """Put sixty products into the book, every tenth of them inactive; again changes nothing."""
    rows = (f"LIST-{number:03},Thing,{number % 10 != 5}" for number in range(60))
    content = "\n".join(["sku,name,active", *rows, ""]).encode()
    page.goto("/imports/")
    page.locator("#file").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(page.locator("#import .job-line .status")).to_have_text("Completed")


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def shown_counts(page: Page) -> dict[str, int]:
    """Return the counts of an import's page, by the words that people read."""
    text = page.locator(".counts").inner_text()
    return {
        name: int(number.replace(",", "")) for name, number in re.findall(r"(\w+)\s+([\d,]+)", text)
    }
