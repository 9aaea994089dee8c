"""Exports of well-known systems are recognised and read as a careful person would read them."""

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.presets import PRESETS, recognise
from pricebook.feed.product_file import ProductFile
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import opened, read

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Published,Option1 Name,Option1 Value,"
    "Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Price,"
    "Variant Compare At Price,Variant Barcode,Image Src,Cost per item,Price / Norway,Status"
)
NEW_SHOPIFY = (
    "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,"
    "Status,SKU,Barcode,Option1 name,Option1 value,Option2 name,Option2 value,Price,"
    "Compare-at price,Cost per item,Product image URL,Variant image URL"
)
WOOCOMMERCE = (
    "ID,Type,SKU,Name,Published,Visibility in catalog,Short description,Description,Tax status,"
    '"GTIN, UPC, EAN, or ISBN",Sale price,Regular price,Categories,Tags,Images,External URL,Brands'
)
PRESTASHOP = (
    "Product ID,Active (0/1),Name *,Categories (x;y;z...),Price tax excluded or Price tax included,"
    "Wholesale price,Reference #,Supplier reference #,Supplier,Manufacturer,EAN13,UPC,Unit price,"
    "Short description,Description,Meta description,URL rewritten,Image URLs (x;y;z...)"
)
MAGENTO = (
    "sku,store_view_code,attribute_set_code,product_type,categories,name,description,"
    "short_description,product_online,price,special_price,base_image,additional_attributes"
)
GOOGLE = (
    "id,title,description,link,image_link,additional_image_link,price,sale_price,availability,"
    "brand,gtin,google_product_category,product_type,unit_pricing_measure"
)
OPEN_FOOD_FACTS = (
    "code\turl\tcreator\tproduct_name\tgeneric_name\tquantity\tbrands\tbrands_tags\tcategories\t"
    "categories_tags\tnutriscore_grade\timage_url\timage_small_url"
)


def columns_of(products: ProductFile) -> dict[str, str]:
    return dict(products.choices.columns or {})


@pytest.mark.parametrize(
    ("header", "preset", "columns"),
    [
        (SHOPIFY, "shopify", {
            "sku": "Variant SKU", "name": "Title", "description": "Body (HTML)",
            "price": "Variant Price", "active": "Status", "brand": "Vendor",
            "gtin": "Variant Barcode", "category": "Product Category", "image_url": "Image Src",
        }),
        (NEW_SHOPIFY, "shopify", {
            "sku": "SKU", "name": "Title", "description": "Description", "price": "Price",
            "active": "Status", "brand": "Vendor", "gtin": "Barcode",
            "category": "Product category", "image_url": "Product image URL",
        }),
        (WOOCOMMERCE, "woocommerce", {
            "sku": "SKU", "name": "Name", "description": "Description", "price": "Regular price",
            "active": "Published", "brand": "Brands", "gtin": "GTIN, UPC, EAN, or ISBN",
            "category": "Categories", "image_url": "Images",
        }),
        (PRESTASHOP, "prestashop", {
            "sku": "Reference #", "name": "Name *", "description": "Description",
            "price": "Price tax excluded or Price tax included", "active": "Active (0/1)",
            "brand": "Manufacturer", "gtin": "EAN13", "category": "Categories (x;y;z...)",
            "image_url": "Image URLs (x;y;z...)",
        }),
        (MAGENTO, "magento", {
            "sku": "sku", "name": "name", "description": "description", "price": "price",
            "active": "product_online", "category": "categories", "image_url": "base_image",
        }),
        (GOOGLE, "google_merchant", {
            "sku": "id", "name": "title", "description": "description", "price": "price",
            "active": "availability", "brand": "brand", "gtin": "gtin",
            "category": "product_type", "image_url": "image_link", "url": "link",
            "unit_size": "unit_pricing_measure",
        }),
        (OPEN_FOOD_FACTS, "open_food_facts", {
            "sku": "code", "name": "product_name", "description": "generic_name",
            "brand": "brands", "category": "categories", "image_url": "image_url", "url": "url",
            "unit_size": "quantity",
        }),
    ],
)  # fmt: skip
def test_each_export_is_recognised_by_its_header(
    header: str, preset: str, columns: dict[str, str]
) -> None:
    products = opened(header + "\n")
    assert products.outline.preset == products.choices.preset == preset
    assert columns_of(products) == columns


