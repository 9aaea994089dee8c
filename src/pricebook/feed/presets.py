"""How the exports of well-known systems are to be read: a preset proposes, people decide (A10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pricebook.feed.columns import places_of_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_PRESET: Final = "none"


@dataclass(frozen=True, slots=True)
class Preset:
    """Say by what words a system's export is known, and what its columns hold.

    Words are folded titles, see `columns.fold`.
    """

    name: str
    label: str
    known_by: tuple[frozenset[str], ...]
    """One of these sets of words is in the header."""
    words: Mapping[str, tuple[str, ...]]
    """Field → words for its column, the best first."""
    key: tuple[tuple[str, ...], ...] = ()
    """Words for each of the columns that make the SKU of rows without one."""
    fill_down: bool = False

    def columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return the columns of a header that hold a field."""
        places = places_of_words(header)
        found = {field: _first(words, places) for field, words in self.words.items()}
        return {field: at for field, at in found.items() if at is not None}

    def key_columns(self, header: Sequence[str]) -> tuple[int, ...]:
        """Return the columns of a header that make the SKU."""
        places = places_of_words(header)
        found = [_first(words, places) for words in self.key]
        return tuple(at for at in found if at is not None)


def recognise(header: Sequence[str]) -> Preset | None:
    """Return the preset that a header looks like."""
    words = places_of_words(header).keys()
    return next((p for p in PRESETS if any(known <= words for known in p.known_by)), None)


def _first(words: Sequence[str], places: Mapping[str, int]) -> int | None:
    return next((places[word] for word in words if word in places), None)


PRESETS: Final[tuple[Preset, ...]] = (
    Preset(
        "shopify",
        "Shopify",
        (frozenset({"handle", "variantprice"}), frozenset({"urlhandle", "option1value"})),
        {
            "sku": ("variantsku", "sku"),
            "name": ("title",),
            "description": ("bodyhtml", "description"),
            "price": ("variantprice", "price"),
            "active": ("status", "published", "publishedononlinestore"),
            "brand": ("vendor",),
            "gtin": ("variantbarcode", "barcode"),
            "category": ("productcategory", "type", "producttype"),
            "image_url": ("imagesrc", "productimageurl"),
        },
        key=(
            ("handle", "urlhandle"),
            *((f"option{number}value",) for number in (1, 2, 3)),
        ),
        fill_down=True,
    ),
    Preset(
        "woocommerce",
        "WooCommerce",
        (frozenset({"sku", "regularprice", "published"}),),
        {
            "sku": ("sku",),
            "name": ("name",),
            "description": ("description", "shortdescription"),
            "price": ("regularprice",),
            "active": ("published",),
            "brand": ("brands",),
            "gtin": ("gtinupceanorisbn",),
            "category": ("categories",),
            "image_url": ("images",),
        },
    ),
    Preset(
        "prestashop",
        "PrestaShop",
        (frozenset({"reference", "active01", "ean13"}),),
        {
            "sku": ("reference",),
            "name": ("name",),
            "description": ("description", "shortdescription"),
            "price": (
                "pricetaxexcludedorpricetaxincluded",
                "pricetaxexcluded",
                "pricetaxincluded",
            ),
            "active": ("active01",),
            "brand": ("manufacturer",),
            "gtin": ("ean13", "upc"),
            "category": ("categories",),
            "image_url": ("imageurls",),
        },
    ),
    Preset(
        "magento",
        "Magento",
        (frozenset({"sku", "attributesetcode", "producttype"}),),
        {
            "sku": ("sku",),
            "name": ("name",),
            "description": ("description", "shortdescription"),
            "price": ("price",),
            "active": ("productonline",),
            "category": ("categories",),
            "image_url": ("baseimage",),
        },
    ),
    Preset(
        "google_merchant",
        "Google Merchant",
        (frozenset({"id", "title", "imagelink", "availability"}),),
        {
            "sku": ("id",),
            "name": ("title",),
            "description": ("description",),
            "price": ("price",),
            "active": ("availability",),
            "brand": ("brand",),
            "gtin": ("gtin",),
            "category": ("producttype", "googleproductcategory"),
            "image_url": ("imagelink",),
            "url": ("link",),
        },
    ),
    Preset(
        "open_food_facts",
        "Open Food Facts",
        (
            frozenset({"code", "brandstags", "categoriestags"}),
            frozenset({"code", "productname", "brands", "nutriscoregrade"}),
        ),
        {
            "sku": ("code",),
            "name": ("productname",),
            "description": ("genericname",),
            "brand": ("brands",),
            "category": ("categories",),
            "image_url": ("imageurl", "imagefronturl"),
            "url": ("url",),
            "unit_size": ("quantity",),
        },
    ),
)
"""In the order in which they are tried."""
