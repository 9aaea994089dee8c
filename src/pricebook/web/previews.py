"""What an import would do, as its page shows it before anybody decides (A11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pricebook.catalogue.history import FieldChange
from pricebook.imports.models import Review
from pricebook.web.differences import differences_of
from pricebook.webhooks.forecast import forecast

if TYPE_CHECKING:
    from pricebook.imports.models import Import
    from pricebook.web.differences import Difference
    from pricebook.webhooks.forecast import Forecast

# What a new product is recognised by; the whole of it would fill the page.
_TOLD_OF_NEW = frozenset({"name", "price", "currency", "brand", "active"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of the file and what it would change."""

    line: int
    sku: str
    product_id: int | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A review with its samples: changed products, new ones, and those that the file lacks."""

    review: Review
    changed: tuple[Sample, ...]
    new: tuple[Sample, ...]
    missing: tuple[Sample, ...]

    @property
    def deed(self) -> str:
        """Return what approving it does, for the button."""
        rows, missing = (
            self.review.new_rows + self.review.changed_rows,
            self.review.missing_products,
        )
        deeds = [f"import {_products(rows)}"] if rows else []
        if missing:
            deeds.append(f"switch off {missing:,}" if rows else f"switch off {_products(missing)}")
        return " and ".join(deeds).capitalize() or "Finish"


def preview_of(import_: Import) -> Preview | None:
    """Return what an import would do, or would have done when somebody looked."""
    review = Review.objects.select_related("approved_by").filter(parent=import_).first()
    if review is None:
        return None
    samples = [_sample(stored) for stored in review.samples]
    known = [sample for sample in samples if sample.product_id is not None]
    return Preview(
        review,
        changed=tuple(sample for sample in known if sample.line),
        new=tuple(sample for sample in samples if sample.product_id is None),
        # They stand in no line.
        missing=tuple(sample for sample in known if not sample.line),
    )


def forecast_of(preview: Preview) -> Forecast:
    """Return what letting an import go on sends to the endpoints of webhooks (C4)."""
    review = preview.review
    # What is missing from the file is switched off, which is a change like any other.
    updated = review.changed_rows + review.missing_products
    return forecast(created=review.new_rows, updated=updated)


def _products(count: int) -> str:
    return f"{count:,} product{'' if count == 1 else 's'}"


def _sample(stored: dict[str, Any]) -> Sample:
    changes = [FieldChange(**change) for change in stored["fields"]]
    if stored["product_id"] is None:
        changes = [change for change in changes if change.field in _TOLD_OF_NEW]
    differences = [each for change in changes for each in differences_of(change)]
    return Sample(stored["line"], stored["sku"], stored["product_id"], tuple(differences))
