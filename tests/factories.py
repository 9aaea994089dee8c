"""Things that tests need, made the way the product makes them."""

from __future__ import annotations

import io
from decimal import Decimal

from django.utils import timezone

from pricebook.accounts.models import User
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Product
from pricebook.changes.ledger import Growth
from pricebook.changes.totals import add_to_totals
from pricebook.files.models import StoredFile
from pricebook.files.receive import receive_file
from pricebook.imports.intake import AS_USUAL, create_import
from pricebook.imports.models import Import
from pricebook.imports.options import Options
from pricebook.jobs.models import Job
from pricebook.jobs.runner import run_job


def a_user(name: str = "cat") -> User:
    return User.objects.create_user(username=name, password="a long password")


def a_product(sku: str, **fields: object) -> Product:
    """Put a product into the book as if it had been there before the ledger began."""
    now = timezone.now()
    values = {"name": "", "description": "", "price": None, "active": True, **fields}
    product = Product.objects.create(
        sku=sku, sku_key=sku_key(sku), **{"created_at": now, "updated_at": now, **values}
    )
    if not product.is_deleted:
        add_to_totals(Growth(1, int(product.active)))
    return product


def a_file(content: str | bytes, name: str = "products.csv") -> StoredFile:
    raw = content.encode() if isinstance(content, str) else content
    return receive_file(io.BytesIO(raw), name=name, actor=None)


def an_import(
    content: str | bytes, name: str = "products.csv", options: Options = AS_USUAL
) -> Import:
    return create_import(file=a_file(content, name), actor=None, options=options)


def imported(content: str | bytes, name: str = "products.csv", options: Options = AS_USUAL) -> Job:
    """Import the content here and now; return how the job ended."""
    job_id = an_import(content, name, options).job_id
    assert run_job(job_id)
    return Job.objects.get(id=job_id)


def counts(job: Job) -> dict[str, int]:
    """Return the counts that are not zero, by short name."""
    names = ("total", "created", "updated", "unchanged", "duplicate", "skipped", "failed")
    found = {name: getattr(job, f"{name}_rows") for name in names}
    return {name: number for name, number in found.items() if number}


def book() -> dict[str, tuple[str, str, Decimal | None, bool]]:
    """Return {sku: (name, description, price, active)} of the living products."""
    return {
        product.sku: (product.name, product.description, product.price, product.active)
        for product in Product.objects.live()
    }
