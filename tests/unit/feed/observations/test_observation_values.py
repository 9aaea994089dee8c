"""What the values of a product mean."""

import pytest

from pricebook.feed.gtin import identifies_product
from tests.unit.feed.observations.price_samples import lines, observe, problems, read


@pytest.mark.parametrize(
    ("said", "sku"),
    [
        ({"sku": " A 1 "}, "A 1"),
        ({"sku": 3091126}, "3091126"),
        ({"sku": 3091126.0}, "3091126"),
        ({"sku": "000000000000637929"}, "000000000000637929"),
        ({"sku": None, "stockcode": 5034484}, "5034484"),
        ({"sku": "", "product_id_store": "X"}, "X"),
    ],
)
def test_a_sku_is_the_companys_own_id(said: dict[str, object], sku: str) -> None:
    assert observe(**said).sku == sku


@pytest.mark.parametrize(
    ("sku", "code"),
    [
        (None, "sku_missing"),
        ("  ", "sku_missing"),
        ([], "sku_missing"),
        (True, "sku_invalid"),
        (1.5, "sku_invalid"),
        (1e20, "sku_invalid"),
        (["A"], "sku_invalid"),
        ("x" * 101, "sku_too_long"),
        ("\ufdfa" * 10, "sku_too_long"),
        ("A\nB", "control_character"),
    ],
)
def test_a_product_without_a_usable_sku_is_rejected(sku: object, code: str) -> None:
    assert problems(sku=sku) == [("sku", code)]


@pytest.mark.parametrize(
    ("said", "price"),
    [
        (5, "5"),
        (8.0, "8"),
        (5.49, "5.49"),
        (0.1 + 0.2, "0.3"),
        (19.990000000000002, "19.99"),
        ("13.60", "13.6"),
        ("$1,299.00", "1299"),
        ("13,60", "13.6"),
        (9999999999.9999, "9999999999.9999"),
    ],
)
def test_a_price_is_exact_to_the_digits_of_a_double(said: object, price: str) -> None:
    assert observe(price=said).price == price


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "price_missing"),
        ("", "price_missing"),
        ([], "price_missing"),
        ("sold out", "price_invalid"),
        (True, "price_invalid"),
        ([2], "price_invalid"),
        ({"value": 2}, "price_invalid"),
        (-1, "price_negative"),
        (1.23456, "price_too_precise"),
        (1e-7, "price_too_precise"),
        (1e15, "price_too_large"),
    ],
)
def test_a_row_without_a_price_observes_nothing_and_is_rejected(said: object, code: str) -> None:
    assert problems(price=said) == [("price", code)]


def test_every_reason_is_named_and_the_rejected_row_is_a_price_file_again() -> None:
    metadata = {"company": "aldi"}
    bad = {"product": {"sku": 7, "name": "é" * 501, "price_current": None}, "metadata": metadata}
    (rejection,) = read(lines({"sku": "Z", "price": 1}, bad)).rejections
    assert rejection.sku == "7"
    assert [(each.column, each.code) for each in rejection.problems] == [
        ("price_current", "price_missing"),
        ("name", "name_too_long"),
    ]
    again = read(rejection.values[0].replace("null", "5").replace("é", "e", 400).replace("é", ""))
    assert [(each.sku, each.price) for each in again.records] == [("7", "5")]
    assert again.stores[0].store.company == "aldi"


@pytest.mark.parametrize(
    ("said", "was"),
    [
        ({"price_was": 2.5}, "2.5"),
        ({"was_price": "2.50"}, "2.5"),
        ({"price_was": 2}, None),
        ({"price_was": 1.99}, None),
        ({"price_was": "n/a"}, None),
        ({"price_was": True}, None),
        ({"price_save_amount": 0.5}, "2.5"),
        ({"price_was": 3, "price_save_amount": 0.5}, "3"),
        ({"price_save_amount": 0}, None),
        ({"price_save_amount": 9999999999}, None),
    ],
)
def test_a_former_price_is_above_the_price_or_dropped(said: dict[str, object], was: str) -> None:
    assert observe(**said).was_price == was


