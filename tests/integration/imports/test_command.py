"""`import_products FILE`: the same pipeline, a summary or one JSON object, and an exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pricebook.imports.models import IMPORT, Import
from pricebook.imports.pipeline import run_import
from pricebook.jobs.models import Job
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import JobRun, register, run_job
from tests.factories import book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("import_products", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    file.write_text("sku,name,price\nA-1,Apple,1\na-1,Apple,2\nB-2,Banana,cheap\n")
    return file


def test_json_is_one_object_with_the_names_of_the_api(products: Path) -> None:
    answer: dict[str, Any] = json.loads(run(str(products), "--json"))
    assert answer.pop("seconds") > 0
    assert answer == {
        "id": str(Job.objects.get().id),
        "status": "completed",
        "total_rows": 3,
        "created_rows": 1,
        "updated_rows": 0,
        "unchanged_rows": 0,
        "duplicate_rows": 1,
        "skipped_rows": 0,
        "failed_rows": 1,
        "error": "",
    }
    assert set(book()) == {"a-1"}


def test_the_summary_says_what_became_of_the_rows_and_why(products: Path) -> None:
    summary = run(str(products))
    assert summary.startswith("products.csv: completed, ")
    assert "     total            3\n" in summary
    assert "  1 × price: " in summary


def decide(*words: str) -> str:
    out = io.StringIO()
    call_command("approve_import", *words, stdout=out)
    return out.getvalue()


def test_a_preview_says_what_it_would_do_and_ends_with_3(
    products: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("import_products", str(products), "--preview")
    assert end.value.code == 3
    import_id = Job.objects.get().id
    summary = capsys.readouterr().out
    assert "       new            1\n   changed            0\n" in summary
    assert f"Approve it: pricebook approve_import {import_id}\n" in summary
    assert book() == {}
    assert decide(str(import_id)) == "Approved: a worker goes on with it.\n"
    assert run_job(import_id)
    assert set(book()) == {"a-1"}
    with pytest.raises(CommandError, match="Only a job that needs review can be approved"):
        decide(str(import_id))


def test_a_preview_can_be_discarded(products: Path) -> None:
    with pytest.raises(SystemExit):
        run(str(products), "--preview")
    assert decide(str(Job.objects.get().id), "--discard") == "Discarded.\n"
    assert (book(), Job.objects.get().status) == ({}, "cancelled")


def test_a_decision_on_an_import_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="There is no import"):
        decide("00000000-0000-0000-0000-000000000000")


def test_a_failed_import_ends_with_1_and_its_sentence(tmp_path: Path) -> None:
    file = tmp_path / "colours.csv"
    file.write_text("colour\nred\n")
    with pytest.raises(SystemExit) as end:
        run(str(file))
    assert end.value.code == 1
    assert Job.objects.get().status == "failed"


def test_an_empty_file_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.touch()
    with pytest.raises(CommandError, match="The file is empty") as end:
        run(str(file))
    assert end.value.returncode == 1


def test_a_file_that_is_not_there_is_bad_usage() -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file") as end:
        run("nowhere.csv")
    assert end.value.returncode == 2
    assert not Import.objects.exists()


@pytest.fixture
def cancelled_at_once() -> Iterator[None]:
    """Let somebody be quicker than the command: cancel each import when it begins."""

    def cancel_and_import(run: JobRun) -> None:
        cancel_job(run.job.id)
        run_import(run)

    register(IMPORT, cancel_and_import)
    yield
    register(IMPORT, run_import)


def test_a_cancelled_import_ends_with_1(products: Path, cancelled_at_once: None) -> None:
    with pytest.raises(SystemExit) as end:
        run(str(products))
    assert end.value.code == 1
    assert Job.objects.get().status == "cancelled"
    assert book() == {}
