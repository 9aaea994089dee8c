"""`import_products`, `undo_import`: a summary or one JSON object, and an exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pricebook.catalogue.models import Product
from pricebook.feed.choices import Choices
from pricebook.imports.announce import announce_import
from pricebook.imports.mappings import save_mapping
from pricebook.imports.models import IMPORT, Import
from pricebook.imports.pipeline import run_import
from pricebook.jobs.kinds import register
from pricebook.jobs.models import Job
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import JobRun, run_job
from tests.factories import a_product, an_import, book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]


def run(*words: str, command: str = "import_products") -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def refused(*words: str, command: str = "import_products", code: int = 2) -> str:
    """Check that the command ends with the code, and return its sentence."""
    with pytest.raises(CommandError) as end:
        run(*words, command=command)
    assert end.value.returncode == code
    return str(end.value)


def lines_of(summary: str) -> list[str]:
    """Return the summary without its first line, which has the time in it."""
    return summary.splitlines()[1:]


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
        "deactivated_products": 0,
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

    register(IMPORT, cancel_and_import, announce=announce_import)
    yield
    register(IMPORT, run_import, announce=announce_import)


def test_a_cancelled_import_ends_with_1(products: Path, cancelled_at_once: None) -> None:
    with pytest.raises(SystemExit) as end:
        run(str(products))
    assert end.value.code == 1
    assert Job.objects.get().status == "cancelled"
    assert book() == {}


class TestOptions:
    @pytest.fixture(autouse=True)
    def one_in_the_book(self) -> None:
        a_product("a-1", name="Old")

    @pytest.mark.parametrize(
        ("mode", "names", "skipped"),
        [
            ("upsert", {"a-1": "Apple", "B-2": "Pear"}, 0),
            ("create", {"a-1": "Old", "B-2": "Pear"}, 1),
            ("update", {"a-1": "Apple"}, 1),
        ],
    )
    def test_the_mode_says_which_rows_are_let_through(
        self, tmp_path: Path, mode: str, names: dict[str, str], skipped: int
    ) -> None:
        file = tmp_path / "products.csv"
        file.write_text("sku,name\na-1,Apple\nB-2,Pear\n")
        summary = run(str(file), "--mode", mode)
        assert f"   skipped {skipped:>12}\n" in summary
        assert {sku: row[0] for sku, row in book().items()} == names

    def test_a_preview_counts_what_the_mode_skips(
        self, products: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as end:
            call_command("import_products", str(products), "--preview", "--mode", "update")
        assert end.value.code == 3
        assert "       new            0\n   changed            1\n" in capsys.readouterr().out
        assert book()["a-1"][0] == "Old"

    def test_what_is_missing_from_the_file_of_a_source_is_switched_off(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "north.csv"
        file.write_text("sku,name\nN-1,x\nN-2,x\nN-3,x\n")
        run(str(file), "--source", "North")
        file.write_text("sku,name\nN-2,x\n")
        summary = run(str(file), "--source", "north", "--deactivate-missing")
        assert lines_of(summary) == [
            "     total            1",
            "   created            0",
            "   updated            0",
            " unchanged            1",
            " duplicate            0",
            "   skipped            0",
            "    failed            0",
            "  2 × switched off: no longer in the file of North",
        ]
        file.write_text("sku,name\nN-1,x\n")
        answer = json.loads(run(str(file), "--source", "North", "--deactivate-missing", "--json"))
        counted = {name: answer[name] for name in ("total_rows", "updated_rows", "unchanged_rows")}
        assert counted == {"total_rows": 1, "updated_rows": 0, "unchanged_rows": 1}
        assert answer["deactivated_products"] == 1
        active = Product.objects.filter(active=True).values_list("sku", flat=True)
        assert set(active) == {"a-1"}

    def test_a_preview_says_what_would_be_switched_off(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "north.csv"
        file.write_text("sku,name\nN-1,x\nN-2,x\n")
        run(str(file), "--source", "North")
        file.write_text("sku,name\nN-2,x\n")
        words = ("--source", "North", "--deactivate-missing", "--preview")
        with pytest.raises(SystemExit) as end:
            call_command("import_products", str(file), *words)
        assert end.value.code == 3
        said = "  1 × would be switched off: no longer in the file of North\n"
        assert said in capsys.readouterr().out

    def test_all_or_nothing_fails_for_one_bad_row(self, products: Path) -> None:
        with pytest.raises(SystemExit) as end:
            run(str(products), "--all-or-nothing")
        assert end.value.code == 1
        assert book()["a-1"][0] == "Old"
        assert Job.objects.get().error.startswith("1 of 3 rows cannot be taken in")

    def test_to_switch_off_what_is_missing_needs_a_source(self, products: Path) -> None:
        said = refused(str(products), "--deactivate-missing")
        assert said.startswith("Name the source of the file: ")
        assert not Import.objects.exists()

    def test_another_mode_is_bad_usage(self, products: Path) -> None:
        assert "invalid choice: 'replace'" in refused(str(products), "--mode=replace", code=1)


COLUMNS = {"sku": "Kennung", "name": "Was"}


class TestMapping:
    @pytest.fixture
    def unknown(self, tmp_path: Path) -> Path:
        """Return a file whose header says nothing of what its columns hold."""
        file = tmp_path / "liste.csv"
        file.write_text("Kennung;Was\nA-1;Apfel\n")
        return file

    def test_a_saved_one_goes_by_its_name(self, unknown: Path) -> None:
        choices = Choices(columns=COLUMNS)
        saved = save_mapping(choices=choices, actor=None, name="Wholesale")
        run(str(unknown), "--mapping", "wholesale")
        assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Apfel"}
        assert Import.objects.get().mapping == saved

    def test_choices_may_stand_in_a_file(self, unknown: Path, tmp_path: Path) -> None:
        mapping = tmp_path / "mapping.json"
        mapping.write_text(json.dumps({"columns": COLUMNS}))
        run(str(unknown), "--mapping", str(mapping))
        assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Apfel"}

    def test_a_name_that_no_mapping_has_is_bad_usage(self, unknown: Path) -> None:
        assert refused(str(unknown), "--mapping", "a.json") == "There is no mapping “a.json”."
        assert not Import.objects.exists()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"{", " does not hold JSON in UTF-8."),
            (b'"\xff"', " does not hold JSON in UTF-8."),
            (b"[]", ": The choices have to be a JSON object."),
            (b'{"decimal": "!"}', ": The decimal mark is a point or a comma."),
        ],
    )
    def test_a_file_that_holds_no_choices_is_bad_usage(
        self, unknown: Path, tmp_path: Path, content: bytes, said: str
    ) -> None:
        mapping = tmp_path / "mapping.json"
        mapping.write_bytes(content)
        assert refused(str(unknown), "--mapping", str(mapping)) == f"{mapping}{said}"
        assert not Import.objects.exists()

    def test_a_folder_is_no_mapping(self, unknown: Path, tmp_path: Path) -> None:
        folder = tmp_path / "mapping.json"
        folder.mkdir()
        said = refused(str(unknown), "--mapping", str(folder))
        assert said == f"{folder} cannot be read: Is a directory."


class TestUndo:
    @pytest.fixture
    def done(self, products: Path) -> str:
        """Import two products over one that was there; return the import's number."""
        a_product("A-1", name="Old")
        products.write_text("sku,name\nA-1,Apple\nB-2,Banana\n")
        number: str = json.loads(run(str(products), "--json"))["id"]
        return number

    def test_what_the_import_wrote_is_taken_back(self, done: str) -> None:
        summary = run(done, command="undo_import")
        assert summary.startswith("Undo of products.csv: completed, ")
        assert lines_of(summary) == ["  restored            2", "      kept            0"]
        assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Old"}
        assert Job.objects.get(pk=done).status == "undone"

    def test_what_was_changed_since_is_kept_and_named(self, done: str) -> None:
        Product.objects.filter(sku="A-1").update(name="Mine")
        assert lines_of(run(done, command="undo_import")) == [
            "  restored            1",
            "      kept            1",
            "  A-1 was changed since and stays as it is.",
        ]
        assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Mine"}

    def test_json_is_one_object(self, done: str) -> None:
        answer: dict[str, Any] = json.loads(run("--undo", done, "--json"))
        assert answer.pop("seconds") > 0
        assert answer == {
            "id": str(Job.objects.exclude(pk=done).get().id),
            "status": "completed",
            "total_rows": 2,
            "created_rows": 0,
            "updated_rows": 2,
            "unchanged_rows": 0,
            "duplicate_rows": 0,
            "skipped_rows": 0,
            "failed_rows": 0,
            "kept_skus": [],
            "error": "",
        }

    def test_import_products_undoes_too(self, done: str) -> None:
        assert run("--undo", done).startswith("Undo of products.csv: completed, ")
        assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Old"}

    def test_once_is_enough(self, done: str) -> None:
        run(done, command="undo_import")
        said = refused(done, command="undo_import", code=1)
        assert said == "This job is undone already."

    def test_one_that_has_not_ended_cannot_be_undone(self) -> None:
        number = str(an_import("sku,name\nA-1,x\n").pk)
        said = refused("--undo", number, code=1)
        assert said == "This job has not ended yet. Cancel it first."

    def test_an_import_that_is_not_there_is_bad_usage(self) -> None:
        number = "00000000-0000-0000-0000-000000000000"
        assert refused(number, command="undo_import") == f"There is no import {number}."

    def test_it_goes_without_a_file_and_without_options(self, done: str, products: Path) -> None:
        said = "--undo takes back an import: leave out the file and what belongs to a new import."
        assert refused(str(products), "--undo", done) == said
        assert refused("--undo", done, "--mode", "create") == said
        assert Job.objects.get(pk=done).status == "completed"


def test_without_a_file_there_is_nothing_to_import() -> None:
    assert refused() == "Name the file that is to be imported."
