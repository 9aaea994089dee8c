"""Which column of a file holds what: the header's words, as shops and back offices write them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pricebook.feed.errors import FeedError
from pricebook.feed.links import is_link
from pricebook.feed.records import storable

# The order within a field is the order of preference. Accents and case are folded, see `fold`.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "sku": (
        *("sku", "variantsku", "itemsku", "sellersku", "productcodesku", "productcode"),
        *("reference", "articlenumber", "artikelnummer", "artikelnr", "codigo", "sifra", "pid"),
        *("parentasin", "asin", "productid", "handle", "id", "code", "barcode"),
    ),
    "name": (
        *("name", "title", "productname", "itemname", "artikeltext1", "artikel", "naziv"),
        *("nombre", "artikelname", "bezeichnung", "descripcion"),
    ),
    "description": (
        *("description", "bodyhtml", "productdescription", "shortdescription", "summary"),
        *("itemdescription", "beschreibung", "descripcion"),
    ),
    "price": (
        *("price", "variantprice", "regularprice", "pricetaxexcluded"),
        *("pricetaxexcludedorpricetaxincluded", "standardprice", "pricecurrent"),
        *(
            "discountedsellingprice",
            "vkpreis",
            "vkbrutto",
            "verkaufspreis",
            "preis",
            "precio",
            "mpc",
        ),
    ),
    "active": (
        *("status", "published", "active", "isactive", "productonline", "productvisible"),
        *("enabled", "isavailable", "availability"),
    ),
    "currency": ("currency", "currencycode"),
    "brand": ("brand", "vendor", "manufacturer", "brands", "brandname", "marka"),
    "gtin": (
        *("gtin", "ean", "ean13", "upc", "barcode", "variantbarcode", "barkod"),
        "gtinupceanorisbn",
    ),
    "category": (
        *("category", "categories", "productcategory", "categorypath", "producttype", "type"),
        *("artikelgruppe", "googleproductcategory"),
    ),
    "image_url": (
        *("imageurl", "imagesrc", "images", "imagelink", "mainimageurl", "imageurls"),
        *("baseimage", "image"),
    ),
    "url": ("url", "producturl", "link"),
    "unit_size": (
        "unitsize",
        "size",
        "packsize",
        "packagesize",
        "unitpricingmeasure",
        "netokolicina",
    ),
}
_INVERTED_ACTIVE = ("outofstock", "archived", "hidden", "discontinued")
_ATTRIBUTES = "attributes"
_LINKS = frozenset({"image_url", "url"})
_AS_LAST_WORD = {"sku": "sku", "name": "name", "description": "description", "price": "price"}
_NEVER_BY_LAST_WORD = (
    *("compareatprice", "costperitem", "costprice", "purchaseprice", "ekpreis"),
    *("wholesaleprice", "unitprice", "mrp", "metadescription", "seodescription"),
    *("brandname", "companyname", "suppliername", "manufacturername", "vendorname"),
    *("categoryname", "storename", "shopname", "filename", "statename"),
)
_OWN_REJECT_COLUMNS = frozenset({"errorline", "errorcolumn", "errorcode", "errormessage"})
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_WRAPPER = re.compile(r"\s*(?:product|item|node)\.", re.IGNORECASE)
"""Before the titles of an object that holds a product as a whole."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_MAX_LISTED = 20
_MAX_SHOWN_TITLE = 40


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Say which column of a file holds which field."""

    header: tuple[str, ...]
    """Every column's title, as in the file."""
    fields: Mapping[str, int]
    """Field of ProductRecord → column index, for those the file has."""
    active_inverted: bool
    """The active column says the opposite, such as "out of stock"."""
    ignored: tuple[str, ...]
    """Titles of the columns that are not read."""

    def title(self, field: str) -> str:
        """Return the title of the column that holds `field`."""
        return self.header[self.fields[field]]