@pytest.mark.parametrize(
    ("said", "unit_price", "unit"),
    [
        ({"unit_price": 8.5, "unit_of_measure": "1.0kg"}, "8.5", "1kg"),
        ({"price_unit": 1 / 3, "unit_of_measure": "100 G"}, "0.3333", "100g"),
        ({"unit_price": 2}, "2", None),
        ({"unit_price": 0, "unit_of_measure": "1kg"}, None, None),
        ({"unit_price": -2, "unit_of_measure": "1kg"}, None, None),
        ({"unit_of_measure": "1kg"}, None, None),
        ({"per_unit_price_value": 3, "per_unit_price_measure": "each"}, "3", "ea"),
        ({"unit_price_string": "$0.27 / 1 each"}, "0.27", "1ea"),
        ({"unit_price_string": "$1,027.5 PER 1.50 KG"}, "1027.5", "1.5kg"),
        ({"unit_price_string": "-$2 per 1kg"}, None, None),
        # Wrong by a hundred: the words that the shop prints are right.
        (
            {
                "unit_price": 0.28,
                "unit_of_measure": "1kg",
                "per_unit_price_string": "$2.75 per 100 g",
            },
            "2.75",
            "100g",
        ),
        (
            {"unit_price": 4, "unit_of_measure": "1kg", "per_unit_price_string": "ask us"},
            "4",
            "1kg",
        ),
    ],
)
def test_unit_prices(said: dict[str, object], unit_price: str, unit: str) -> None:
    seen = observe(**said)
    assert (seen.unit_price, seen.unit) == (unit_price, unit)


def test_rows_with_and_without_words_for_the_unit_price_stand_side_by_side() -> None:
    contents = read(
        lines(
            {"sku": "A", "price": 1, "unit_price": 9, "per_unit_price_string": "$1.50 per 1L"},
            {"sku": "B", "price": 1},
            {"sku": "C", "price": 1, "unit_price": 3, "unit_of_measure": "1kg"},
            {"sku": "D", "price": 1, "per_unit_price_value": 4},
        )
    )
    assert [(each.unit_price, each.unit) for each in contents.records] == [
        ("1.5", "1l"),
        (None, None),
        ("3", "1kg"),
        ("4", None),
    ]


@pytest.mark.parametrize(
    ("said", "special", "available"),
    [
        ({}, False, True),
        ({"price_was": 3}, True, True),
        ({"price_was": 3, "is_on_special": False}, False, True),
        ({"is_on_special": True, "is_available": False}, True, False),
        ({"availability": "OutOfStock"}, False, False),
        ({"availability": "https://schema.org/InStock"}, False, True),
        ({"availability": "while stocks last"}, False, True),
        ({"is_available": "0", "is_on_special": "yes"}, True, False),
    ],
)
def test_flags(said: dict[str, object], *, special: bool, available: bool) -> None:
    seen = observe(**said)
    assert (seen.is_on_special, seen.is_available) == (special, available)


@pytest.mark.parametrize(
    ("code", "gtin", "attributes"),
    [
        ("9310645111766", "9310645111766", None),
        (9310645111766, "9310645111766", None),
        ("09310645111766", "9310645111766", None),
        ("2918940000005", None, '{"barcode":"2918940000005"}'),
        ("0212345000007", None, '{"barcode":"212345000007"}'),
        ("20012343", None, '{"barcode":"20012343"}'),
        ("96385074", "96385074", None),
        ("9310645111767", None, '{"barcode":"9310645111767"}'),
        ("see label", None, '{"barcode":"see label"}'),
        ("", None, None),
    ],
)
def test_only_a_gtin_that_is_one_products_everywhere_counts(
    code: object, gtin: str | None, attributes: str | None
) -> None:
    seen = observe(barcode=code)
    assert (seen.gtin, seen.attributes) == (gtin, attributes)


