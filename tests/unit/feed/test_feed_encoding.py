"""Which encoding a file has, and its bytes as UTF-8."""

import codecs

import pytest

from pricebook.feed.encoding import Utf8Converter, detect_encoding

TEXT = "sku;größe;café\nA-1;12 €;naïve\n"


@pytest.mark.parametrize(
    ("sample", "encoding"),
    [
        (b"sku,name\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
        (b"sku,name\n\0,2\n", "utf-8"),
    ],
)
def test_the_encoding_is_detected(sample: bytes, encoding: str) -> None:
    assert detect_encoding(sample, complete=True) == encoding


def test_a_character_cut_by_the_samples_end_is_no_reason_against_utf8() -> None:
    cut = "naïve é".encode()[:-1]
    assert detect_encoding(cut, complete=False) == "utf-8"


def test_damaged_utf8_is_still_utf8() -> None:
    assert detect_encoding("größer, süßer, höher".encode() + b"\xc3,", complete=True) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_text_survives_any_division_into_pieces(encoding: str, size: int) -> None:
    data = TEXT.encode(encoding)
    converter = Utf8Converter(encoding)
    pieces = [converter.convert(data[i : i + size]) for i in range(0, len(data), size)]
    assert b"".join([*pieces, converter.convert(b"", final=True)]).decode() == TEXT


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gb18030"])
def test_characters_of_several_bytes_survive_any_division_into_pieces(encoding: str) -> None:
    text = "品番,名前\nA,表計算ソフト\n"  # with a byte of the backslash in shift_jis
    converter = Utf8Converter(encoding, settled=True)
    pieces = [converter.convert(bytes([byte])) for byte in text.encode(encoding)]
    assert b"".join([*pieces, converter.convert(b"", final=True)]).decode() == text


def test_a_choice_beats_what_the_bytes_look_like_but_no_mark() -> None:
    data = TEXT.encode("utf-16-le")
    assert detect_encoding(data, complete=True, chosen="cp1251") == "cp1251"
    marked = codecs.BOM_UTF16_LE + data
    assert detect_encoding(marked, complete=True, chosen="cp1251") == "utf-16-le"


def test_utf8_that_was_chosen_stays_utf8() -> None:
    converter = Utf8Converter("utf-8", settled=True)
    assert converter.convert(b"ascii") + converter.convert(b"\xe9\xe8") == b"ascii\xe9\xe8"
    assert converter.encoding == "utf-8"


@pytest.mark.parametrize("boms", [1, 2])
def test_byte_order_marks_are_dropped(boms: int) -> None:
    assert Utf8Converter("utf-8").convert(codecs.BOM_UTF8 * boms + b"sku") == b"sku"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("cp1252", b"a\x81b"),
        ("utf-16-le", "a\ud800b".encode("utf-16-le", "surrogatepass")),
        ("utf-16-be", "a\udc00b".encode("utf-16-be", "surrogatepass")),
    ],
)
def test_what_means_nothing_becomes_a_byte_that_is_never_utf8(encoding: str, data: bytes) -> None:
    assert Utf8Converter(encoding).convert(data, final=True) == b"a\xffb"


def test_an_odd_last_byte_of_utf16_is_marked() -> None:
    data = "ab".encode("utf-16-le") + b"c"
    assert Utf8Converter("utf-16-le").convert(data, final=True) == b"ab\xff"


def test_ascii_that_turns_out_to_be_cp1252_is_read_as_cp1252() -> None:
    converter = Utf8Converter("utf-8")
    assert converter.convert(b"sku,name\n" * 1000) == b"sku,name\n" * 1000
    assert converter.convert("A,Größe\n".encode("cp1252")) == "A,Größe\n".encode()
    assert converter.encoding == "cp1252"


def test_text_that_has_proved_to_be_utf8_stays_utf8() -> None:
    converter = Utf8Converter("utf-8")
    converter.convert("é".encode())
    assert converter.convert(b"\xe9\n") == b"\xe9\n"
    assert converter.encoding == "utf-8"
