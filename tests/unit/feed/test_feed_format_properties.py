"""What must hold for every file of every format."""

import io
import zipfile
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.unit.feed.outcomes import check_outcome
from tests.unit.feed.product_samples import (
    as_csv,
    as_json,
    as_json_lines,
    as_xlsx,
    as_xml,
    gzipped,
    read,
    zipped,
)

thorough = settings(
    database=None,
    deadline=None,
    max_examples=examples(20),
    suppress_health_check=[HealthCheck.too_slow],
)
mutating = settings(thorough, max_examples=examples(60))


Writer = Callable[[Sequence[str], Sequence[Sequence[str]]], bytes]
WRITERS: dict[str, Writer] = {
    "csv": as_csv,
    "jsonl": as_json_lines,
    "json in one line": partial(as_json, indent=None),
    "json in lines": partial(as_json, indent=1),
    "xlsx": as_xlsx,
    "xml": as_xml,
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "not packed": lambda data: data,
    "gzip": gzipped,
    "gzip of two members": lambda data: gzipped(data[: len(data) // 2], data[len(data) // 2 :]),
    "zip": lambda data: zipped({"p": data}),
    "gzip in zip": lambda data: zipped({"__MACOSX/p": b"x", "p.gz": gzipped(data)}),
}

HEADER = ["sku", "name", "description", "price", "brand"]
# What every format can hold: no line breaks (XML and CSV have their own), nothing to be trimmed,
# and no backslashes with quotes, which in CSV may be those that exports from MySQL put there.
TEXTS = st.text(st.sampled_from("aZ09 é€ß漢😀'\"\\,;<>&{}[]:=|/-_#"), min_size=1, max_size=12).map(
    lambda text: text.replace('"', "").strip() if "\\" in text else text.strip()
)
PRICES = st.one_of(
    st.just(""), st.decimals(0, 99_999, places=2, allow_nan=False, allow_infinity=False).map(str)
)
ROWS = st.lists(
    st.tuples(st.integers(1, 50).map("A{}".format), TEXTS, TEXTS, PRICES, TEXTS).map(list),
    min_size=2,
    max_size=8,
)


@thorough
@given(rows=ROWS)
def test_the_same_products_come_out_of_every_format(rows: list[list[str]]) -> None:
    expected = [
        (record.sku, record.name, record.description, record.price, record.brand)
        for record in read(as_json_lines(HEADER, rows)).records
    ]
    assert len(expected) == len(rows)
    for format_name, write in WRITERS.items():
        data = write(HEADER, rows)
        # Cells that look like escaped formulas mean something in spreadsheets only.
        if any(cell.startswith("'") for row in rows for cell in row) and format_name[0] in "cx":
            continue
        for pack_name, pack in PACKERS.items():
            contents = read(pack(data))
            found = [
                (record.sku, record.name, record.description, record.price, record.brand)
                for record in contents.records
            ]
            assert (found, contents.rejections) == (expected, []), (format_name, pack_name)
            places = [record.line for record in contents.records]
            assert places == sorted(set(places))


SAMPLE = [["A1", "Mug", "A long text", "1.50", "Acme"], ["B2", "Pän 'x'", "", "2", "Ä & Co"]] * 3
FILES = {
    f"{format_name}, {pack_name}": pack(write(HEADER, SAMPLE))
    for format_name, write in WRITERS.items()
    for pack_name, pack in PACKERS.items()
}
PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b'"', b",", b"\\", b"\n", b"\0", b"<", b"</", b">", b"&", b"<!--",
         b"<![CDATA[", b"]]>", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b", b"PK\x03\x04",
         b"PK\x05\x06", b"\\ud800", b"\\u0000", b"NaN", b"1e999", b":", b"null", b"\xe4", b"/>",
         b"<!DOCTYPE x>", b"<?xml version='1.0'?>"]
    ),
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_mutations_is_read_as_it_is(name: str) -> None:
    assert len(read(FILES[name]).records) == 6


@mutating
@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=4
    ),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_mutations_of_good_files_are_read_or_refused_with_a_sentence(
    name: str, changes: list[tuple[float, int, bytes]], cut: float | None
) -> None:
    data = bytearray(FILES[name])
    for at, length, piece in changes:
        start = int(at * len(data))
        data[start : start + length] = piece
    if cut is not None:
        del data[int(cut * len(data)) :]
    check_outcome(bytes(data))


@mutating
@given(
    name=st.sampled_from(sorted(set(WRITERS) - {"xlsx"})),
    pack=st.sampled_from(sorted(PACKERS)),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=6
    ),
)
def test_damage_inside_of_archives_is_met_too(
    name: str, pack: str, changes: list[tuple[float, int, bytes]]
) -> None:
    data = bytearray(WRITERS[name](HEADER, SAMPLE))
    for at, length, piece in changes:
        start = int(at * len(data))
        data[start : start + length] = piece
    check_outcome(PACKERS[pack](bytes(data)))


@mutating
@given(
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=4
    ),
    of=st.integers(0, 5),
)
def test_damage_inside_of_workbooks_is_met_too(
    changes: list[tuple[float, int, bytes]], of: int
) -> None:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(HEADER, SAMPLE))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(parts)[of]
    data = bytearray(parts[name])
    for at, length, piece in changes:
        start = int(at * len(data))
        data[start : start + length] = piece
    check_outcome(zipped({**parts, name: bytes(data)}))


@mutating
@given(
    start=st.sampled_from(
        [b"", b"[", b"{", b"<r>", b"\x1f\x8b\x08\0", b"PK\x03\x04", b"sku,name\n"]
    ),
    pieces=st.lists(PIECES, max_size=30),
)
def test_any_bytes_are_read_or_refused_with_a_sentence(start: bytes, pieces: list[bytes]) -> None:
    check_outcome(start + b"".join(pieces))


def test_titles_that_no_database_holds_are_made_storable() -> None:
    for data in (b"sku\0,name\nA,b\n", b'[{"sku\\u0000": "A", "name\\ud800": "b"}]'):
        contents = read(data)
        assert contents.header == ["sku\ufffd", "name"] or contents.header == [
            "sku\ufffd",
            "name\ufffd",
        ]
        assert contents.skus == ["A"]
