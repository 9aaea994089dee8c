"""What the catalogue consists of, counted once for each state of the book (G5).

The counts are kept in Redis under the state of the ledger. That state is read before counting: a
write in between makes the counts newer than their name, never older, and the next reader asks under
another name. So nothing stale is ever shown, and nothing has to be thrown away.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import Count, Q, Subquery

from pricebook.catalogue.models import Product
from pricebook.changes.models import ChangeSet
from pricebook.core import redis
from pricebook.core.db import lock_until_commit

log = logging.getLogger(__name__)

SHOWN: Final = 50
_KEEP_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a field, and how many living products have it."""

    value: str
    products: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The commonest values of some fields, the commonest first; blank ones are left out."""

    brands: tuple[Facet, ...]
    categories: tuple[Facet, ...]
    currencies: tuple[Facet, ...]


def read_facets() -> Facets:
    """Return the facets of the book as it is now; counted only when it has changed."""
    key = f"catalogue:facets:{ledger_state()}"
    kept = _read(key)
    if kept is not None:
        return kept
    with transaction.atomic():
        # One counts, the others wait for what it finds.
        lock_until_commit("catalogue.facets")
        facets = _read(key) or Facets(_count("brand"), _count("category"), _count("currency"))
    _keep(key, facets)
    return facets


def ledger_state() -> str:
    """Return a name of what has been committed so far: one statement, so one moment.

    Positions have no gaps. So the newest one and the sets without one say which sets there are.
    """
    newest = ChangeSet.objects.filter(position__isnull=False).order_by("-position")
    sets = ChangeSet.objects.filter(
        Q(position=None) | Q(position=Subquery(newest.values("position")[:1]))
    )
    ids = ",".join(map(str, sets.order_by("id").values_list("id", flat=True)))
    return sha256(ids.encode()).hexdigest()


def _count(field: str) -> tuple[Facet, ...]:
    rows = (
        Product.objects.live()
        .exclude(**{field: ""})
        .values_list(field)
        .annotate(products=Count("id"))
        .order_by("-products", field)
    )
    return tuple(Facet(value, products) for value, products in rows[:SHOWN])


def _read(key: str) -> Facets | None:
    try:
        kept = redis.client().get(key)
    except redis.ERRORS as error:
        log.warning("The facets were not read: %s", error)
        return None
    if not kept:
        return None
    fields = json.loads(str(kept))
    return Facets(
        **{name: tuple(Facet(**each) for each in found) for name, found in fields.items()}
    )


def _keep(key: str, facets: Facets) -> None:
    try:
        redis.client().set(key, json.dumps(asdict(facets)), ex=_KEEP_SECONDS)
    except redis.ERRORS as error:
        log.warning("The facets were not kept: %s", error)
