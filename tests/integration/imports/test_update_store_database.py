"""`update_store_database`: files out of the folder, stores into the database, and what is said.

The folder of real files is named by PRICEBOOK_REAL_INPUTS (default: ../shared/inputs beside the
repository).
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from pricebook.imports import store_inbox
from pricebook.stores.discovery import StoreUpdate, update_stores
from pricebook.stores.models import Company, Division, Store

REPOSITORY = Path(__file__).parents[3]
INPUTS = Path(os.environ.get("PRICEBOOK_REAL_INPUTS", REPOSITORY.parent / "shared" / "inputs"))
REAL = INPUTS / "discovered_stores"

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "discovered_stores").mkdir()
    return tmp_path


def run(data: Path, *words: str) -> str:
    out = io.StringIO()
    call_command("update_store_database", "--data-dir", str(data), *words, stdout=out)
    return out.getvalue()


def failed(data: Path, *words: str) -> str:
    """Check that the command ends with 1, and return what it said."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("update_store_database", "--data-dir", str(data), *words, stdout=out)
    assert end.value.code == 1
    return out.getvalue()


def listing(*stores: dict[str, object], company: str = "Example", at: str = "2026-03-01") -> str:
    metadata = {"company": company, "state": "QLD", "date_scraped": at}
    return json.dumps({"metadata": metadata, "stores": stores})


def put(data: Path, name: str, content: str) -> Path:
    path = data / "discovered_stores" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def files(data: Path) -> list[str]:
    return sorted(each.relative_to(data).as_posix() for each in data.rglob("*") if each.is_file())


def test_a_file_is_taken_in_and_moved(data: Path) -> None:
    put(data, "qld.json", listing({"id": "1", "name": "a"}, {"id": "2"}))
    assert run(data) == (
        "qld.json: Example, 2 new, 0 updated, 0 unchanged\n"
        f"  It is kept as {data}/processed/discovered_stores/qld.json.\n"
        "1 taken, 0 failed\n"
    )
    assert files(data) == ["processed/discovered_stores/qld.json"]
    put(data, "qld.json", listing({"id": "1"}, at="2026-03-02"))
    assert run(data) == (
        "qld.json: Example, 0 new, 0 updated, 1 unchanged\n"
        "  1 missing from now on, 0 back\n"
        f"  It is kept as {data}/processed/discovered_stores/qld-2.json.\n"
        "1 taken, 0 failed\n"
    )


def test_nothing_waits(data: Path) -> None:
    said = f"No file waits in {data}/discovered_stores.\n"
    assert run(data) == said
    (data / "discovered_stores").rmdir()
    assert run(data) == said


def test_sources_are_deleted_if_asked_for_unless_a_store_was_rejected(data: Path) -> None:
    put(data, "good.json", listing({"id": "1"}))
    put(data, "some.json", listing({"id": "1"}, {"name": "no id"}))
    said = run(data, "--delete-source")
    assert "  1 could not be taken:\n    Line 1: The store's id is missing." in said
    assert files(data) == ["processed/discovered_stores/some.json"]


def test_what_cannot_be_read_is_kept_with_its_reason(data: Path) -> None:
    put(data, "coles/broken.json", listing({"id": "1"})[:-5])
    put(data, "none.json", listing({"name": "no id"}))
    put(data, "whose.json", '{"stores": [{"id": "1"}]}')
    put(data, "good.json", listing({"id": "1"}))
    said = failed(data, "--delete-source")
    assert said.endswith("1 taken, 3 failed\n")
    folder = data / "failed" / "discovered_stores"
    assert "coles/broken.json: failed. broken.json breaks off at line 1, " in said
    assert files(folder) == [
        *("coles/broken.json", "coles/broken.json.reason.txt"),
        *("none.json", "none.json.reason.txt", "whose.json", "whose.json.reason.txt"),
    ]
    assert (
        (folder / "none.json.reason.txt")
        .read_text()
        .startswith("None of its stores could be taken.\nLine 1: The store's id is missing.")
    )
    assert (folder / "whose.json.reason.txt").read_text().startswith("whose.json does not say")
    assert Store.objects.count() == 1


