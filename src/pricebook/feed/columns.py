"""Which column of a file holds what: the header's words, as shops and back offices write them."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pricebook.feed.links import is_link

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
OWN_REJECT_COLUMNS = frozenset({"errorline", "errorcolumn", "errorcode", "errormessage"})
"""Folded titles of what a reject file says beside the file's own columns."""
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_WRAPPER = re.compile(r"\s*(?:product|item|node)\.", re.IGNORECASE)
"""Before the titles of an object that holds a product as a whole."""
_BETWEEN_WORDS = re.compile(r"[\W_]+")


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
    key: tuple[int, ...] = ()
    """Indexes of the columns that make the SKU where it is blank."""
    attributes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Name → index of the columns that are kept among the attributes."""

    def title(self, field: str) -> str:
        """Return the title of the column that holds `field`."""
        return self.header[self.fields[field]]


def fold(text: str) -> str:
    """Return the text's letters and digits without case or accents: "Šifra #" → "sifra"."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, decomposed))


def fold_name(text: str) -> str:
    """Return a title's letters, digits, currency signs, % and #, without case or accents.

    Names of columns are compared by it: "Preis €" is "PREIS (€)", and not "Preis £".
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(_tells_apart, decomposed))


def is_reject_file(header: Sequence[str]) -> bool:
    """Tell whether a header is that of a reject file: all of its own columns are there."""
    return set(map(fold, header)) >= OWN_REJECT_COLUMNS


def find_fields(header: Sequence[str]) -> tuple[dict[str, int], bool]:
    """Return the columns recognised in a row of titles, and whether `active` is inverted.

    None are without a SKU: then the row is no header.
    """
    titles = _Titles(header)
    if titles.find(_SYNONYMS["sku"], _AS_LAST_WORD["sku"], ()) is None:
        return {}, False
    return _find_all(titles, {})


def suggest_fields(
    header: Sequence[str], sample: Sequence[Sequence[str]], settled: Mapping[str, int]
) -> tuple[dict[str, int], bool]:
    """Return the columns `settled` and, for other fields, those that the header's words suggest.

    The second value says whether `active` is inverted. `sample` is the rows that the file begins
    with: columns of links in which they hold none, such as Magento's paths of pictures, are not
    suggested, because every row would be refused.
    """
    fields, inverted = _find_all(_Titles(header), settled)
    found = {name: at for name, at in fields.items() if not _holds_paths(name, at, sample)}
    return found, inverted


def says_the_opposite(title: str) -> bool:
    """Tell whether a title asks for the opposite of active, such as "out of stock"."""
    return fold(title) in _INVERTED_ACTIVE or fold(_bare(title)) in _INVERTED_ACTIVE


def places_of_words(header: Sequence[str]) -> dict[str, int]:
    """Return the folded titles, with and without what stands in brackets, and their columns."""
    titles = _Titles(header)
    return titles.by_bare_title | titles.by_title


class _Titles:
    """Look up titles: as they are, without what stands in brackets, by their last words."""

    def __init__(self, header: Sequence[str]) -> None:
        bare = [_bare(title) if "(" in title or "." in title else title for title in header]
        self.by_title = _first_of_each(header)
        self.by_bare_title = _first_of_each(bare) if bare != list(header) else self.by_title
        self._by_last_word = _by_last_word(bare)

    def find(
        self, synonyms: Sequence[str], last_word: str | None, taken: Collection[int]
    ) -> int | None:
        """Return the column of the best synonym among those that are not taken."""
        for titles in (self.by_title, self.by_bare_title):
            for synonym in synonyms:
                index = titles.get(synonym)
                if index is not None and index not in taken:
                    return index
        index = self._by_last_word.get(last_word) if last_word else None
        return None if index in taken else index


def _find_all(titles: _Titles, settled: Mapping[str, int]) -> tuple[dict[str, int], bool]:
    fields = dict(settled)
    for name, synonyms in _SYNONYMS.items():
        if name not in fields:
            index = titles.find(synonyms, _AS_LAST_WORD.get(name), fields.values())
            if index is not None:
                fields[name] = index
    attributes = titles.by_title.get(_ATTRIBUTES)  # no other title promises JSON
    if attributes is not None and attributes not in fields.values():
        fields.setdefault(_ATTRIBUTES, attributes)
    inverted = None
    if "active" not in fields:
        inverted = titles.find(_INVERTED_ACTIVE, None, fields.values())
    if inverted is None:
        return fields, False
    return {**fields, "active": inverted}, True


def _tells_apart(char: str) -> bool:
    return char.isalnum() or char in "%#" or unicodedata.category(char) == "Sc"


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
        if key not in OWN_REJECT_COLUMNS:
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
