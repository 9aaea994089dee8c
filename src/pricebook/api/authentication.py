"""Who is asking: a program by its API key, or a person by the session of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from pricebook.accounts.keys import find_live_key

if TYPE_CHECKING:
    from django.http.request import HttpHeaders
    from rest_framework.request import Request

    from pricebook.accounts.models import ApiKey, User

_BEARER = "bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """Accept `Authorization: Bearer KEY` (RFC 6750, section 2.1) and `X-API-Key: KEY`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the key's owner and the key; None when the request carries no key."""
        token = _token_of(request.headers)
        if token is None:
            return None
        api_key = find_live_key(token)
        if api_key is None:
            message = "This API key is unknown, revoked or expired."
            raise AuthenticationFailed(message, code="invalid_key")
        return api_key.owner, api_key

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 (RFC 6750, section 3)."""
        challenge = 'Bearer realm="pricebook"'
        sent = {"authorization", "x-api-key"} & {name.lower() for name in request.headers}
        return f'{challenge}, error="invalid_token"' if sent else challenge


def _token_of(headers: HttpHeaders) -> str | None:
    """Return the one token that the headers carry. Raises AuthenticationFailed for two."""
    scheme, _, credentials = headers.get("Authorization", "").strip().partition(" ")
    tokens = {credentials.strip()} if scheme.lower() == _BEARER else set()
    if "X-API-Key" in headers:
        tokens.add(headers["X-API-Key"].strip())
    if len(tokens) > 1:
        message = "Authorization and X-API-Key carry different keys; send one of them."
        raise AuthenticationFailed(message, code="two_keys")
    return tokens.pop() if tokens else None
