"""What was deleted while somebody looked at it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.http import Http404

from pricebook.webhooks.endpoints import EndpointGone

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def gone_is_not_found() -> Iterator[None]:
    """Answer with 404 where an endpoint is gone; around a view, or a part of one."""
    try:
        yield
    except EndpointGone as error:
        raise Http404(str(error)) from error