def test_a_gtin_of_14_digits_has_the_range_of_the_product_inside() -> None:
    assert identifies_product("19310645111763")
    assert not identifies_product("12912345678905")


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ({"category_path": ["Meat & Seafood", "Poultry"]}, "Meat & Seafood > Poultry"),
        ({"category_path": [" Milk ", "", None]}, "Milk"),
        ({"category_path": [], "category": "Dairy"}, "Dairy"),
        ({"category_path": []}, None),
        ({"breadcrumbs": [{"name": "Pantry"}, {"name": "Oils"}]}, "Pantry > Oils"),
    ],
)
def test_categories_are_paths(said: dict[str, object], category: str) -> None:
    assert observe(**said).category == category


@pytest.mark.parametrize(
    ("said", "image", "url"),
    [
        ({"image_url": "https://a.test/1.jpg", "url": "http://a.test"}, "https://a.test/1.jpg", "http://a.test"),
        ({"image_url": " https://a.test/a b.jpg", "url": "/p/1"}, "https://a.test/a%20b.jpg", None),
        ({"image_url": "https://a.test/w/{width}/9e/{slug}"}, "https://a.test/w/500/9e", None),
        ({"image_url": "https://a.test/ü/{width}/9e/{slug}"}, "https://a.test/ü/500/9e", None),
        ({"images": ["https://a.test/1.jpg", "https://a.test/2"]}, "https://a.test/1.jpg", None),
        ({"image_url": "x" * 3000, "url": 5}, None, None),
    ],
)  # fmt: skip
def test_an_address_that_is_none_costs_nothing_but_itself(
    said: dict[str, object], image: str | None, url: str | None
) -> None:
    seen = observe(**said)
    assert (seen.image_url, seen.url) == (image, url)


def test_attributes_are_facts_about_the_product() -> None:
    seen = observe(
        ingredients="Milk",
        health_star_rating=3.5,
        allergens=["Milk", "Soy"],
        country_of_origin=None,
        warnings={"a": 1},
        average_user_rating=4.9,
        normalized_name="milk",
        price_hash="9396bc3115e51e31",
    )
    assert seen.attributes == (
        '{"allergens":["Milk","Soy"],"health_star_rating":3.5,"ingredients":"Milk"}'
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": "x" * 501}, "name_too_long"),
        ({"brand": "x" * 201}, "brand_too_long"),
        ({"size": "x" * 101}, "unit_size_too_long"),
        ({"description": "x" * 100_001}, "description_too_long"),
        ({"category_path": ["x" * 300, "y" * 300]}, "category_too_long"),
        ({"ingredients": "x" * 20_001}, "attributes_too_long"),
        ({"name": "a\0b"}, "control_character"),
        ({"brand": "a\0b"}, "control_character"),
        ({"ingredients": "a\0b"}, "control_character"),
        ({"name": "a\ud800b"}, "invalid_encoding"),
        ({"promotion_type": "a\ud800b"}, "invalid_encoding"),
        ({"ingredients": "a\ud800b"}, "invalid_encoding"),
    ],
)
def test_texts_that_no_field_holds_cost_their_row(said: dict[str, object], code: str) -> None:
    assert [each for _, each in problems(**said)] == [code]


def test_texts_are_trimmed_and_blank_ones_say_nothing() -> None:
    seen = observe(name=" Tea ", brand="  ", description="", size=500, promotion="x" * 300)
    assert (seen.name, seen.brand, seen.description) == ("Tea", None, None)
    assert (seen.unit_size, seen.promotion) == ("500", "x" * 200)


def test_true_is_not_one() -> None:
    contents = read(lines({"sku": "A", "price": 1}, {"sku": "B", "price": True}))
    assert (contents.skus, contents.codes) == (["A"], [(2, "price_invalid")])
