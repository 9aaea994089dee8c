"""`pricebook COMMAND`: any command of the product with the same set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.config.product import run
from tests.integration.config.watch import nothing_runs

if TYPE_CHECKING:
    from pathlib import Path


def test_a_command_starts_the_servers_for_its_own_duration(tmp_path: Path) -> None:
    done = run(tmp_path, "showmigrations", "accounts")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[ ] 0001_initial" in done.stdout
    assert (tmp_path / "postgres").is_dir()
    assert nothing_runs(tmp_path)


@pytest.mark.parametrize("words", [["--version"], ["check"], ["migrate", "--help"]], ids=" ".join)
def test_what_needs_no_servers_starts_none(tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "run").exists()


def test_help_names_the_command_that_starts_everything(tmp_path: Path) -> None:
    assert "pricebook up " in run(tmp_path, "--help").stdout
    assert not (tmp_path / "run").exists()


def test_an_unknown_command_starts_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "no_such_command")
    assert done.returncode == 1
    assert "Unknown command: 'no_such_command'" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_bad_variable_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "up", PORT="eighty")
    assert done.returncode == 1
    assert done.stderr == (
        "PORT is “eighty”. Set it to a whole number from 1 to 65535, for example PORT=8000.\n"
    )


def test_the_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("PORT=eighty\n")
    done = run(tmp_path, "up", PRICEBOOK_ENV_FILE=str(tmp_path / "env"))
    assert "PORT is “eighty”." in done.stderr
