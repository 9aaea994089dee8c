"""A folder that others put files into: order, links, names that are taken, files that change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pricebook.files.inbox import (
    FileChanged,
    list_waiting,
    put_away,
    read_waiting,
    remove,
    set_aside,
    shown_name,
)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def write(path: Path, content: bytes = b"{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_listed_in_the_order_of_their_paths(inbox: Path) -> None:
    for name in ("b.json", "a/z.json", "a.json", "B.json", "a/é.json"):
        write(inbox / name)
    found = [path.relative_to(inbox).as_posix() for path in list_waiting(inbox)]
    assert found == ["B.json", "a/z.json", "a/é.json", "a.json", "b.json"]


def test_links_unfinished_and_hidden_files_do_not_wait(inbox: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secrets" / "secret.json")
    (inbox / "link.json").symlink_to(secret)
    (inbox / "folder").symlink_to(secret.parent)
    os.mkfifo(inbox / "pipe.json")
    for name in (".hidden.json", ".git/config.json", "a.json.part", "a.json.tmp"):
        write(inbox / name)
    assert list_waiting(inbox) == []


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list_waiting(tmp_path / "nowhere") == []


def test_what_became_a_link_since_it_was_listed_is_not_read(inbox: Path) -> None:
    (inbox / "a.json").symlink_to(write(inbox / "b.json"))
    os.mkfifo(inbox / "pipe.json")
    for name in ("a.json", "pipe.json", "gone.json"):
        with pytest.raises(FileChanged):
            read_waiting(inbox / name, at_most=10)


def test_no_more_is_read_than_wanted(inbox: Path) -> None:
    file = read_waiting(write(inbox / "a.json", b"0123456789"), at_most=4)
    assert file.content == b"0123"


def test_a_file_moves_and_replaces_nothing(inbox: Path, tmp_path: Path) -> None:
    done = tmp_path / "processed" / "stores"
    for content in (b"1", b"2", b"3"):
        moved = put_away(read_waiting(write(inbox / "a.json", content), at_most=9), done)
        assert moved.read_bytes() == content
    assert names(done) == ["a-2.json", "a-3.json", "a.json"]
    assert names(inbox) == []


def test_a_link_under_the_name_is_not_followed(inbox: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    done = tmp_path / "processed"
    done.mkdir()
    (done / "a.json").symlink_to(elsewhere)
    assert put_away(read_waiting(write(inbox / "a.json"), at_most=9), done).name == "a-2.json"
    assert not elsewhere.exists()


def test_a_file_set_aside_has_its_reason_beside_it(inbox: Path, tmp_path: Path) -> None:
    failed = tmp_path / "failed"
    write(failed / "a.json.reason.txt", b"of an earlier one\n")
    set_aside(read_waiting(write(inbox / "a.json"), at_most=9), failed, reason="It breaks off.")
    set_aside(write(inbox / "b.json"), failed, reason="Permission denied.")
    assert names(failed) == [
        *("a-2.json", "a-2.json.reason.txt", "a.json.reason.txt"),
        *("b.json", "b.json.reason.txt"),
    ]
    assert (failed / "a-2.json.reason.txt").read_text() == "It breaks off.\n"
    assert (failed / "a.json.reason.txt").read_text() == "of an earlier one\n"


def test_a_file_that_was_replaced_since_it_was_read_stays(inbox: Path, tmp_path: Path) -> None:
    file = read_waiting(write(inbox / "a.json", b"old"), at_most=9)
    write(inbox / "new.tmp", b"new").replace(inbox / "a.json")
    for leave in (
        lambda: put_away(file, tmp_path / "done"),
        lambda: set_aside(file, tmp_path / "failed", reason="old"),
        lambda: remove(file),
    ):
        with pytest.raises(FileChanged):
            leave()
    assert (inbox / "a.json").read_bytes() == b"new"


def test_a_file_that_others_took_leaves_nothing_behind(inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(FileChanged):
        set_aside(inbox / "gone.json", tmp_path / "failed", reason="unreadable")
    assert names(tmp_path / "failed") == []


@pytest.mark.parametrize("name", ["a" * 255, "é" * 125 + ".json", "." * 2 + "a" * 250, "a." * 120])
def test_a_long_name_leaves_room_for_the_reason(inbox: Path, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        set_aside(write(inbox / name), tmp_path / "failed", reason="too long")
    assert len(names(tmp_path / "failed")) == 4


def test_a_name_is_shown_without_what_is_no_text() -> None:
    assert shown_name(Path(os.fsdecode(b"a\xff\x1b[2Jb\n.json"))) == "a��[2Jb�.json"
