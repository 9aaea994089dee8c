"""The gate as a process: killed in the middle of a file, and sent one larger than its memory."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import urllib3
from pytest_django import Settings

from pricebook.config.processes import last_lines, spawn
from pricebook.files.contract import Content
from pricebook.files.keys import new_key
from tests.integration.config.watch import eventually
from tests.integration.storage.stores import HOUR, MIB, LocalStore, put
from tests.integration.storage.wire import wire

ROOT = Path(__file__).resolve().parents[3]
MODULE = "tests.integration.storage.gate_process"
LARGE = 200 * MIB


@contextmanager
def gate_in_a_process(
    folder: Path, secret: str, log: Path
) -> Iterator[tuple[LocalStore, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        process = spawn(
            (sys.executable, "-m", MODULE, str(folder), secret, str(descriptor)),
            log,
            descriptors=[descriptor],
            cwd=ROOT,
        )
        store = LocalStore(folder, f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            # The socket listens already: the first answer comes when the process is ready.
            assert urllib3.request("GET", store.base).status == 404, last_lines(log)
            yield store, process
        finally:
            process.kill()
            process.wait()


def test_a_gate_that_is_killed_leaves_no_file(settings: Settings, tmp_path: Path) -> None:
    folder, secret, log = tmp_path / "files", settings.SECRET_KEY, tmp_path / "log"
    key = new_key()
    content = Content(8 * MIB, "text/csv")
    with gate_in_a_process(folder, secret, log) as (store, process):
        address = store.storage.sign_put(key, content, HOUR)
        headers = {**address.headers, "Content-Length": str(content.size)}
        with wire(store.base) as sender:
            sender.put(address.url, headers, b"x" * 6 * MIB)
            incoming = folder / "incoming"
            assert eventually(lambda: sum(each.stat().st_size for each in incoming.glob("*")))
            process.kill()
            process.wait()
    assert store.storage.size(key) is None
    with pytest.raises(FileNotFoundError):
        store.storage.open(key)
    # The draft is there, under no key, until it is swept.
    assert len(store.contents()) == 1
    now = datetime.now(UTC)
    assert store.storage.forget_unfinished(now - HOUR) == 0
    assert store.storage.forget_unfinished(now + HOUR) == 1
    assert store.contents() == []
    with gate_in_a_process(folder, secret, log) as (store, _), wire(store.base) as sender:
        sender.put(address.url, headers, b"x" * content.size)
        assert sender.status() == 200


def test_memory_does_not_grow_with_the_file(settings: Settings, tmp_path: Path) -> None:
    with gate_in_a_process(tmp_path / "files", settings.SECRET_KEY, tmp_path / "log") as (
        store,
        process,
    ):
        assert put(store, new_key(), b"x" * 3 * MIB) == 200
        before = _peak(process.pid)
        key = new_key()
        address = store.storage.sign_put(key, Content(LARGE, "text/csv"), HOUR)
        headers = {**address.headers, "Content-Length": str(LARGE)}
        block = b"x" * MIB
        body = (block for _ in range(LARGE // MIB))
        answer = urllib3.request("PUT", store.base + address.url, body=body, headers=headers)
        assert answer.status == 200
        assert store.storage.size(key) == LARGE
        assert _peak(process.pid) - before < 30 * MIB


def _peak(pid: int) -> int:
    """Return the most memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
