"""A product file as a whole."""

import io
from typing import BinaryIO, cast

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import Block, ProductRecord, Rejection
from pricebook.feed.table import Reading
from tests.unit.feed.product_samples import read


def opened(data: bytes | str) -> ProductFile:
    data = data.encode() if isinstance(data, str) else data
    return open_products(io.BytesIO(data), filename="products.csv")


def outcome(data: bytes | str) -> tuple[list[ProductRecord], list[Rejection]]:
    blocks = list(opened(data).blocks())
    return (
        [record for block in blocks for record in block.records],
        [rejection for block in blocks for rejection in block.rejections],
    )


def test_a_file_becomes_records_in_its_order() -> None:
    records, rejections = outcome(
        "sku,name,description,price,active\n"
        'A-1,Mug,"Blue, large",12.50,true\n'
        "a-2,,,,\n"
        "A-3,Pan,,1234.5,no\n"
    )
    assert records == [
        ProductRecord(2, "A-1", "Mug", "Blue, large", "12.5", active=True),
        ProductRecord(3, "a-2"),
        ProductRecord(4, "A-3", "Pan", None, "1234.5", active=False),
    ]
    assert rejections == []


def test_all_of_a_product_is_read_under_the_names_of_its_fields() -> None:
    records, rejections = outcome(
        "sku,name,description,price,currency,active,brand,gtin,category,image_url,url,unit_size,"
        "attributes\n"
        "A,'=Mug,'-5 °C,12,eur,1,Acme,04006381333931,Home,https://a.example/1.jpg,"
        'https://a.example/,1 l,"{""hue"": ""red""}"\n'
    )
    assert rejections == []
    assert records == [
        ProductRecord(
            2, "A", "=Mug", "-5 °C", "12", "EUR", True, "Acme", "4006381333931", "Home",
            "https://a.example/1.jpg", "https://a.example/", "1 l", '{"hue":"red"}',
        )
    ]  # fmt: skip


def test_a_column_of_picture_paths_costs_no_row_and_is_reported() -> None:
    data = "sku,name,base_image\nA,Mug,/m/u/mug.jpg\nB,Pan,/p/a/pan.jpg\n"
    records, rejections = outcome(data)
    assert [(record.sku, record.image_url) for record in records] == [("A", None), ("B", None)]
    assert rejections == []
    assert opened(data).mapping.ignored == ("base_image",)


def test_rows_without_quotes_after_thousands_with_them_are_read_alike() -> None:
    quoted = "".join(f'{i},"a, b",1\n' for i in range(5000))
    plain = "".join(f"{i},a b,2\n" for i in range(5000, 10_000))
    broken = '10000,"a b,3\n10001,c,4\n'
    records, rejections = outcome("sku,name,price\n" + quoted + plain + broken)
    assert [record.sku for record in records] == [str(i) for i in range(10_002) if i != 10_000]
    assert {(record.name, record.price) for record in records} == {
        *(("a, b", "1"), ("a b", "2"), ("c", "4"))
    }
    assert [(r.line, r.problems[0].code) for r in rejections] == [(10_002, "unclosed_quote")]


def test_what_was_found_is_there_before_the_first_row_is_read() -> None:
    products = opened("\n\nArtikelnummer;Farbe;VKPreis\n1;rot;0,15\n")
    assert products.header == ["Artikelnummer", "Farbe", "VKPreis"]
    assert products.reading == Reading("csv", "utf-8", ";", 3, ",")
    assert dict(products.mapping.fields) == {"sku": 0, "price": 2}
    assert products.mapping.ignored == ("Farbe",)
    assert products.bytes_read >= 0


def test_records_and_rejections_keep_their_lines_after_a_preamble() -> None:
    records, rejections = outcome(
        'Price list;;\n;"valid\nfrom May";\nCODIGO;DESCRIPCION;PRECIO\n1;x;4,79\n;y;1,00\n'
        'CODIGO;DESCRIPCION;PRECIO\n;;\n2;"z\nz";n/a\n3;w;1\n'
    )
    assert [(record.line, record.price) for record in records] == [(5, "4.79"), (11, "1")]
    assert [(r.line, r.problems[0].code) for r in rejections] == [
        (6, "sku_missing"),
        (7, "repeated_header"),
        (9, "price_invalid"),
    ]


def test_blocks_hold_some_two_thousand_rows() -> None:
    rows = "".join(f"A{i},name {i},{i}\n" for i in range(50_000))
    blocks = list(opened("sku,name,price\n" + rows).blocks())
    assert sum(len(block.records) for block in blocks) == 50_000
    assert all(2000 <= len(block.records) <= 4000 for block in blocks[:-1])
    assert [record.line for block in blocks for record in block.records] == [*range(2, 50_002)]


def test_blocks_of_long_rows_are_bounded_by_their_size() -> None:
    row = "A,b," + "x" * 90_000 + "\n"
    blocks = list(opened("sku,name,description\n" + row * 100).blocks())
    assert sum(len(block.records) for block in blocks) == 100
    assert max(len(block.records) for block in blocks) < 20


