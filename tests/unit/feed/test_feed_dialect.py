"""How a file is written is found out from its beginning."""

import pytest

from pricebook.feed.dialect import Dialect, detect_dialect, examine


def dialect_of(text: str, encoding: str = "utf-8") -> Dialect:
    return detect_dialect(text.encode(encoding), complete=True, filename="products.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_header_makes_sense(delimiter: str) -> None:
    text = f"sku{delimiter}name{delimiter}price\nA{delimiter}x, y; z | w\t{delimiter}1\n"
    assert dialect_of(text).delimiter == delimiter


def test_without_a_known_header_the_delimiter_is_the_most_regular_one() -> None:
    layout = examine(b"text|number\nfoo|1,5\nbar|2,5\n", complete=True, filename="a.csv")
    assert layout.dialect.delimiter == "|"
    assert layout.header == ["text", "number"]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_excels_separator_line_is_believed(line: str) -> None:
    dialect = dialect_of(f"{line}\r\nsku;name,price;price\r\nA;b,c;1\r\n")
    assert dialect.delimiter == ";"
    assert dialect.header_line == 2


def test_the_header_is_the_first_line_with_a_sku_and_one_more_column() -> None:
    text = 'Price list 2024\n\n;;"valid from ""May""";\nid\nCODIGO;;DESCRIPCION;PRECIO\n1;;x;2\n'
    layout = examine(text.encode(), complete=True, filename="a.csv")
    assert layout.dialect.header_line == 5
    assert layout.data_line == 6
    assert layout.header == ["CODIGO", "", "DESCRIPCION", "PRECIO"]


def test_a_header_may_span_lines() -> None:
    layout = examine(b'\n"sku","the\nname",name\nA,b,c\n', complete=True, filename="a.csv")
    assert (layout.dialect.header_line, layout.data_line) == (2, 4)
    assert layout.header == ["sku", "the\nname", "name"]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("sku;price\nA;0,15\nB;26.067,00\n", ","),
        ("sku;price\nA;0.15\nB;1.234\n", "."),
        ("sku;price\nA;1.234\n", ","),
        ("sku,price\nA,1.234\n", "."),
        ('sku,price\nA,"12,50"\n', ","),
        ("sku,name\nA,12\n", "."),
    ],
)
def test_the_decimal_mark_is_decided_by_the_prices(text: str, decimal: str) -> None:
    assert dialect_of(text).decimal == decimal


def test_a_backslash_before_quotes_inside_cells_is_an_escape() -> None:
    assert dialect_of('sku,name\nA,"10\\" pan"\nB,"5\\" x 3\\" tile"\n').escape == "\\"
    assert dialect_of('sku,name\nA,"ends in \\"\nB,"c:\\dir"\n').escape is None


def test_quotes_both_backslashed_and_doubled_are_recognised_by_their_number() -> None:
    rows = 'A,"9\\"" pan"\nB,"3\\"" x 3\\"""\n'
    assert dialect_of("sku,name\n" + rows).backslash_quotes
    assert not dialect_of("sku,name\n" + rows + 'C,"plain ""doubled"""\n').backslash_quotes
    assert not dialect_of('sku,name\nA,"a name with \\"" once"\n').backslash_quotes


def test_spaces_before_quotes_are_skipped_where_every_quote_has_them() -> None:
    assert dialect_of('"sku", "name"\n"A", "b"\n').skip_space
    assert not dialect_of('"sku","name"\n"A", "b"\n').skip_space


def test_quotes_in_tab_separated_text_mean_themselves_when_they_do_not_enclose_cells() -> None:
    assert not dialect_of('sku\tname\nA\t"Best" tea\nB\t"5 cm\n').quoted
    assert dialect_of('sku\tname\nA\t"Best\ttea"\nB\t"5 cm"\n').quoted


def test_lone_carriage_returns_end_lines_only_when_they_prevail() -> None:
    assert dialect_of("sku,name\rA,b\rC,d\r").cr_ends_lines
    assert not dialect_of('sku,name\nA,"b\rc"\n').cr_ends_lines
    assert not dialect_of("sku,name\r\nA,b\r\n").cr_ends_lines


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_header_of_every_encoding_is_clean(encoding: str) -> None:
    sample = "sku,größe,name\nA,1,b\n".encode(encoding)
    layout = examine(sample, complete=True, filename="a.csv")
    assert layout.header == ["sku", "größe", "name"]
