"""XML: Google Merchant's feeds, and other files that repeat one element."""

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import read

GOOGLE = "http://base.google.com/ns/1.0"
RSS = (
    f'<?xml version="1.0"?>\n<rss xmlns:g="{GOOGLE}" version="2.0">\n<channel><title>Shop</title>\n'
)
END = "</channel>\n</rss>\n"
ITEM = (
    "<item><g:id>A-1</g:id><title>Mug</title><link>https://a.example/1</link>"
    "<description><![CDATA[A <b>blue</b> mug]]></description>"
    "<g:image_link>https://a.example/1.jpg</g:image_link>"
    "<g:additional_image_link>https://a.example/2.jpg</g:additional_image_link>"
    "<g:additional_image_link>https://a.example/3.jpg</g:additional_image_link>"
    "<g:price>15.00 USD</g:price><g:availability>in_stock</g:availability>"
    "<g:brand>Acme &amp; Co</g:brand><g:gtin>4006381333931</g:gtin>"
    "<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping></item>\n"
)


def refusal(data: str | bytes) -> tuple[str, str]:
    with pytest.raises(FeedError) as caught:
        read(data, name="feed.xml")
    return caught.value.code, str(caught.value)


def test_googles_rss_is_read() -> None:
    contents = read(RSS + ITEM + "<item><g:id>B</g:id></item>" + END)
    assert contents.records == [
        ProductRecord(
            *(4, "A-1", "Mug", "A <b>blue</b> mug", "15", "USD", True, "Acme & Co"),
            *("4006381333931", None, "https://a.example/1.jpg", "https://a.example/1"),
        ),
        ProductRecord(5, "B"),
    ]
    assert contents.header == [
        *("id", "title", "link", "description", "image_link", "additional_image_link", "price"),
        *("availability", "brand", "gtin", "shipping.country", "shipping.price"),
    ]
    assert contents.reading.format == "xml"


def test_repeated_elements_are_joined() -> None:
    item = ITEM.replace("<g:id>A-1</g:id>", "<g:id/>")
    (rejection,) = read(RSS + ITEM + item + END).rejections
    assert rejection.values[5] == "https://a.example/2.jpg, https://a.example/3.jpg"


def test_googles_atom_has_its_own_id_and_links_in_attributes() -> None:
    contents = read(
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="{GOOGLE}"><title>Shop</title>'
        "<entry><id>tag:a.example,1</id><g:id>A</g:id><title>Mug</title>"
        '<link rel="alternate" href="https://a.example/1"/><g:price>1 EUR</g:price></entry></feed>'
    )
    assert contents.records == [
        ProductRecord(1, "A", "Mug", price="1", currency="EUR", url="https://a.example/1")
    ]
    assert contents.header == ["id (feed)", "id", "title", "link", "price"]


def test_namespaces_count_by_their_address() -> None:
    other = RSS.replace("xmlns:g", "xmlns:x") + ITEM.replace("g:", "x:") + END
    assert read(other).skus == ["A-1"]
    foreign = RSS.replace(GOOGLE, "http://elsewhere.example/") + ITEM + END
    assert read(foreign).skus == ["A-1"]


@pytest.mark.parametrize(
    "text",
    [
        "<shop><products><product><sku>A</sku><name>x</name></product></products></shop>",
        '<catalog><offers><offer id="A" x="y"><name>x</name></offer></offers></catalog>',
        "<list><thing><sku>A</sku><name>x</name></thing><thing><sku>B</sku></thing></list>",
        '<list><product sku="A" name="x"/><product sku="B"/></list>',
        "<list><product><sku> A\n</sku><name>x</name><a><b><c>d</c></b></a></product></list>",
    ],
)
def test_any_file_that_repeats_an_element_is_read(text: str) -> None:
    record = read(text).records[0]
    assert (record.sku, record.name) == ("A", "x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_believed(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    text = declared + "<list><product><sku>A</sku><name>größe</name></product></list>"
    contents = read(text.encode(encoding))
    assert contents.records[0].name == "größe"
    assert contents.reading.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://192.0.2.7/x.dtd">',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://a.example/x"> %p;]>',
        "<!DOCTYPE r>",
    ],
)
def test_document_types_are_refused_and_entities_never_expanded(doctype: str) -> None:
    text = f"<?xml version='1.0'?>{doctype}<r><item><sku>&b;</sku><name>x</name></item></r>"
    assert refusal(text) == (
        "xml_refused",
        (
            "feed.xml declares a document type (<!DOCTYPE ...>), which can be used to fetch other "
            "files or to fill the memory. Remove that declaration."
        ),
    )


@pytest.mark.parametrize(
    "end",
    ["", "<item><g:id>B</g:id>", "<item><g:id>B", "</wrong>", "<a>&nbsp;</a>", "\0", END + "x"],
)
def test_what_comes_before_a_break_is_kept(end: str) -> None:
    contents = read(RSS + ITEM + ITEM + end)
    assert contents.skus == ["A-1", "A-1"]
    assert [code for _, code in contents.codes] == ["file_breaks_off"]
    assert contents.codes[0][0] > 5
    assert contents.rejections[0].problems[0].message.startswith("The file breaks off here, ")


def test_places_are_lines_and_go_on_where_lines_are_shared() -> None:
    contents = read(RSS + (ITEM.strip() * 3) + "\n\n\n" + ITEM + END)
    assert [record.line for record in contents.records] == [4, 5, 6, 7]
    spread = read(RSS + ITEM + "\n\n" + ITEM + END)
    assert [record.line for record in spread.records] == [4, 7]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<?xml version='1.0'?><r><a>", "xml_invalid"),
        ("<r><a></r>", "xml_invalid"),
        ("<?xml version='1.0' encoding='nonsense'?><r/>", "xml_invalid"),
        ("<?xml version='1.0' encoding='rot13'?><r/>", "xml_invalid"),
        ("<?xml version='1.0' encoding='shift_jis'?><r/>", "xml_invalid"),
        ("<r><g:a/></r>", "xml_invalid"),
        ("<r/>", "no_items"),
        ("<r><a>1</a><a>2</a></r>", "no_items"),
        ("<a>" * 101, "xml_refused"),
        ("<r>" + "".join(f"<a{i}/>" for i in range(10_001)) + "</r>", "xml_refused"),
        ("<r><item><sku>A</sku><name>b</name></item><!--" + "x" * 5 * MAX_ROW, "xml_refused"),
        ("<!DOCTYPE html><html><body></body></html>", "format_not_supported"),
        ("<html lang='en'><body></body></html>", "format_not_supported"),
    ],
)
def test_what_is_no_product_feed_is_refused(text: str, code: str) -> None:
    found, sentence = refusal(text)
    assert found == code
    assert sentence.startswith("feed.xml ")
    assert sentence.endswith(".")


def test_an_item_that_is_too_long_costs_itself_only() -> None:
    long = f"<item><g:id>B</g:id><description>{'x' * 2 * MAX_ROW}</description></item>"
    contents = read(RSS + ITEM + long + ITEM + END)
    assert contents.skus == ["A-1", "A-1"]
    assert [code for _, code in contents.codes] == ["row_too_long"]


def test_titles_that_turn_up_late_are_reported() -> None:
    late = "<item><g:id>Z</g:id><g:color>red</g:color></item>"
    contents = read(RSS + ITEM * 1000 + late + END)
    assert contents.ignored[-1] == "color"
    assert contents.records[-1].sku == "Z"
