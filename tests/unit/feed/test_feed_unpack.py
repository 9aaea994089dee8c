"""Gzip and zip: what is inside is read; what is damaged, ambiguous or a bomb is refused."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products
from pricebook.feed.unpack.limits import Limits
from tests.unit.feed.product_samples import as_xlsx, gzipped, read, zipped

CSV = b"sku,name,price\nA,Mug,1.50\nB,Pan,2\n"
LONG_CSV = b"sku,name,price\n" + b"".join(b"A%d,Mug number %d,1.50\n" % (i, i) for i in range(9000))
MIB = 1024**2


def refusal(data: bytes, *, limits: Limits | None = None) -> tuple[str, str]:
    with pytest.raises(FeedError) as caught:
        read(data, name="list.bin", limits=limits)
    return caught.value.code, str(caught.value)


def test_gzip_is_read_whatever_the_files_name() -> None:
    contents = read(gzipped(CSV), name="products.csv")
    assert contents.skus == ["A", "B"]
    assert (contents.reading.format, contents.reading.packed) == ("csv", ("gzip",))


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_all_members_of_a_gzip_are_one_file(size: int) -> None:
    pieces = [LONG_CSV[i : i + size] for i in range(0, 2000 * size, size)]
    assert len(read(gzipped(*pieces)).records) == LONG_CSV[: 2000 * size].count(b"\n") - 1 + (
        2000 * size < len(LONG_CSV) and not LONG_CSV[: 2000 * size].endswith(b"\n")
    )


def test_blocked_gzip_ends_with_an_empty_member() -> None:
    end = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    assert read(gzipped(CSV) + end).skus == ["A", "B"]


def test_zeros_behind_a_gzip_are_padding() -> None:
    assert read(gzipped(CSV) + b"\0" * 100_000).skus == ["A", "B"]
    assert read(gzipped(CSV[:20]) + b"\0" * 512 + gzipped(CSV[20:])).skus == ["A", "B"]


@pytest.mark.parametrize("garbage", [b"x", b"\x1f", b"sku,name\nC,d\n", b"\0\0PK"])
def test_what_follows_a_gzip_is_not_left_out_in_silence(garbage: bytes) -> None:
    assert refusal(gzipped(CSV) + garbage) == (
        "archive_damaged",
        (
            "list.bin has something behind the end of its gzip archive. Pack it again, or "
            "upload it unpacked."
        ),
    )


@pytest.mark.parametrize("lost", [1, 8, 9, 500, 5000])
def test_a_gzip_that_breaks_off_is_refused(lost: int) -> None:
    code, sentence = refusal(gzipped(LONG_CSV)[:-lost])
    assert code == "archive_damaged"
    assert sentence == ("list.bin is a gzip archive that breaks off before its end. Send it again.")


@pytest.mark.parametrize("at", [-1, -5, 30, 4000])
def test_a_gzip_with_a_wrong_byte_is_refused(at: int) -> None:
    data = bytearray(gzipped(LONG_CSV))
    data[at] ^= 0xFF
    assert refusal(bytes(data)) == (
        "archive_damaged",
        "list.bin is a damaged gzip archive. Pack it again, or upload it unpacked.",
    )


def test_an_empty_gzip_is_an_empty_file() -> None:
    assert refusal(gzipped(b""))[0] == "file_empty"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_the_one_file_of_a_zip_is_read_whatever_its_name(method: int) -> None:
    contents = read(zipped({"export/Liste 2024": LONG_CSV}, method=method))
    assert len(contents.records) == 9000
    assert contents.reading.packed == ("zip",)
    assert contents.reading.member == "export/Liste 2024"


def test_a_file_without_a_name_is_a_file() -> None:
    contents = read(zipped({"unseen": CSV}).replace(b"unseen", b"\0unsee"))
    assert contents.skus == ["A", "B"]
    assert contents.reading.member == ""


def test_folders_and_what_macos_adds_are_no_files() -> None:
    files = {"a/": b"", "a/p.csv": CSV, "__MACOSX/a/._p.csv": b"x", "a/.DS_Store": b"x"}
    assert read(zipped(files)).reading.member == "a/p.csv"


@pytest.mark.parametrize("name", ["p.csv", "P.TSV", "p.jsonl.gz", "p.xlsx"])
def test_the_only_file_with_the_name_of_a_product_file_is_it(name: str) -> None:
    data = CSV
    data = gzipped(CSV) if name.endswith(".gz") else data
    data = as_xlsx(["sku", "name"], [["A", "b"], ["B", "c"]]) if name.endswith("x") else data
    contents = read(zipped({"readme.txt": b"Hello", "logo.png": b"x", name: data}))
    assert contents.skus == ["A", "B"]
    assert contents.reading.member == name


def test_several_product_files_are_named() -> None:
    files = {f"{i}.csv": CSV for i in range(7)}
    assert refusal(zipped({"a.csv": CSV, "b.json": CSV})) == (
        "archive_ambiguous",
        (
            "list.bin holds 2 files: a.csv, b.json. Upload the one with the products, or "
            "an archive with that one only."
        ),
    )
    assert "0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more. " in refusal(zipped(files))[1]


@pytest.mark.parametrize("files", [{}, {"a/": b""}, {"__MACOSX/x.csv": b"x"}])
def test_a_zip_without_a_file_is_refused(files: dict[str, bytes]) -> None:
    assert refusal(zipped(files))[0] == "archive_empty"


def test_a_zip_with_a_password_is_refused() -> None:
    data = bytearray(zipped({"p.csv": CSV}))
    directory = data.rfind(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    assert refusal(bytes(data)) == (
        "archive_encrypted",
        "list.bin is locked with a password. Pack it again without one.",
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_of_an_unusual_kind_is_refused(method: int) -> None:
    assert refusal(zipped({"p.csv": CSV}, method=method))[0] == "archive_unusual"


def test_archives_are_unpacked_twice_but_not_three_times() -> None:
    contents = read(zipped({"p.csv.gz": gzipped(CSV)}))
    assert contents.skus == ["A", "B"]
    assert (contents.reading.packed, contents.reading.member) == (("zip", "gzip"), "p.csv.gz")
    assert read(gzipped(zipped({"p.csv": CSV}))).reading.packed == ("gzip", "zip")
    assert refusal(gzipped(gzipped(gzipped(CSV)))) == (
        "packed_too_deep",
        "list.bin is packed more than twice. Unpack it and upload what is inside.",
    )


@pytest.mark.parametrize("cut", [10, 100, 3000, -1, -10, -30])
def test_a_zip_that_breaks_off_is_refused(cut: int) -> None:
    assert refusal(zipped({"p.csv": LONG_CSV})[:cut])[0] == "archive_damaged"


def test_a_zip_with_a_wrong_byte_is_refused() -> None:
    data = bytearray(zipped({"p.csv": LONG_CSV}, method=zipfile.ZIP_STORED))
    data[5000] ^= 0xFF
    assert refusal(bytes(data)) == (
        "archive_damaged",
        "list.bin is a damaged zip archive. Pack it again, or upload it unpacked.",
    )


def test_a_zip_that_understates_a_size_is_read_to_its_true_end() -> None:
    data = bytearray(zipped({"p.csv": LONG_CSV}))
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, 10)
    assert len(read(bytes(data)).records) == 9000


def test_a_directory_that_would_fill_the_memory_is_not_read() -> None:
    data = bytearray(zipped({"p.csv": CSV}))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 500 * MIB)
    assert refusal(bytes(data))[0] == "archive_ambiguous"


def test_the_limits_are_the_callers() -> None:
    assert refusal(gzipped(LONG_CSV), limits=Limits(max_unpacked=100_000)) == (
        "unpacks_too_large",
        "list.bin unpacks to more than 100,000 bytes. Upload it in parts.",
    )
    assert refusal(zipped({"p.csv": LONG_CSV}), limits=Limits(max_packed=1000)) == (
        "file_too_large",
        "list.bin has more than 1,000 bytes. Upload it in parts.",
    )


def test_only_zips_and_workbooks_are_copied_and_the_copies_vanish(tmp_path: Path) -> None:
    data = {"gz": gzipped(CSV), "zip": zipped({"p.csv": CSV}), "bad": zipped({"p.csv": b"x\ny\n"})}
    with open_products(io.BytesIO(data["gz"]), filename="p", folder=tmp_path):
        assert list(tmp_path.iterdir()) == []
    with open_products(io.BytesIO(data["zip"]), filename="p", folder=tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FeedError):
        open_products(io.BytesIO(data["bad"]), filename="p", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
