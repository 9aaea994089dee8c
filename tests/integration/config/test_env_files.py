"""The files that configuration reads and writes: `.env` and the secret key."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

from pricebook.config.env import load_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_env_file_in_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nPORT=8123\nALLOWED_HOSTS='a.example,b.example'\n")
    environ: dict[str, str] = {}
    environment = load_environment(tmp_path, environ)
    assert environment.port == 8123
    assert environment.allowed_hosts == ("a.example", "b.example")
    assert environ["PORT"] == "8123"


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8123\n")
    assert load_environment(tmp_path, {"PORT": "9000"}).port == 9000


def test_another_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8123\n")
    (tmp_path / "other").write_text("PORT=8124\n")
    environ = {"PRICEBOOK_ENV_FILE": str(tmp_path / "other")}
    assert load_environment(tmp_path, environ).port == 8124


def test_a_relative_home_in_the_file_is_relative_to_the_root(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRICEBOOK_HOME=data\n")
    environ: dict[str, str] = {}
    assert load_environment(tmp_path, environ).home == tmp_path / "data"
    # A child in another folder comes to the same home.
    assert load_environment(tmp_path, environ).home == tmp_path / "data"


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = load_environment(tmp_path, {}).secret_key
    assert load_environment(tmp_path, {}).secret_key == first
    assert len(first) >= 50
    file = tmp_path / "var" / "secret_key"
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_given_secret_key_makes_no_file(tmp_path: Path) -> None:
    assert load_environment(tmp_path, {"SECRET_KEY": "given"}).secret_key == "given"
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_at_once_get_one_secret_key(tmp_path: Path) -> None:
    program = "from pricebook.config.env import load_environment as e; print(e().secret_key)"
    environ = {**os.environ, "PRICEBOOK_HOME": str(tmp_path / "home"), "SECRET_KEY": ""}
    children = [
        subprocess.Popen([sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    keys = {child.communicate(timeout=30)[0] for child in children}
    assert len(keys) == 1
