"""What a person chooses beats what is found out."""

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.product_file import open_products
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import (
    as_xlsx,
    as_xml,
    gzipped,
    read,
    sheet_of,
    text_cell,
    workbook,
)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *[("utf-8", "Größe 漢字"), ("utf-16-le", "漢字"), ("utf-16-be", "漢字")],
        *[("cp1250", "Žluťoučký"), ("cp1251", "Кружка"), ("cp1252", "Größe €")],
        *[("cp1253", "Κούπα"), ("cp1254", "Şişe"), ("cp1255", "ספל"), ("cp1256", "كوب")],
        *[("cp1257", "Krūze"), ("cp1258", "Cà phê"), ("iso-8859-1", "Größe")],
        *[("iso-8859-2", "Žluťoučký"), ("iso-8859-7", "Κούπα"), ("iso-8859-9", "Şişe")],
        *[("iso-8859-15", "Größe €"), ("mac-roman", "Größe"), ("koi8-r", "Кружка")],
        *[("shift_jis", "マグカップ"), ("euc-jp", "マグカップ"), ("gb18030", "马克杯")],
        *[("big5", "馬克杯"), ("euc-kr", "머그잔"), ("cp437", "Größe"), ("cp850", "Größe")],
        ("cp852", "Žluťoučký"),
    ],
)
def test_every_encoding_can_be_chosen(encoding: str, name: str) -> None:
    contents = read(f"sku,name\nA,{name}\n".encode(encoding), choices=Choices(encoding=encoding))
    assert [(record.sku, record.name) for record in contents.records] == [("A", name)]
    assert contents.reading.encoding == encoding


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        *[("utf-8", b"\xff"), ("cp1252", b"\x81"), ("cp1255", b"\xff"), ("iso-8859-7", b"\xff")],
        *[("shift_jis", b"\x81"), ("euc-jp", b"\xff"), ("gb18030", b"\xff"), ("big5", b"\xff")],
        *[("euc-kr", b"\xff"), ("gb18030", b"\x81\x30"), ("utf-16-le", b"\x00\xd8")],
    ],
)
def test_bytes_that_mean_nothing_cost_their_row_in_every_encoding(
    encoding: str, data: bytes
) -> None:
    text = "sku,name\nA,".encode(encoding) + data + "\nB,c\n".encode(encoding)
    contents = read(text, choices=Choices(encoding=encoding))
    assert contents.skus == ["B"]
    assert contents.codes == [(2, "invalid_encoding")]


def test_each_encoding_has_a_label_of_its_own() -> None:
    assert len(set(ENCODINGS.values())) == len(ENCODINGS) == 27


@pytest.mark.parametrize(
    ("head", "row", "between", "tail"),
    [
        ("sku,name\n", "A,%s", "\n", ""),
        ("", '{"sku": "A", "name": "%s"}', "\n", ""),
        ("[", '{"sku": "A", "name": "%s"}', ",\n", "]"),
    ],
    ids=["csv", "jsonl", "json"],
)
def test_a_chosen_encoding_is_not_changed_by_later_bytes(
    head: str, row: str, between: str, tail: str
) -> None:
    rows = [row % "plain"] * 40_000 + [row % "größe"]
    text = head + between.join(rows) + tail
    contents = read(text.encode("cp1252"), choices=Choices(encoding="utf-8"))
    assert contents.reading.encoding == "utf-8"
    assert [r.problems[0].code for r in contents.rejections] == ["invalid_encoding"]


def test_json_in_a_chosen_encoding_is_read() -> None:
    choices = Choices(encoding="shift_jis")
    lines = '{"sku": "A", "name": "マグ"}\n{"sku": "B", "name": "杯"}\n'
    document = '[{"sku": "A", "name": "マグ"}, {"sku": "B", "name": "杯"}]'
    for text, kind in ((lines, "jsonl"), (document, "json")):
        contents = read(text.encode("shift_jis"), choices=choices)
        assert [record.name for record in contents.records] == ["マグ", "杯"]
        assert (contents.reading.format, contents.reading.encoding) == (kind, "shift_jis")


def test_a_byte_order_mark_beats_the_choice() -> None:
    data = "\ufeffsku,name\nA,Größe\n".encode()
    contents = read(data, choices=Choices(encoding="cp1252"))
    assert [record.name for record in contents.records] == ["Größe"]
    assert contents.reading.encoding == "utf-8"


