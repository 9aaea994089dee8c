"""`./run`: brings the virtual environment up to date when it must, then becomes `pricebook`.

A stand-in for uv makes these tests independent of the network.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UV = """#!/bin/sh
echo "$*" >>"{calls}"
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
printf '#!/bin/sh\\necho "$PWD|$*"\\n' >"$UV_PROJECT_ENVIRONMENT/bin/pricebook"
chmod +x "$UV_PROJECT_ENVIRONMENT/bin/pricebook"
exit {code}
"""


class Checkout:
    """A folder with the scripts, and a stand-in for uv that records its calls."""

    def __init__(self, root: Path, tools: Path) -> None:
        self.root = root
        self.tools = tools
        self.tools.mkdir()
        self.install_uv(code=0)
        (root / "bin").mkdir(parents=True)
        shutil.copy(ROOT / "run", root / "run")
        shutil.copy(ROOT / "bin" / "bootstrap.sh", root / "bin" / "bootstrap.sh")
        (root / "uv.lock").write_text("version = 1\n")
        (root / "pyproject.toml").write_text("[project]\n")

    def install_uv(self, code: int) -> None:
        script = UV.format(calls=self.tools / "calls", code=code)
        (self.tools / "uv").write_text(script)
        (self.tools / "uv").chmod(0o755)

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / "run", *words],
            env={"PATH": f"{self.tools}:/usr/bin:/bin"},
            cwd=cwd or self.root,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        calls = self.tools / "calls"
        return calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / 'a folder\'s "name"', tmp_path / "tools")


def test_without_words_it_starts_the_product(checkout: Checkout) -> None:
    done = checkout.run()
    assert (done.returncode, done.stdout) == (0, f"{checkout.root}|up\n")


def test_words_reach_the_product_and_the_folder_stays_the_caller_s(
    checkout: Checkout, tmp_path: Path
) -> None:
    done = checkout.run("import_products", "my file.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}|import_products my file.csv\n")


def test_the_locked_versions_are_installed_once(checkout: Checkout) -> None:
    checkout.run()
    checkout.run()
    (call,) = checkout.calls
    assert call == f"sync --project {checkout.root} --locked --quiet --compile-bytecode"


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_a_change_is_installed(checkout: Checkout, name: str) -> None:
    checkout.run()
    (checkout.root / name).write_text("changed\n")
    checkout.run()
    assert len(checkout.calls) == 2


def test_a_moved_folder_gets_a_new_environment(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / ".venv" / "names its old place").touch()
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.run().stdout == f"{checkout.root}|up\n"
    assert len(checkout.calls) == 2
    assert not (checkout.root / ".venv" / "names its old place").exists()


def test_a_failed_installation_is_said_and_tried_again(checkout: Checkout) -> None:
    checkout.install_uv(code=2)
    done = checkout.run()
    assert done.returncode == 1
    assert done.stderr.endswith(
        "The installation failed; the lines above say why. ./run tries again.\n"
    )
    checkout.install_uv(code=0)
    assert checkout.run().returncode == 0
    assert len(checkout.calls) == 2
