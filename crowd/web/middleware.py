"""Broken rules as pages, and the policy that keeps a page to its own scripts."""

import json
from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crowd import errors
from crowd.queries import sentences

TITLES = {
    400: _("Not understood"),
    403: _("Not allowed"),
    404: _("Not here"),
    409: _("Not now"),
    410: _("Not here"),
    429: _("Too often"),
}

NOTHING = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "private, no-cache",  # nothing between us and the reader keeps it
}


class PolicyMiddleware(CSPMiddleware):
    """Send the pages' Content-Security-Policy with pages; what is no page may load nothing at all."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy to an answer, and what else keeps it from other sites."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, NOTHING)
        return response


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
        with translation.override(getattr(request, "LANGUAGE_CODE", translation.get_language())):
            return self._told(request, error)

    def _told(self, request: HttpRequest, error: errors.CrowdError) -> HttpResponse:
        detail = sentences.said(error.detail)
        if getattr(request, "htmx", False):
            told = {"toast": {"kind": "bad", "text": detail}}
            return HttpResponse(status=error.status, headers={"HX-Trigger": json.dumps(told), "HX-Reswap": "none"})
        context = {
            "title": TITLES.get(error.status, _("Not accepted")),
            "status": error.status,
            "detail": detail,
            "errors": sentences.all_said(error.errors),
        }
        return render(request, "error.html", context, status=error.status)