def test_json_is_one_object(data: Path) -> None:
    put(data, "bad.json", "[")
    put(data, "good.json", listing({"id": "1"}, {"name": "no id"}))
    bad, good = json.loads(failed(data, "--json"))["files"]
    assert bad["error"].startswith("bad.json breaks off")
    assert (bad["status"], bad["company"], bad["created"]) == ("failed", "", 0)
    assert bad["moved_to"] == f"{data}/failed/discovered_stores/bad.json"
    (rejection,) = good.pop("rejections")
    assert rejection.startswith("Line 1: The store's id is missing.")
    assert good == {
        "file": "good.json",
        "status": "taken",
        "company": "Example",
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "missing": 0,
        "back": 0,
        "rejected": 1,
        "notes": ["It is not taken for a full list: no store is missing for not being in it."],
        "error": "",
        "moved_to": f"{data}/processed/discovered_stores/good.json",
    }


def test_a_file_that_is_changed_while_it_is_taken_in_waits_for_the_next_time(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(data, "a.json", listing({"id": "1", "name": "old"}))

    def update_and_write(found: Any) -> StoreUpdate:
        done = update_stores(found)
        path.write_text(listing({"id": "1", "name": "the newest"}, at="2026-03-02"))
        return done

    monkeypatch.setattr(store_inbox, "update_stores", update_and_write)
    said = run(data)
    assert "  Somebody changed or took it meanwhile: what lies there now can wait.\n" in said
    monkeypatch.undo()
    run(data)
    assert Store.objects.get().name == "the newest"
    assert files(data) == ["processed/discovered_stores/a.json"]


def test_a_source_stays_until_its_stores_are_in(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, "a.json", listing({"id": "1"}))

    def fail(_: Any) -> StoreUpdate:
        raise ConnectionError

    monkeypatch.setattr(store_inbox, "update_stores", fail)
    with pytest.raises(ConnectionError):
        run(data)
    assert files(data) == ["discovered_stores/a.json"]


def test_a_file_that_cannot_be_moved_stays_and_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data, "a.json", listing({"id": "1"}))
    (data / "processed").touch()
    said = failed(data)
    assert said.startswith("a.json: failed. It cannot be moved: ")
    assert files(data) == ["discovered_stores/a.json", "processed"]
    assert Store.objects.count() == 1


def test_another_folder_has_to_be_there(data: Path) -> None:
    with pytest.raises(CommandError, match="nowhere is no folder") as end:
        run(data / "nowhere")
    assert end.value.returncode == 2


def test_without_a_word_the_folder_is_that_of_the_settings() -> None:
    out = io.StringIO()
    call_command("update_store_database", stdout=out)
    assert out.getvalue() == f"No file waits in {settings.HOME}/data/discovered_stores.\n"


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no files at {REAL}; set PRICEBOOK_REAL_INPUTS")
class TestRealFiles:
    def take(self, data: Path) -> Counter[str]:
        """Take all files in; return the sum of their counts."""
        shutil.copytree(REAL, data / "discovered_stores", dirs_exist_ok=True)
        reports = json.loads(run(data, "--json", "--delete-source"))["files"]
        assert files(data) == []
        assert len(reports) == 130
        assert {(each["status"], each["rejected"], *each["notes"]) for each in reports} == {
            ("taken", 0)
        }
        names = ("created", "updated", "unchanged", "missing", "back")
        return sum((Counter({name: each[name] for name in names}) for each in reports), Counter())

    def test_all_of_them_are_taken_in_and_a_second_time_changes_nothing(self, data: Path) -> None:
        assert self.take(data) == {"created": 838, "unchanged": 46}
        stores = Counter(Store.objects.values_list("company__name", "division__name"))
        assert stores == {
            ("Aldi", None): 107,
            ("Coles", "Coles Supermarkets"): 234,
            ("Coles", "Liquorland"): 160,
            ("Coles", "Vintage Cellars"): 2,
            ("IGA", None): 294,
            ("Woolworths", "Ampol"): 9,
            ("Woolworths", "Supermarkets"): 32,
        }
        assert (Company.objects.count(), Division.objects.count()) == (4, 5)
        before = list(Store.objects.order_by("pk").values())
        assert self.take(data) == {"unchanged": 884}
        assert list(Store.objects.order_by("pk").values()) == before
        assert (Company.objects.count(), Division.objects.count()) == (4, 5)
