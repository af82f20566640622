"""Broken rules as pages."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crowd import errors

STATUS: dict[type[errors.CrowdError], int] = {
    errors.Invalid: 400,
    errors.Refused: 403,
    errors.Missing: 404,
    errors.Contradiction: 409,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Unprocessable: 422,
    errors.TooMany: 429,
}
TITLES = {400: "Not understood", 403: "Not allowed", 404: "Not here", 409: "Not now", 429: "Too often"}


class CrowdErrorMiddleware:
    """Turn a CrowdError that a page raised into its HTTP status and a sentence; a message where htmx asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a broken rule; anything else is not this middleware's."""
        if not isinstance(error, errors.CrowdError):
            return None
        status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
        if getattr(request, "htmx", False):
            told = {"toast": {"kind": "bad", "text": error.detail}}
            return HttpResponse(status=status, headers={"HX-Trigger": json.dumps(told), "HX-Reswap": "none"})
        context = {
            "title": TITLES.get(status, "Not accepted"),
            "status": status,
            "detail": error.detail,
            "errors": error.errors,
        }
        return render(request, "error.html", context, status=status)
