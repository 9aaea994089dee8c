"""A plain model of the book: dicts and loops that do what imports, edits and undos promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pricebook.catalogue.keys import sku_key

Value = str | Decimal | bool | None
Fields = dict[str, Value]

CLEAR = "[clear]"


@dataclass(frozen=True)
class Line:
    """A row of a file, as its cells are written."""

    sku: str
    name: str = ""
    price: str = ""
    active: str = ""

    @property
    def said(self) -> Fields | None:
        """What the row says of each field; None for a row that is no product."""
        if not self.sku:
            return None
        fields: Fields = {"sku": self.sku}
        if self.name:
            fields["name"] = "" if self.name == CLEAR else self.name
        if self.price == CLEAR:
            fields["price"] = None
        elif self.price:
            try:
                fields["price"] = Decimal(self.price)
            except InvalidOperation:
                return None
        if self.active:
            fields["active"] = self.active == "yes"
        return fields


@dataclass
class PlainProduct:
    """A product; `deleted` and `written` are the numbers of the deeds that did it last."""

    fields: Fields
    written: int
    deleted: int | None = None


@dataclass(frozen=True)
class Entry:
    """What a job did to one product."""

    key: str
    kind: str
    before: Fields
    after: Fields
    deleted: tuple[int | None, int | None]


@dataclass
class Deed:
    """What a job did."""

    number: int
    entries: list[Entry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    deactivated: int = 0


@dataclass
class PlainBook:
    """Products by key, deleted ones included; and what the last file of each source held."""

    products: dict[str, PlainProduct] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    number: int = 0

    @property
    def living(self) -> dict[str, Fields]:
        """What the book shows."""
        return {
            key: product.fields for key, product in self.products.items() if product.deleted is None
        }

    def load(
        self,
        lines: Iterable[Line],
        *,
        mode: str = "upsert",
        source: str = "",
        missing: bool = False,
    ) -> Deed:
        """Import a file; with `missing` switch off what its source brought before."""
        deed = self._begin()
        rows: dict[str, Fields] = {}
        rejected: set[str] = set()
        for line in lines:
            deed.counts["total"] += 1
            said = line.said
            if said is None:
                deed.counts["failed"] += 1
                rejected |= {sku_key(line.sku)} if line.sku else set()
                continue
            key = sku_key(line.sku)
            deed.counts["duplicate"] += key in rows
            rows[key] = said
        for key, said in rows.items():
            deed.counts[self._merge(deed, key, said, mode)] += 1
        if source:
            self._follow(deed, source, {*rows, *rejected}, missing=missing)
        return deed

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        """Change a living product as a person does."""
        product = self.products[key]
        if any(product.fields[name] != value for name, value in values.items()):
            product.fields = {**product.fields, **values}
            product.written = self._begin().number

    def delete(self, key: str) -> None:
        """Delete a living product."""
        product = self.products[key]
        product.deleted = product.written = self._begin().number

    def undo(self, undone: Deed) -> Deed:
        """Take back what a job did, but to products that were changed since."""
        deed = self._begin()
        for entry in undone.entries:
            product = self.products[entry.key]
            deed.counts["total"] += 1
            if not _is_as_left(product, entry, undone.number):
                deed.counts["skipped"] += 1
                continue
            deed.counts["updated"] += 1
            product.fields = {**product.fields, **entry.before}
            product.written = deed.number
            kind = {"updated": "updated", "deleted": "restored"}.get(entry.kind, "deleted")
            product.deleted = entry.deleted[0] if entry.kind != "created" else deed.number
            pair = (entry.deleted[1], entry.deleted[0])
            deleted = (None, deed.number) if entry.kind == "created" else pair
            deed.entries.append(Entry(entry.key, kind, entry.after, entry.before, deleted))
        return deed

    def _begin(self) -> Deed:
        self.number += 1
        return Deed(self.number)

    def _merge(self, deed: Deed, key: str, said: Fields, mode: str) -> str:
        """Do what a row says; return what it counts as."""
        product = self.products.get(key)
        is_living = product is not None and product.deleted is None
        stored = product.fields if product else {"name": "", "price": None, "active": True}
        after = {**stored, **said}
        if is_living and after == stored:
            return "unchanged"
        if mode != "upsert" and (mode == "create") == is_living:
            return "skipped"
        changed = [name for name in after if product is None or after[name] != stored[name]]
        before_pair = {} if product is None else {name: stored[name] for name in changed}
        after_pair = {} if product is None else {name: after[name] for name in changed}
        kind = "created" if product is None else "updated" if is_living else "restored"
        gone = product.deleted if product else None
        deed.entries.append(Entry(key, kind, before_pair, after_pair, (gone, None)))
        self.products[key] = PlainProduct(after, deed.number)
        return "updated" if is_living else "created"

    def _follow(self, deed: Deed, source: str, in_file: set[str], *, missing: bool) -> None:
        others = set().union(*(held for name, held in self.members.items() if name != source))
        for key in sorted(self.members.get(source, set()) - in_file - others) if missing else ():
            product = self.products[key]
            if product.deleted is None and product.fields["active"]:
                deed.entries.append(
                    Entry(key, "updated", {"active": True}, {"active": False}, (None, None))
                )
                product.fields = {**product.fields, "active": False}
                product.written = deed.number
                deed.deactivated += 1
        self.members[source] = in_file & self.products.keys()


def _is_as_left(product: PlainProduct, entry: Entry, number: int) -> bool:
    if entry.kind == "created":
        return product.deleted is None and product.written == number
    if entry.kind == "deleted":
        return product.deleted == entry.deleted[1]
    return product.deleted is None and all(
        product.fields[name] == value for name, value in entry.after.items()
    )