def test_the_stream_need_not_be_seekable_and_may_give_little_at_a_time() -> None:
    data = b"sku,name\n" + b"".join(b"A%d,b\n" % i for i in range(3000))

    class Trickle:
        """A socket-like stream: `read` only, and less than was asked for."""

        at = 0

        def read(self, size: int) -> bytes:
            piece = data[self.at : self.at + min(size, 1000)]
            self.at += len(piece)
            return piece

    products = open_products(cast("BinaryIO", Trickle()), filename="a.csv")
    assert sum(len(block.records) for block in products.blocks()) == 3000
    assert products.bytes_read == len(data)


def test_a_header_only_file_has_no_blocks() -> None:
    assert list(opened("sku,name\n").blocks()) == []
    assert list(opened("sku,name").blocks()) == []


def test_blank_rows_are_no_rows() -> None:
    records, rejections = outcome("sku,name\n\n,\n \nA,b\n , \t\n\n\n")
    assert [record.line for record in records] == [5]
    assert rejections == []


def test_a_trailing_delimiter_on_every_row_is_harmless() -> None:
    records, rejections = outcome("sku,name\nA,b,\nC,d, \n")
    assert [record.sku for record in records] == ["A", "C"]
    assert rejections == []


def test_damaged_utf8_costs_the_rows_that_it_hits() -> None:
    records, rejections = outcome(
        "sku,name,colour\nA,größer,ü\n".encode()
        + b"B,gr\xf6sser,x\nC,d,\xf6\nD,e,f\n"
        + "E,süß,ö\n".encode()
    )
    assert [record.sku for record in records] == ["A", "C", "D", "E"]
    assert [(r.line, r.values[1], r.problems[0].code) for r in rejections] == [
        (3, "gr\ufffdsser", "invalid_encoding")
    ]


@pytest.mark.parametrize(
    ("start", "row", "end"),
    [
        pytest.param("sku,name\n", "{},{}\n", "", id="csv"),
        pytest.param("", '{{"sku":"{}","name":"{}"}}\n', "", id="jsonl"),
        pytest.param("[", '{{"sku":"{}","name":"{}"}},\n', "]", id="json"),
    ],
)
def test_the_encoding_of_the_sample_is_that_of_the_rows(start: str, row: str, end: str) -> None:
    damaged, *others = [row.format(sku, f"Größe {sku}") for sku in "ABCDE"]
    plain = row.format("P", "plain") * 9000  # the damaged row is alone in its piece
    data = (start.encode(), damaged.encode("cp1252"), plain.encode(), "".join(others).encode())
    contents = read(b"".join((*data, end.encode())))
    assert [(r.sku, r.problems[0].code) for r in contents.rejections] == [("A", "invalid_encoding")]
    assert [record.name for record in contents.records[-4:]] == [f"Größe {sku}" for sku in "BCDE"]
    assert contents.reading.encoding == "utf-8"


def test_a_byte_order_mark_beats_damaged_bytes() -> None:
    contents = read(b"\xef\xbb\xbfsku,name\nA,\xe9\xe8\nB,x\n")
    assert contents.header == ["sku", "name"]
    assert contents.codes == [(2, "invalid_encoding")]


def test_bytes_that_cp1252_does_not_define_are_refused() -> None:
    records, rejections = outcome("sku,name\nA,größe\n".encode("cp1252") + b"B,\x81x\n")
    assert [record.name for record in records] == ["größe"]
    assert [(r.line, r.values, r.problems[0].code) for r in rejections] == [
        (3, ("B", "\ufffdx"), "invalid_encoding")
    ]


def test_utf16_without_a_byte_order_mark_is_read() -> None:
    records, _ = outcome("sku,name\r\nA,größe\r\n".encode("utf-16-le"))
    assert [(record.sku, record.name) for record in records] == [("A", "größe")]


def test_nul_characters_cost_their_rows() -> None:
    records, rejections = outcome(b"sku,name\nA,b\nC,d\0\n\0E,f\nG,h\n")
    assert [record.sku for record in records] == ["A", "G"]
    assert [(r.line, [(p.column, p.code) for p in r.problems]) for r in rejections] == [
        (3, [("name", "control_character")]),
        (4, [("sku", "control_character")]),
    ]


def test_two_cells_are_not_mistaken_for_one_with_a_line_break() -> None:
    records, rejections = outcome('sku,name,price\n"A\nB",x,"1\n2"\nC,y,3\n')
    assert [record.sku for record in records] == ["C"]
    assert [p.code for p in rejections[0].problems] == ["control_character", "price_invalid"]


def test_spellings_of_active_beyond_the_usual_ones_are_understood_in_bulk() -> None:
    records, rejections = outcome(
        "sku,availability\nA,in stock\nB, Out_Of_Stock\nC,in stock\nD,maybe\nE,-1\n"
    )
    assert [record.active for record in records] == [True, False, True, False]
    assert [r.line for r in rejections] == [5]


def test_the_error_names_the_line_that_was_taken_for_the_header() -> None:
    with pytest.raises(FeedError, match=r"\(Line 3 was taken for the header\.\)$") as caught:
        opened("Title\n\na,b,c\n1,2,3\n4,5,6\n")
    assert caught.value.code == "no_sku_column"


def test_an_instance_of_block_is_immutable_in_its_parts() -> None:
    block = Block([], [])
    with pytest.raises(AttributeError):
        block.records = []  # type: ignore[misc]
