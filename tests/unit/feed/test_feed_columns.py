"""Which column holds what."""

import pytest

from pricebook.feed.columns import fold, fold_name
from pricebook.feed.errors import FeedError
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import propose_mapping


def fields_of(*header: str) -> dict[str, str]:
    mapping = propose_mapping(header)
    return {field: mapping.title(field) for field in mapping.fields}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Product  SKU", "productsku"),
        ("šifra", "sifra"),
        ("CÓDIGO", "codigo"),
        ("Reference #", "reference"),
        ("Straße", "strasse"),
    ],
)
def test_folding_drops_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Product  SKU", "productsku"),
        ("šifra", "sifra"),
        ("Reference #", "reference#"),
        ("Preis (€)", "preis€"),
        ("US$ – price", "us$price"),
        ("VAT\u00a0\uff05", "vat%"),
        ("Price\u200b ₴", "price₴"),
        ("!", ""),
    ],
)
def test_folding_a_name_keeps_the_signs_that_tell_columns_apart(text: str, folded: str) -> None:
    assert fold_name(text) == folded


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            ["sku", "name", "description", "price", "active"],
            {f: f for f in ("sku", "name", "description", "price", "active")},
        ),
        (list(ProductRecord._fields[1:]), {f: f for f in ProductRecord._fields[1:]}),
        (
            ["Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Published",
             "Option1 Value", "Variant SKU", "Variant Price", "Variant Compare At Price",
             "Variant Barcode", "Image Src", "Variant Image", "Cost per item", "Price / Norway",
             "Google Shopping / Google Product Category", "Status"],
            {"sku": "Variant SKU", "name": "Title", "description": "Body (HTML)",
             "price": "Variant Price", "active": "Status", "brand": "Vendor",
             "gtin": "Variant Barcode", "category": "Product Category", "image_url": "Image Src"},
        ),
        (
            ["ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published",
             "Short description", "Description", "Tax status", "Sale price", "Regular price",
             "Categories", "Images", "External URL", "Brands", "Attribute 1 name"],
            {"sku": "SKU", "name": "Name", "description": "Description",
             "price": "Regular price", "active": "Published", "category": "Categories",
             "gtin": "GTIN, UPC, EAN, or ISBN", "brand": "Brands", "image_url": "Images"},
        ),
        (
            ["Product ID", "Active (0/1)", "Name *", "Categories (x,y,z...)",
             "Price tax excluded or Price tax included", "Wholesale price", "Reference #",
             "Supplier reference #", "Supplier", "Manufacturer", "EAN13", "UPC", "Quantity",
             "Unit price", "URL rewritten", "Image URLs (x,y,z...)", "Delete existing images"],
            {"sku": "Reference #", "name": "Name *", "active": "Active (0/1)",
             "price": "Price tax excluded or Price tax included", "brand": "Manufacturer",
             "gtin": "EAN13", "category": "Categories (x,y,z...)",
             "image_url": "Image URLs (x,y,z...)"},
        ),
        (
            ["sku", "product_type", "categories", "name", "price", "special_price", "msrp_price",
             "product_online", "url_key", "meta_title", "base_image", "additional_attributes"],
            {"sku": "sku", "name": "name", "price": "price", "active": "product_online",
             "category": "categories", "image_url": "base_image"},
        ),
        (
            ["id", "title", "description", "link", "image_link", "price", "sale_price",
             "availability", "brand", "gtin", "google_product_category", "product_type", "size",
             "unit_pricing_measure"],
            {"sku": "id", "name": "title", "description": "description", "price": "price",
             "active": "availability", "brand": "brand", "gtin": "gtin",
             "category": "product_type", "image_url": "image_link", "url": "link",
             "unit_size": "size"},
        ),
        (
            ["Artikelnummer", "Barcode", "Artikeltext1", "Artikelgruppe", "EKPreis", "VKPreis",
             "Pfandartikel"],
            {"sku": "Artikelnummer", "name": "Artikeltext1", "price": "VKPreis",
             "gtin": "Barcode", "category": "Artikelgruppe"},
        ),
        (
            ["CÓDIGO", "DESCRIPCIÓN", "PRECIO"],
            {"sku": "CÓDIGO", "name": "DESCRIPCIÓN", "price": "PRECIO"},
        ),
        (
            ["codigo", "nombre", "descripcion"],
            {"sku": "codigo", "name": "nombre", "description": "descripcion"},
        ),
        (["product_id", "product_name"], {"sku": "product_id", "name": "product_name"}),
        (["barcode", "product_name"], {"sku": "barcode", "name": "product_name"}),
        (["barcode", "code", "price"], {"sku": "code", "price": "price",
                                         "gtin": "barcode"}),
        (
            ["šifra", "naziv", "marka", "neto količina", "MPC (EUR)", "valuta", "barkod"],
            {"sku": "šifra", "name": "naziv", "price": "MPC (EUR)", "brand": "marka",
             "gtin": "barkod", "unit_size": "neto količina"},
        ),
        (["SKU no.", "Shop SKU", "Display name"], {"sku": "Shop SKU", "name": "Display name"}),
    ],
)  # fmt: skip
def test_real_headers_are_understood(header: list[str], fields: dict[str, str]) -> None:
    assert fields_of(*header) == fields


