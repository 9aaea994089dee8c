"""Every path of the API that leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from pricebook.api.base import OnlyRepresentation

if TYPE_CHECKING:
    from rest_framework.request import Request


class UnknownPath(APIView):
    """Answer 404 to those who may ask, and 401 to all others, whatever the method."""

    # Nothing to describe.
    schema = None
    permission_classes = (IsAuthenticated,)
    content_negotiation_class = OnlyRepresentation

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Stop every request here."""
        super().initial(request, *args, **kwargs)
        message = f"There is nothing at {request.path}."
        if not request.path.endswith("/"):
            message += " The addresses of the API end with a slash."
        raise NotFound(message)
