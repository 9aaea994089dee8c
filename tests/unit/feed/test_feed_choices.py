"""What a person chooses beats what is found out."""

import io

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.errors import FeedError
from pricebook.feed.mapping import locate_columns
from pricebook.feed.outline import fingerprint
from pricebook.feed.product_file import open_products
from pricebook.feed.records import ProductRecord
from pricebook.feed.table import Format
from tests.unit.feed.product_samples import (
    as_xlsx,
    as_xml,
    gzipped,
    opened,
    read,
    sheet_of,
    text_cell,
    workbook,
)

NO_SUCH_FIELD = (
    "Fields are sku, name, description, price, currency, active, brand, gtin, category, "
    "image_url, url, unit_size, attributes, and no other."
)


def refusal(data: str, choices: Choices) -> FeedError:
    with pytest.raises(FeedError) as caught:
        opened(data, choices=choices)
    return caught.value


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


def test_columns_go_by_their_names() -> None:
    data = "Code,Name,Name,,\nA,first,second,third,9\n"
    choices = Choices(
        columns={"sku": "Code", "name": "Name (2)", "brand": "Column 4", "price": "Column 5"}
    )
    contents = read(data, choices=choices)
    assert contents.records == [ProductRecord(2, "A", "second", price="9", brand="third")]
    assert contents.ignored == ("Name",)


def test_chosen_columns_are_all_that_is_read() -> None:
    products = opened(
        "sku,name,price\nA,b,1\n", choices=Choices(columns={"sku": "sku", "name": "name"})
    )
    assert dict(products.mapping.fields) == {"sku": 0, "name": 1}
    assert products.ignored == ("price",)


def test_one_column_may_hold_two_fields() -> None:
    choices = Choices(columns={"sku": "ean", "gtin": "ean"})
    (record,) = read("ean\n4006381333931\n", choices=choices).records
    assert (record.sku, record.gtin) == ("4006381333931", "4006381333931")


def test_names_of_columns_are_found_whatever_their_case_and_accents() -> None:
    choices = Choices(
        columns={"sku": "SIFRA", "name": "Naziv"}, attributes=("boja",), key_columns=("ŠIFRA",)
    )
    products = opened("Šifra,naziv,Boja\nA,b,c\n", choices=choices)
    assert products.choices.columns == {"sku": "Šifra", "name": "naziv"}
    assert (products.choices.attributes, products.choices.key_columns) == (("Boja",), ("Šifra",))
    assert [block.records for block in products.blocks()] == [
        [ProductRecord(2, "A", "b", attributes='{"Boja":"c"}')]
    ]


@pytest.mark.parametrize(("chosen", "of"), [("preis €", "Preis €"), ("PREIS(£)", "Preis £")])
def test_signs_in_the_names_of_columns_matter(chosen: str, of: str) -> None:
    products = opened(
        "sku,Preis €,Preis £\nA,1,2\n", choices=Choices(columns={"sku": "sku", "price": chosen})
    )
    assert products.choices.columns == {"sku": "sku", "price": of}


def test_a_column_with_another_sign_is_another_column() -> None:
    choices = Choices(columns={"sku": "sku", "price": "Preis £"}, currency="GBP")
    assert refusal("sku,Preis €\nA,10\n", choices).code == "column_missing"


def test_the_places_of_columns_are_found_by_their_names() -> None:
    names = ["Šifra", "naziv", "Naziv", "!", "Preis %"]
    chosen = ["SIFRA", "Naziv", "NAZIV", "?", "!", "Preis", "preis%"]
    assert locate_columns(names, chosen) == {
        "SIFRA": 0,
        "Naziv": 2,
        "NAZIV": 1,
        "!": 3,
        "preis%": 4,
    }


def test_an_exact_name_beats_one_of_the_same_words() -> None:
    choices = Choices(columns={"sku": "Code", "name": "code"})
    assert read("Code,code\nA,b\n", choices=choices).records == [ProductRecord(2, "A", "b")]


def test_missing_columns_are_named_with_those_of_the_file() -> None:
    error = refusal(
        "sku,Name,Name\nA,b,c\n",
        Choices(
            columns={"sku": "sku", "name": "Titel"},
            key_columns=("Teil",),
            attributes=("Farbe", "Teil"),
        ),
    )
    assert error.code == "column_missing"
    assert str(error) == (
        "The file has no column “Titel”, “Teil”, “Farbe”. Its columns are: sku, Name, Name (2). "
        "Choose its columns anew."
    )


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        (Choices(columns={"name": "name"}), "no_sku_column"),
        (Choices(columns={}), "no_sku_column"),
        (Choices(columns={"sku": "sku"}), "no_other_column"),
        (Choices(columns={}, key_columns=("sku",)), "no_other_column"),
    ],
)
def test_a_sku_and_something_to_say_of_it_are_needed(choices: Choices, code: str) -> None:
    assert refusal("sku,name\nA,b\n", choices).code == code