@pytest.mark.parametrize(
    "title",
    ["Compare at price", "Cost per item", "EKPreis", "Wholesale price", "Unit price", "MRP"],
)
def test_what_a_product_costs_others_is_never_its_price(title: str) -> None:
    assert fields_of("sku", "name", title) == {"sku": "sku", "name": "name"}


@pytest.mark.parametrize("title", ["Out of stock", "archived", "Hidden", "discontinued"])
def test_a_column_that_says_the_opposite_is_marked_as_inverted(title: str) -> None:
    mapping = propose_mapping(["sku", title])
    assert mapping.title("active") == title
    assert mapping.active_inverted


def test_a_direct_active_column_beats_an_inverted_one() -> None:
    mapping = propose_mapping(["sku", "archived", "enabled"])
    assert mapping.title("active") == "enabled"
    assert not mapping.active_inverted


def test_the_same_column_twice_is_read_once_and_the_second_reported() -> None:
    mapping = propose_mapping(["sku", "name", "Name", "colour", "sku"])
    assert dict(mapping.fields) == {"sku": 0, "name": 1}
    assert mapping.ignored == ("Name", "colour", "sku")


def test_our_own_reject_columns_are_ignored() -> None:
    mapping = propose_mapping(
        ["error_line", "error_column", "error_code", "error_message", "code", "name"]
    )
    assert dict(mapping.fields) == {"sku": 4, "name": 5}


def test_titles_stay_as_in_the_file_and_blank_ones_are_not_reported() -> None:
    mapping = propose_mapping([" SKU ", "", "Name"])
    assert mapping.header == (" SKU ", "", "Name")
    assert mapping.ignored == ()


@pytest.mark.parametrize(
    "title",
    ["currency", "Brand", "GTIN", "category", "Image URL", "link", "Pack size", "attributes"],
)
def test_any_one_column_beside_the_sku_makes_a_file_readable(title: str) -> None:
    assert title in fields_of("sku", title).values()


@pytest.mark.parametrize("title", ["Attribute", "additional_attributes", "Attributes (size, hue)"])
def test_only_the_very_title_promises_attributes(title: str) -> None:
    assert fields_of("sku", "name", title) == {"sku": "sku", "name": "name"}


def test_a_column_of_links_without_any_link_is_not_read() -> None:
    rows = [["A", "", "/m/h/mh01.jpg"], ["B", "https://a.example/b"], ["C", "n/a", " "]]
    mapping = propose_mapping(["sku", "url", "base_image"], rows)
    assert dict(mapping.fields) == {"sku": 0, "url": 1}
    assert mapping.ignored == ("base_image",)


def test_a_column_of_links_that_begins_blank_is_read() -> None:
    assert "image_url" in propose_mapping(["sku", "image"], [["A", ""], ["B"]]).fields


def test_a_file_of_skus_and_paths_has_nothing_to_read() -> None:
    with pytest.raises(FeedError) as caught:
        propose_mapping(["sku", "image"], [["A", "a.jpg"]])
    assert caught.value.code == "no_other_column"


def test_without_a_sku_column_the_error_names_what_was_found_and_what_is_accepted() -> None:
    with pytest.raises(FeedError) as caught:
        propose_mapping(["Category", "name", "mrp"])
    assert caught.value.code == "no_sku_column"
    assert str(caught.value) == (
        "The file has no SKU column. Its columns are: Category, name, mrp. Rename the one that "
        "identifies a product to sku; variant sku, item sku, product code, reference, "
        "article number, product id, id, code and barcode are understood too."
    )


def test_a_sku_column_alone_is_not_enough() -> None:
    with pytest.raises(FeedError) as caught:
        propose_mapping(["id", "value"])
    assert caught.value.code == "no_other_column"
    assert str(caught.value) == (
        "Only the SKU column (id) was recognised. The file's columns are: id, value. "
        "Rename at least one more to name, description, price or active."
    )


def test_a_very_wide_header_is_named_in_part() -> None:
    with pytest.raises(FeedError, match=r"c1, c2, .*, c20 and 8,980 more\. Rename"):
        propose_mapping([f"c{i}" for i in range(1, 9001)])
