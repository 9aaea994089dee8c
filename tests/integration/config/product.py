"""`pricebook` as a real process, in a home and an environment of its own."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.integration.config.watch import eventually

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return what a person's shell would have, and no server of this test run."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PRICEBOOK_HOME": str(home), "PRICEBOOK_ENV_FILE": os.devnull, **variables}


def run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the product to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pricebook.config.cli", *words],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass
class Product:
    """`pricebook up` of a home; its output is collected in a file beside it."""

    home: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._output = self.home.with_name(f"{self.home.name}-{self.port}.out")
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pricebook.config.cli", "up"],
                env=environment(self.home, PORT=str(self.port)),
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        """Return what it has printed so far."""
        return self._output.read_text()

    def await_ready(self) -> None:
        """Return when it has said that it is ready and every process of it runs."""
        ready = f"Pricebook is ready: http://127.0.0.1:{self.port}/\n"
        assert eventually(lambda: ready in self.output, 60), self.output
        assert eventually(lambda: self.find("celery") and len(self.find("beat")) == 1), self.output

    def tree(self) -> list[psutil.Process]:
        """Return every process below this one."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def find(self, word: str) -> list[psutil.Process]:
        """Return the processes directly below this one whose command has the word."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if word in child.cmdline()]

    def health(self) -> int:
        """Return the status of GET /healthz, 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()