@pytest.mark.parametrize(
    ("title", "inverted", "active"),
    [
        ("Out of stock", None, False),
        ("Out of stock", False, True),
        ("Out of stock", True, False),
        ("In stock", None, True),
        ("In stock", True, False),
    ],
)
def test_whether_the_active_column_is_inverted_is_said_or_told_by_its_title(
    title: str, inverted: bool | None, active: bool
) -> None:
    choices = Choices(columns={"sku": "sku", "active": title}, inverted=inverted)
    products = opened(f"sku,{title}\nA,1\n", choices=choices)
    assert products.choices.inverted is (not active)
    assert [r.active for block in products.blocks() for r in block.records] == [active]


def test_inversion_can_be_chosen_for_a_proposed_column() -> None:
    contents = read("sku,enabled\nA,1\n", choices=Choices(inverted=True))
    assert [record.active for record in contents.records] == [False]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (Choices(encoding="utf-7"), "There is no encoding 'utf-7': choose one of the list."),
        (Choices(encoding="no\udcff"),
         "There is no encoding 'no\\udcff': choose one of the list."),
        (Choices(delimiter="ab"),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(delimiter='"'),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(delimiter="\n"),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(currency="euro"),
         "'euro' is no currency: write its capitals of ISO 4217."),
        (Choices(currency="eur"), "'eur' is no currency: write its capitals of ISO 4217."),
        (Choices(preset="myspace"), "There is no preset 'myspace': choose one of the list."),
        (Choices(columns={"line": "sku"}), NO_SUCH_FIELD),
        (Choices(defaults={"colour": "red"}), NO_SUCH_FIELD),
        (Choices(defaults={"sku": "A"}), "A SKU has no default: every product needs its own."),
        (Choices(defaults={"name": "a\0"}),
         "A default or the clear token has a character that no text can hold."),
        (Choices(clear_token="\ud800"),
         "A default or the clear token has a character that no text can hold."),
    ],
)  # fmt: skip
def test_choices_that_no_file_can_be_read_by_are_refused(choices: Choices, sentence: str) -> None:
    error = refusal("sku,name\nA,b\n", choices)
    assert (error.code, str(error)) == ("choices_invalid", sentence)


def test_remembered_choices_are_asked_for_once_by_the_header_as_found() -> None:
    asked: list[str] = []

    def recall(known: str) -> Choices | None:
        asked.append(known)
        return Choices(delimiter="~", columns={"sku": "code", "name": "a,b"})

    data = b"code~a,b\nA~x\n"
    with open_products(io.BytesIO(data), filename="a.csv", recall=recall) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "x")]]
        assert asked == [products.outline.fingerprint] == [fingerprint(["code~a", "b"], "csv")]


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (b'{"sku": "A", "name": "b"}\n', "jsonl"),
        (b'[{"sku": "A", "name": "b"}]', "json"),
        (as_xlsx(["sku", "name"], [["A", "b"]]), "xlsx"),
        (as_xml(["sku", "name"], [["A", "b"], ["B", "c"]]), "xml"),
    ],
)
def test_what_is_remembered_for_one_format_is_not_for_another(data: bytes, format_: Format) -> None:
    asked: list[str] = []
    with open_products(io.BytesIO(data), filename="a", recall=asked.append):
        assert asked == [fingerprint(["sku", "name"], format_)]
        assert fingerprint(["sku", "name"], "csv") not in asked


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "xml"])
def test_a_mended_reject_file_is_read_by_what_is_remembered_for_its_origin(
    format_: Format,
) -> None:
    remembered = {
        fingerprint(["Code", "Ware"], format_): Choices(columns={"sku": "Code", "name": "Ware"})
    }
    data = b"Code,Ware,error_line,error_column,error_code,error_message\nA,b,2,,x,y\n"
    with open_products(io.BytesIO(data), filename="a", recall=remembered.get) as products:
        assert products.choices.columns == {"sku": "Code", "name": "Ware"}
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "b")]]


def test_nothing_remembered_is_nothing_chosen() -> None:
    stream = io.BytesIO(b"sku,name\nA,b\n")
    with open_products(stream, filename="a.csv", recall=lambda _: None) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "b")]]


def test_what_is_chosen_now_beats_what_is_remembered() -> None:
    def recall(_: str) -> Choices:
        raise AssertionError

    choices = Choices(columns={"sku": "sku", "name": "b"})
    stream = io.BytesIO(b"sku,name,b\nA,x,y\n")
    with open_products(stream, filename="a.csv", choices=choices, recall=recall) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "y")]]
        assert products.outline.fingerprint == fingerprint(["sku", "name", "b"], "csv")
