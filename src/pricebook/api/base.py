"""What the resources of the API have in common: strict parameters, filters, numbered pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Never, TypeVar, cast

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ErrorDetail, NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import APIView

from pricebook.api.bodies import BODY_LIMIT
from pricebook.api.problems import ParameterError
from pricebook.api.rates import TooManyRequests, rate_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.core.paginator import Paginator
    from django.http.request import QueryDict
    from django_filters import FilterSet
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.response import Response

    from pricebook.accounts.models import User

Row = TypeVar("Row", bound=Model)


class OnlyRepresentation(DefaultContentNegotiation):
    """Answer with the one representation there is; RFC 9110, section 12.5.1, allows it."""

    def select_renderer(
        self,
        _request: Request,
        renderers: Iterable[BaseRenderer],
        _format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Take the first renderer, whatever `Accept` says."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ResourceView(APIView):
    """A view that refuses query parameters that it does not know, instead of ignoring them."""

    # Of GET; of all other methods.
    query_parameters: ClassVar[frozenset[str]] = frozenset()
    write_parameters: ClassVar[frozenset[str]] = frozenset()
    # Bytes of the largest body that is read.
    body_limit: ClassVar[int] = BODY_LIMIT
    content_negotiation_class = OnlyRepresentation

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the parameters last: only who may enter learns which ones there are."""
        super().initial(request, *args, **kwargs)
        reads = request.method in SAFE_METHODS
        known = self.query_parameters if reads else self.write_parameters
        check_parameters(request.query_params, known)

    def throttled(self, _request: Request, wait: float | None) -> Never:
        """Refuse a request that is one too many. Raises TooManyRequests."""
        raise TooManyRequests(wait or 0)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say on every answer how much may still be asked."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_headers(request).items():
            answer[name] = value
        return answer


class Pages(PageNumberPagination):
    """Numbered pages: `?page=` from 1, `?page_size=` from 1 to 500."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    # "last" would be a page that moves: only numbers name pages.
    last_page_strings = ()
    invalid_page_message = "There is no page {page_number}; the last one has no `next`."

    def get_page_size(self, request: Request) -> int:
        """Return the size asked for. Raises ParameterError where DRF takes another one."""
        return whole_number(request, "page_size", default=50, maximum=500)

    def get_page_number(self, request: Request, _paginator: Paginator[Any]) -> int:
        """Return the number asked for. Raises ParameterError for what is none."""
        return whole_number(request, "page", default=1, maximum=10**9)


def list_parameters(filters: type[FilterSet]) -> frozenset[str]:
    """Return the query parameters of a list: its filters and those of the pages."""
    return frozenset({*filters.base_filters, "page", "page_size"})


def filtered(filters: type[FilterSet], request: Request, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows that the query asks for. Raises ParameterError."""
    chosen = filters(request.query_params, queryset=rows)
    if not chosen.is_valid():
        raise ParameterError(
            {
                name: [
                    ErrorDetail(str(sentence), error.code) for error in data for sentence in error
                ]
                for name, data in chosen.form.errors.as_data().items()
            }
        )
    answer: QuerySet[Row] = chosen.qs
    return answer


def page_of(
    rows: QuerySet[Row], request: Request, represent: Callable[[list[Row]], Any]
) -> Response:
    """Answer with one page of rows: `count`, `next`, `previous` and `results`."""
    pages = Pages()
    page = pages.paginate_queryset(rows, request) or []
    return pages.get_paginated_response(represent(page))


def check_parameters(given: QueryDict, known: frozenset[str]) -> None:
    """Raise ParameterError for a parameter that is unknown or given twice."""
    for name, values in given.lists():
        if name not in known:
            takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            refuse_parameter(name, f"There is no parameter {name!r} here: {takes}.", "unknown")
        if len(values) > 1:
            refuse_parameter(name, f"{name} is given {len(values)} times, not once.", "repeated")


def refuse_parameter(name: str, sentence: str, code: str = "invalid") -> Never:
    """Raise ParameterError for one parameter."""
    raise ParameterError({name: [ErrorDetail(sentence, code)]})


def actor_of(request: Request) -> User:
    """Return who is behind a request; permissions let nobody in without an account."""
    return cast("User", request.user)


def not_found(what: str) -> NotFound:
    """Return the error for a thing that does not exist."""
    return NotFound(f"There is no {what}.")


def whole_number(request: Request, name: str, *, default: int, maximum: int) -> int:
    """Return a parameter from 1 to `maximum`, or the default. Raises ParameterError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    # Nineteen digits at most: int() would refuse 5,000 of them with an error of its own.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    if not 1 <= number <= maximum:
        refuse_parameter(name, f"{name} is a whole number from 1 to {maximum}, not {text[:20]!r}.")
    return number
