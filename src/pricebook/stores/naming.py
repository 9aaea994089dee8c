"""Companies and divisions by name: found, or made when they are first named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import slugify

from pricebook.feed.stores.names import company_key
from pricebook.stores.models import MAX_SLUG, Company, Division

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


def find_company(name: str) -> Company:
    """Return the company of that name, or else a new one with a slug of its own.

    The caller holds the lock under which companies are made.
    """
    key = company_key(name)
    known = Company.objects.filter(key=key).first()
    if known is not None:
        return known
    taken = set(Company.objects.values_list("slug", flat=True))
    return Company.objects.create(name=name, key=key, slug=free_slug(name, taken, "company"))


def find_divisions(company: Company, names: Iterable[str]) -> dict[str, Division]:
    """Return a company's divisions by key, those that are new in `names` included; blanks are none.

    The caller holds the lock under which they are made.
    """
    divisions = {each.key: each for each in company.divisions.all()}
    taken = {each.slug for each in divisions.values()}
    for name in filter(None, names):
        key = company_key(name)
        if key not in divisions:
            slug = free_slug(name, taken, "division")
            divisions[key] = company.divisions.create(name=name, key=key, slug=slug)
            taken.add(slug)
    return divisions


def free_slug(name: str, taken: Container[str], otherwise: str) -> str:
    """Return a slug for a name, numbered where it is taken: "coles", "coles-2".

    `otherwise` stands for a name of which ASCII leaves nothing.
    """
    slug = slugify(name)[:MAX_SLUG].strip("-_") or otherwise
    free, number = slug, 1
    while free in taken:
        number += 1
        end = f"-{number}"
        free = slug[: MAX_SLUG - len(end)] + end
    return free