@pytest.mark.parametrize(
    "header",
    [
        ["sku", "name", "description", "price", "active"],
        ["id", "title", "price"],
        ["code", "brands", "categories", "quantity"],
        ["Handle", "Title"],
        [],
    ],
)
def test_other_headers_look_like_none(header: list[str]) -> None:
    assert recognise(header) is None


def test_presets_have_names_for_programs_and_labels_for_people() -> None:
    assert [(preset.name, preset.label) for preset in PRESETS] == [
        ("shopify", "Shopify"),
        ("woocommerce", "WooCommerce"),
        ("prestashop", "PrestaShop"),
        ("magento", "Magento"),
        ("google_merchant", "Google Merchant"),
        ("open_food_facts", "Open Food Facts"),
    ]


def test_shopifys_variants_without_a_sku_are_named_by_handle_and_options() -> None:
    products = opened(SHOPIFY + "\n")
    assert products.choices.key_columns == (
        *("Handle", "Option1 Value", "Option2 Value", "Option3 Value"),
    )
    assert products.choices.fill_down is True
    assert opened(NEW_SHOPIFY + "\n").choices.key_columns == (
        *("URL handle", "Option1 value", "Option2 value"),
    )


def test_a_shopify_export_is_read_variant_by_variant() -> None:
    contents = read(
        "Handle,Title,Vendor,Published,Option1 Name,Option1 Value,Option2 Value,Variant SKU,"
        "Variant Price,Image Src,Status\n"
        "mug,Mug,Acme,true,Colour,Red,L,,12.00,https://a.example/1.jpg,active\n"
        "mug,,,,,Blue,L,M-2,13.00,https://a.example/2.jpg,\n"
        "mug,,,,,,,,,https://a.example/3.jpg,\n"
        "pan,Pan,Acme,true,Title,Default Title,,,9.00,,draft\n"
    )
    red = ProductRecord(
        2, "mug-Red-L", "Mug", price="12", active=True, brand="Acme",
        image_url="https://a.example/1.jpg",
    )  # fmt: skip
    assert contents.records == [
        red,
        red._replace(line=3, sku="M-2", price="13", image_url="https://a.example/2.jpg"),
        ProductRecord(5, "pan-Default Title", "Pan", price="9", active=False, brand="Acme"),
    ]
    assert contents.codes == [(4, "key_incomplete")]


def test_without_a_sku_column_the_handle_is_a_part_of_the_key_only() -> None:
    products = opened("Handle,Title,Option1 Value,Variant Price\nmug,Mug,Red,1\n")
    assert "sku" not in columns_of(products)
    assert [r.sku for block in products.blocks() for r in block.records] == ["mug-Red"]


def test_synonyms_fill_what_a_preset_leaves_open() -> None:
    products = opened(MAGENTO + ",currency,manufacturer,ean\n")
    columns = columns_of(products)
    assert (columns["currency"], columns["brand"], columns["gtin"]) == (
        "currency",
        "manufacturer",
        "ean",
    )


def test_a_presets_column_of_picture_paths_is_not_read() -> None:
    header = "sku,attribute_set_code,product_type,name,base_image"
    products = opened(f"{header}\nA,Top,simple,Mug,/m/mug.jpg\n")
    assert products.choices.preset == "magento"
    assert "image_url" not in columns_of(products)


def test_no_preset_can_be_chosen() -> None:
    products = opened(SHOPIFY + "\n", choices=Choices(preset="none"))
    assert products.choices.preset == "none"
    assert products.outline.preset == "shopify"
    assert (products.choices.key_columns, products.choices.fill_down) == ((), False)
    assert columns_of(products)["sku"] == "Variant SKU"


def test_a_preset_can_be_forced() -> None:
    header = "handle,title,name,option1 value,price\nmug,Mug,x,Red,1\n"
    products = opened(header, choices=Choices(preset="shopify"))
    assert products.outline.preset == ""
    assert products.choices.preset == "shopify"
    assert columns_of(products) == {"name": "title", "price": "price"}
    assert [r.sku for block in products.blocks() for r in block.records] == ["mug-Red"]


def test_a_chosen_key_beats_the_presets() -> None:
    products = opened(SHOPIFY + "\n", choices=Choices(key_columns=("Handle",)))
    assert (products.choices.key_columns, products.choices.fill_down) == (("Handle",), False)


def test_a_preset_proposes_nothing_where_columns_are_chosen() -> None:
    choices = Choices(columns={"sku": "Handle", "name": "Title"})
    products = opened(SHOPIFY + "\n", choices=choices)
    assert products.choices.key_columns == ()
    assert dict(products.mapping.fields) == {"sku": 0, "name": 1}
