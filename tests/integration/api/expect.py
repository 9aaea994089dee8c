"""What tests of the API expect of many answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http import HTTPStatus

    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def expect_problem(response: Answer, status: HTTPStatus) -> dict[str, Any]:
    """Check that the answer is a problem with that status (RFC 9457) and return its members."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == "about:blank"
    assert (problem["title"], problem["status"]) == (status.phrase, status.value)
    assert problem["detail"].endswith(".")
    return problem
