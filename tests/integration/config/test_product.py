"""`pricebook up`: one command starts everything, one signal ends everything (G1)."""

from __future__ import annotations

import re
import signal
import socket
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.integration.config.product import Product, run
from tests.integration.config.watch import eventually, nothing_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that has been migrated, and where nobody can sign in yet."""
    path = tmp_path_factory.mktemp("product") / "home"
    assert run(path, "migrate", "--verbosity", "0").returncode == 0
    return path


@pytest.fixture
def up(home: Path) -> Iterator[Callable[[], Product]]:
    """Return a function that starts the product."""
    products = []

    def start() -> Product:
        product = Product(home)
        products.append(product)
        return product

    yield start
    for product in products:
        product.process.kill()
        product.process.wait()
    assert eventually(lambda: nothing_runs(home))


def test_from_the_first_start_to_the_second(home: Path, up: Callable[[], Product]) -> None:
    """One walk, because every start takes seconds."""
    product = up()
    product.await_ready()
    assert product.health() == 200
    assert len(re.findall(r"Sign in as admin with the password \S{16,} ", product.output)) == 1

    # A second one in the same home is refused.
    second = up()
    assert second.process.wait(30) == 1
    assert second.output == (
        f"Pricebook already runs in {home}. Stop it first, or set PRICEBOOK_HOME to another.\n"
    )

    # A command uses the servers that run, and leaves them running.
    (before,) = product.find("postgres")
    done = run(home, "showmigrations", "accounts")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[X] 0001_initial" in done.stdout
    assert product.find("postgres") == [before]

    # SIGTERM ends everything within ten seconds.
    processes = product.tree()
    product.process.send_signal(signal.SIGTERM)
    assert product.process.wait(10) == 0
    assert [process for process in processes if process.is_running()] == []
    assert nothing_runs(home)

    # The password was shown once.
    again = up()
    again.await_ready()
    assert again.output.startswith("Sign in with your account. Forgotten?")


def test_a_part_that_dies_is_started_again(home: Path, up: Callable[[], Product]) -> None:
    product = up()
    product.await_ready()
    (web,) = product.find("gunicorn")
    workers = web.children()
    web.kill()
    assert eventually(lambda: "web ended by SIGKILL." in product.output)
    # They would go on holding the port.
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    assert eventually(lambda: product.health() == 200, 30)

    # SIGINT, the terminal's Ctrl-C, ends everything too.
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(10) == 0
    assert nothing_runs(home)


def test_a_signal_before_it_is_ready_ends_it(home: Path, up: Callable[[], Product]) -> None:
    product = up()
    assert eventually(lambda: product.find("pricebook.config.embedded.keeper"))
    product.process.send_signal(signal.SIGTERM)
    assert product.process.wait(10) == 0
    assert nothing_runs(home)


def test_when_it_is_killed_nothing_is_left(home: Path, up: Callable[[], Product]) -> None:
    product = up()
    product.await_ready()
    processes = product.tree()
    assert len(processes) > 10
    product.process.kill()
    product.process.wait()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
    assert nothing_runs(home)


def test_a_port_in_use_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run(tmp_path, "up", PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Another program listens at 127.0.0.1:{port}. "
        f"Stop it, or set another PORT, as {port + 1}.\n"
    )
    assert not (tmp_path / "postgres").exists()
