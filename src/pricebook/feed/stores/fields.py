"""Which of a store's values is what: the words that companies use, and what is left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from pricebook.feed.columns import fold
from pricebook.feed.records import CellFault
from pricebook.feed.stores.texts import Reader

T = TypeVar("T")

# Folded (see `columns.fold`), the best first. Some companies keep what they say of themselves
# under "id" beside the number that everyone else knows the store by.
_OWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "company": ("company", "companyname", "retailer", "chain"),
        "observed_at": (
            *("observedat", "scrapedat", "dateobserved", "scrapeddate", "scrapedate"),
            "datescraped",
        ),
        "number_of_stores": ("numberofstores", "totalstores", "storecount"),
        "store_id": (
            *("storeid", "storeno", "storenumber", "storecode", "branchid", "branchno"),
            *("branchcode", "locationid", "id", "code", "number"),
        ),
        "name": ("name", "storename", "displayname", "branchname", "title"),
        "division": ("division", "divisionname", "banner", "brand", "brandname"),
        "retailer_store_id": ("retailerstoreid",),
        "store_type": ("storetype", "type", "format", "storeformat"),
        "store_url": ("storeurl", "url", "website", "link", "pageurl"),
        "online_shop_url": ("onlineshopurl", "shopurl"),
        "ecommerce_url": ("ecommerceurl",),
        "trading_hours": ("tradinghours", "openinghours", "storehours", "hours"),
        "days": ("hoursday", "hoursdays"),
        "facilities": ("facilities", "amenities", "features", "services"),
        "trading": ("istrading", "trading", "isactive", "active", "status", "storestatus"),
    }
)
_ANYWHERE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "email": ("email", "emailaddress"),
        "phone": (
            *("phone", "phonenumber", "publicphonenumber", "telephone", "tel"),
            *("contactnumber", "contactphone"),
        ),
        "address_line_1": (
            *("addressline1", "addressline", "address1", "streetaddress", "street", "line1"),
            "address",
        ),
        "address_line_2": ("addressline2", "address2", "street2", "line2"),
        "suburb": ("suburb", "city", "town", "locality", "addresslocality", "district"),
        "state": (
            *("stateiso", "statecode", "regionisocode", "state", "regionname", "region"),
            *("province", "addressregion"),
        ),
        "postcode": ("postcode", "zipcode", "zip", "postalcode"),
        "latitude": ("latitude", "lat"),
        "longitude": ("longitude", "lng", "lon", "long"),
    }
)
_WRAPPERS: Final = frozenset(
    [
        *("address", "location", "position", "coordinates", "geo", "geolocation", "latlng"),
        *("contact", "contactdetails"),
    ]
)
"""Objects whose values are the store's own."""
_WITHIN: Final = "in "
_MAX_WRAPPED: Final = 3
_PLACES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **_OWN,
        **{
            field: (*names, *(_WITHIN + name for name in names))
            for field, names in _ANYWHERE.items()
        },
    }
)
_BETWEEN: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")


class Cell(NamedTuple):
    """Hold one value of a store that says something."""

    name: str
    """Its key in snake_case; of a value inside a wrapper, behind that one's key."""
    value: object


class Sayings:
    """Hold what an object of a file says; what is taken for a field is gone afterwards."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._cells: dict[str, Cell] = {}
        self.left_out: dict[str, CellFault] = {}
        """Field → why what was said of it cannot be used."""
        self._spread(raw, "", "", _MAX_WRAPPED)

    def take(self, field: str, read: Reader) -> str:
        """Return a field as text, "" where nothing is said of it, or nothing that can be read."""
        found: str | None = None
        fault: CellFault | None = None
        for place in _PLACES[field]:
            cell = self._cells.get(place)
            value = read(cell.value) if cell else None
            if found is not None and value != found:
                # Another thing under a name that may mean this one.
                continue
            if isinstance(value, CellFault):
                fault = fault or value
            else:
                found = value
            self._cells.pop(place, None)
        if found is None and fault:
            self.left_out[field] = fault
        return found or ""

    def take_answers(self, field: str, read: Callable[[object], T | None]) -> list[T]:
        """Return every answer to a field's question; what is none stays."""
        answers = []
        for place in _PLACES[field]:
            cell = self._cells.get(place)
            answer = read(cell.value) if cell else None
            if answer is not None:
                answers.append(answer)
                del self._cells[place]
        return answers

    def take_value(self, field: str) -> object:
        """Return what is said of a field under the best of its names, None if nothing is."""
        for place in _PLACES[field]:
            cell = self._cells.pop(place, None)
            if cell:
                return cell.value
        return None

    def rest(self) -> list[Cell]:
        """Return what was not taken, in the order of the file."""
        return list(self._cells.values())

    def _spread(self, raw: Mapping[str, object], within: str, before: str, depth: int) -> None:
        for key, value in raw.items():
            folded, name = fold(key) or key, f"{before}{snake_case(key) or key}"
            if isinstance(value, dict) and folded in _WRAPPERS and depth:
                self._spread(value, _WITHIN, f"{name}_", depth - 1)
            elif not is_blank(value):
                # Of two spellings of one name the first is read.
                self._cells.setdefault(within + folded, Cell(name, value))


def snake_case(key: str) -> str:
    """Return a key as in the documents: "shoppingModes" → "shopping_modes"."""
    return "_".join(filter(None, _BETWEEN.split(key))).lower()


def is_blank(value: object) -> bool:
    """Tell whether a value says nothing."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())