def test_formats_that_say_how_they_are_written_are_not_written_otherwise() -> None:
    choices = Choices(encoding="cp1251", delimiter=";")
    rows = [["A", "Größe"], ["B", "Pan"]]
    for data in (as_xlsx(["sku", "name"], rows), as_xml(["sku", "name"], rows)):
        assert [record.name for record in read(data, choices=choices).records] == ["Größe", "Pan"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~", " ", "^", "§", "x", "\x1f"])
def test_any_one_character_can_be_the_delimiter(delimiter: str) -> None:
    data = delimiter.join(["sku", "name", "price"]) + "\n" + delimiter.join(["A", '"b,;c"', "1"])
    contents = read(data, choices=Choices(delimiter=delimiter))
    assert contents.records == [ProductRecord(2, "A", "b,;c", price="1")]
    assert contents.reading.delimiter == delimiter


def test_a_chosen_delimiter_beats_the_separator_line_which_is_no_row() -> None:
    contents = read("sep=,\nsku;name\nA;b,c\n", choices=Choices(delimiter=";"))
    assert contents.records == [ProductRecord(3, "A", "b,c")]


def test_encoding_and_delimiter_are_chosen_for_a_packed_stream_that_gives_little_at_a_time() -> (
    None
):
    data = gzipped("sku~name\nA~Кружка\n".encode("koi8-r"))

    class Trickle:
        at = 0

        def read(self, size: int) -> bytes:
            piece = data[self.at : self.at + min(size, 7)]
            self.at += len(piece)
            return piece

    choices = Choices(encoding="koi8-r", delimiter="~")
    with open_products(Trickle(), filename="a", choices=choices) as products:
        assert [r.name for block in products.blocks() for r in block.records] == ["Кружка"]
        assert products.reading.packed == ("gzip",)
        assert products.bytes_read == len(data)


@pytest.mark.parametrize(("decimal", "price"), [(",", "1234"), (".", "1.234"), (None, "1.234")])
def test_the_decimal_mark_is_chosen(decimal: str, price: str) -> None:
    contents = read("sku,price\nA,1.234\n", choices=Choices(decimal=decimal))  # type: ignore[arg-type]
    assert [record.price for record in contents.records] == [price]
    assert contents.reading.decimal == (decimal or ".")


def test_the_decimal_mark_is_that_of_the_chosen_column() -> None:
    data = 'sku,price,list\nA,1.50,"1,50"\nB,2.50,"2,345"\n'
    choices = Choices(columns={"sku": "sku", "price": "list"})
    contents = read(data, choices=choices)
    assert [record.price for record in contents.records] == ["1.5", "2.345"]
    assert contents.reading.decimal == ","


@pytest.mark.parametrize(
    ("number", "text", "choices", "prices"),
    [
        ("12.345", "1.234", Choices(decimal=","), ["12.345", "1234"]),
        ("12.345", "1,234", Choices(decimal="."), ["12.345", "1234"]),
        ("1.5", "1,5", Choices(decimal=","), ["1.5", "1.5"]),
        ("2500", "2.500", Choices(decimal=",", minor_units=True), ["25", "25"]),
    ],
)
def test_a_number_is_no_text_so_no_chosen_mark_is_for_it(
    number: str, text: str, choices: Choices, prices: list[str]
) -> None:
    line = f'{{"sku":"A","price":{number}}}', f'{{"sku":"B","price":"{text}"}}'
    both = sheet_of([["sku", "price"]])
    for sku, cell in (("A", f"<c><v>{number}</v></c>"), ("B", text_cell(text))):
        both += f"<row>{text_cell(sku)}{cell}</row>"
    files = ("\n".join(line), f"[{','.join(line)}]", workbook({"S": both}))
    for data in files:
        contents = read(data, choices=choices)
        assert [record.price for record in contents.records] == prices
        assert contents.reading.decimal == choices.decimal


def test_numbers_behind_a_sample_of_texts_keep_their_point() -> None:
    texts = '{"sku":"A","price":"12,50"}\n' * 600
    contents = read(texts + '{"sku":"B","price":12.345}\n')
    assert contents.reading.decimal == ","
    assert contents.records[-1] == ProductRecord(601, "B", price="12.345")


@pytest.mark.parametrize("price", ["[12.345]", "[null, 12.345]", "1.2345e1"])
def test_a_number_in_a_list_or_with_an_exponent_is_one_too(price: str) -> None:
    data = f'{{"A": {{"sku": "A", "price": {price}}}, "B": {{"sku": "B", "price": "1,5"}}}}'
    contents = read(data, choices=Choices(decimal=","))
    assert [record.price for record in contents.records] == ["12.345", "1.5"]


def test_a_refused_row_shows_its_number_with_the_mark_that_its_file_is_read_by() -> None:
    data = '{"sku":"","price":12.345,"cost":1.5}\n{"sku":"B","price":"1,5","cost":2.5}\n'
    (rejection,) = read(data, choices=Choices(decimal=",")).rejections
    assert rejection.values == ("", "12,345", "1.5")


@pytest.mark.parametrize(
    ("cell", "price"),
    [("2500", "25"), ("5", "0.05"), ("0", "0"), ("1,250", "12.5"), ("₹99", "0.99"), ("", None)],
)
def test_prices_in_minor_units_are_hundredths(cell: str, price: str | None) -> None:
    contents = read(f'sku,price\nA,"{cell}"\n', choices=Choices(minor_units=True))
    assert [record.price for record in contents.records] == [price]


def test_a_price_in_minor_units_is_whole() -> None:
    contents = read("sku,price\nA,25.50\nB,25.00\n", choices=Choices(minor_units=True))
    (rejection,) = contents.rejections
    assert [(p.code, p.message, p.value) for p in rejection.problems] == [
        (
            "price_invalid",
            "A price in hundredths of the currency is a whole number, such as 2500.",
            "25.50",
        )
    ]
    assert [record.price for record in contents.records] == ["0.25"]


@pytest.mark.parametrize(
    ("title", "price", "currency", "read_as"),
    [
        ("price", "12", "", "CHF"),
        ("price", "$12", "", "CHF"),
        ("price", "", "", None),
        ("price", "[clear]", "", None),
        ("price", "12 USD", "", "USD"),
        ("price (EUR)", "12", "", "EUR"),
        ("price", "12", "GBP", "GBP"),
        ("price", "12", "[clear]", ""),
    ],
)
def test_the_chosen_currency_is_for_prices_that_come_without_one(
    title: str, price: str, currency: str, read_as: str | None
) -> None:
    data = f"sku,{title},currency\nA,{price},{currency}\n"
    (record,) = read(data, choices=Choices(currency="CHF")).records
    assert record.currency == read_as
