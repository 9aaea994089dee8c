"""The forms of webhooks: an endpoint, its test and its secret, and the filter of its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from django import forms
from django.conf import settings
from django.utils import timezone

from pricebook.changes.models import EventType
from pricebook.core.addresses import MAX_URL
from pricebook.web.forms import FilterForm
from pricebook.web.modal import ModalForm
from pricebook.webhooks.deliveries import DeliveryFilter
from pricebook.webhooks.endpoints import DEFAULT_OVERLAP, LONGEST_OVERLAP, EndpointValues
from pricebook.webhooks.event_types import PRODUCTS_BATCH
from pricebook.webhooks.models import (
    DEFAULT_RATE,
    MAX_DESCRIPTION,
    MAX_RATE,
    BulkMode,
    DeliveryStatus,
)

if TYPE_CHECKING:
    from django.forms.boundfield import BoundWidget

    from pricebook.webhooks.endpoints import EndpointRefused
    from pricebook.webhooks.models import Endpoint

_HOUR: Final = timedelta(hours=1)
_GROUPS: Final = {"product": "Products", "products": "Products", "import": "Imports"}
_MODES: Final = [
    (BulkMode.SUMMARY, "One summary: a single event when the work is done, with its counts"),
    (BulkMode.BATCH, "Batches: 100 short events a request, saying what happened to which product"),
    (BulkMode.EACH, "Every product: a full event for each, no faster than the limit below"),
]
_AS_BROWSERS: Final = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    """A day and a time, in UTC, by the browser's own means."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=_AS_BROWSERS)


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Boxes to tick that belong together."""

    label: str
    choices: tuple[BoundWidget, ...]


class EndpointForm(ModalForm):
    """An endpoint, new or known.

    Whether it is enabled is no part of it: a form that was opened before it was disabled by itself
    would enable it again.
    """

    url = forms.CharField(
        label="URL",
        max_length=MAX_URL,
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.com/hooks/pricebook", "autocomplete": "off"}
        ),
        help_text="Requests are sent there by POST. It answers with 2xx to say that it has them.",
    )
    description = forms.CharField(
        required=False,
        max_length=MAX_DESCRIPTION,
        widget=forms.TextInput(attrs={"placeholder": "Warehouse", "autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(
        label="Events",
        choices=EventType.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
    bulk_mode = forms.ChoiceField(
        label="Imports and other changes of many products are told as",
        choices=_MODES,
        widget=forms.RadioSelect,
        initial=BulkMode.SUMMARY,
    )
    rate_limit = forms.IntegerField(
        label="Requests a second at most",
        required=False,
        min_value=1,
        max_value=MAX_RATE,
        initial=DEFAULT_RATE,
        help_text="Blank for no limit.",
    )

    @property
    def event_groups(self) -> list[EventGroup]:
        """Return the boxes of the events by what they tell of."""
        boxes = self["event_types"].subwidgets
        by_group = groupby(boxes, lambda box: _GROUPS[str(box.data["value"]).partition(".")[0]])
        return [EventGroup(label, tuple(group)) for label, group in by_group]

    def values(self) -> EndpointValues:
        """Return what was chosen."""
        given = self.cleaned_data
        return EndpointValues(**given | {"event_types": tuple(given["event_types"])})

    def take_problems(self, error: EndpointRefused) -> None:
        """Show what was refused beside the fields that it is about."""
        for problem in error.problems:
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, problem.message)


def values_of(endpoint: Endpoint) -> dict[str, object]:
    """Return what the form of an endpoint begins with."""
    return {name: getattr(endpoint, name) for name in EndpointForm.base_fields}


class SecretForm(ModalForm):
    """How long the present secret signs beside the new one."""

    overlap_hours = forms.IntegerField(
        label="Hours for which the old secret signs as well",
        min_value=0,
        max_value=LONGEST_OVERLAP // _HOUR,
        initial=DEFAULT_OVERLAP // _HOUR,
        help_text=(
            "Time to put the new one into your receiver. "
            f"From 0, for one that leaked, to {LONGEST_OVERLAP // _HOUR}."
        ),
    )

    def overlap(self) -> timedelta:
        """Return the time that was chosen."""
        return timedelta(hours=self.cleaned_data["overlap_hours"])


class SampleForm(ModalForm):
    """Which sample is sent."""

    event_type = forms.ChoiceField(
        label="Sample",
        choices=[(type_.value, f"{type_.value} · {type_.label}") for type_ in EventType],
    )


class RecoveryForm(ModalForm):
    """The time of which everything is sent again that did not arrive."""

    since = forms.DateTimeField(label="From (UTC)", widget=MomentInput())
    until = forms.DateTimeField(label="To (UTC)", widget=MomentInput())


def time_to_recover(endpoint: Endpoint) -> dict[str, datetime]:
    """Return the time that a person most likely means: since the first failure, or a day."""
    # Browsers show minutes: all of the present one is meant.
    until = timezone.now() + timedelta(minutes=1)
    known = [at for at in (endpoint.failing_since, endpoint.disabled_at) if at is not None]
    since = min(known, default=until - timedelta(days=1))
    return {"since": max(since, until - settings.WEBHOOK_LOG_RETENTION), "until": until}


class DeliveryFilterForm(FilterForm):
    """The filter of the log of an endpoint."""

    status = forms.ChoiceField(required=False, choices=[("", "All"), *DeliveryStatus.choices])
    event_type = forms.ChoiceField(
        required=False,
        choices=[("", "All"), *((name, name) for name in [*EventType.values, PRODUCTS_BATCH])],
    )
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)
    event_id = forms.CharField(required=False, max_length=100)

    def chosen(self) -> DeliveryFilter:
        """Return which deliveries are meant."""
        return DeliveryFilter(**self.values())