def fold(text: str) -> str:
    """Return the text's letters and digits without case or accents: "Šifra #" → "sifra"."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, decomposed))


def propose_mapping(header: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> ColumnMapping:
    """Return the mapping that the header's words suggest (A10).

    `sample` is the rows that the file begins with. Columns of links in which they hold none, such
    as Magento's paths of pictures, are not read: every row would be refused.
    Raises FeedError `no_sku_column`, or `no_other_column` when there is nothing but a SKU to read.
    """
    fields, inverted = find_fields(header)
    fields = {field: at for field, at in fields.items() if not _holds_paths(field, at, sample)}
    if "sku" not in fields:
        raise FeedError("no_sku_column", _no_sku(header))
    if len(fields) == 1:
        raise FeedError("no_other_column", _nothing_but_sku(header, header[fields["sku"]]))
    used = set(fields.values())
    ignored = tuple(title for i, title in enumerate(header) if i not in used and title.strip())
    return ColumnMapping(tuple(header), MappingProxyType(fields), inverted, ignored)


def find_fields(header: Sequence[str]) -> tuple[dict[str, int], bool]:
    """Return the columns recognised in a row of titles, and whether `active` is inverted.

    None are without a SKU: then the row is no header.
    """
    bare = [_bare(title) if "(" in title or "." in title else title for title in header]
    by_title = _first_of_each(header)
    by_bare_title = _first_of_each(bare) if bare != list(header) else by_title
    by_last_word = _by_last_word(bare)
    fields: dict[str, int] = {}

    def find(synonyms: Sequence[str], last_word: str | None) -> int | None:
        for titles in (by_title, by_bare_title):
            for synonym in synonyms:
                index = titles.get(synonym)
                if index is not None and index not in fields.values():
                    return index
        index = by_last_word.get(last_word) if last_word else None
        return None if index in fields.values() else index

    for field, synonyms in _SYNONYMS.items():
        index = find(synonyms, _AS_LAST_WORD.get(field))
        if index is not None:
            fields[field] = index
        elif field == "sku":
            return {}, False
    if _ATTRIBUTES in by_title:  # no other title promises JSON
        fields[_ATTRIBUTES] = by_title[_ATTRIBUTES]
    inverted = None if "active" in fields else find(_INVERTED_ACTIVE, None)
    if inverted is None:
        return fields, False
    return {**fields, "active": inverted}, True


def _bare(title: str) -> str:
    """Return a title without what stands in brackets, or around the product as a whole."""
    bare = _IN_BRACKETS.sub(" ", title)
    wrapper = _WRAPPER.match(bare)
    return bare[wrapper.end() :] if wrapper else bare


def _holds_paths(field: str, index: int, sample: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column of links holds other texts only."""
    if field not in _LINKS:
        return False
    cells = {row[index].strip() for row in sample if len(row) > index} - {""}
    return bool(cells) and not any(map(is_link, cells))


def _first_of_each(titles: Sequence[str]) -> dict[str, int]:
    first: dict[str, int] = {}
    for index, title in enumerate(titles):
        key = fold(title)
        if key not in _OWN_REJECT_COLUMNS:
            first.setdefault(key, index)
    return first


def _by_last_word(titles: Sequence[str]) -> dict[str, int]:
    first: dict[str, int] = {}
    for index, title in enumerate(titles):
        if not fold(title).endswith(_NEVER_BY_LAST_WORD):
            words = [word for word in _BETWEEN_WORDS.split(title) if word]
            if words:
                first.setdefault(fold(words[-1]), index)
    return first


def _no_sku(header: Sequence[str]) -> str:
    return (
        f"The file has no SKU column. Its columns are: {_listed(header)}. Rename the one that "
        "identifies a product to sku; variant sku, item sku, product code, reference, "
        "article number, product id, id, code and barcode are understood too."
    )


def _nothing_but_sku(header: Sequence[str], sku: str) -> str:
    return (
        f"Only the SKU column ({sku.strip()}) was recognised. The file's columns are: "
        f"{_listed(header)}. Rename at least one more to name, description, price or active."
    )


def _listed(header: Sequence[str]) -> str:
    titles = [title.strip()[:_MAX_SHOWN_TITLE] for title in header if title.strip()]
    more = f" and {len(titles) - _MAX_LISTED:,} more" if len(titles) > _MAX_LISTED else ""
    return storable(", ".join(titles[:_MAX_LISTED])) + more
