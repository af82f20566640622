"""One line, one figure and one span for each request; its id goes out with the answer and along with its jobs."""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from crowd.telemetry import context, lines, measures, traces

logger = logging.getLogger("crowd.requests")
HEADER: Final = "X-Request-ID"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SILENT: Final = frozenset({"healthz", "livez", "readyz", "metrics"})  # asked every few seconds, by machines
STATIC, UNKNOWN = "static", "unknown"


class TelemetryMiddleware:
    """Watch a request from outside everything else. Addresses are told by their pattern: they hold names and tokens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, and say what became of it."""
        began = time.perf_counter()
        own = context.request_id(request.META.get("HTTP_X_REQUEST_ID"))
        request.request_id = own  # type: ignore[attr-defined]
        method = request.method if request.method in METHODS else "other"
        parent = {"traceparent": given} if (given := request.META.get("HTTP_TRACEPARENT")) else None
        with (
            context.bound(request_id=own, request=request),
            traces.span(str(method), "SERVER", {"http.request.method": method}, parent=parent) as span,
        ):
            response = self.get_response(request)
            response.headers[HEADER] = own
            view, route = found_by(request)
            seconds = time.perf_counter() - began
            measures.observe("http_request_seconds", seconds, view, str(method), f"{response.status_code // 100}xx")
            if span is not None:
                told = {"http.route": route, "http.response.status_code": response.status_code, "crowd.request_id": own}
                span.update_name(f"{method} {route}")
                span.set_attributes(told | {f"crowd.{name}": value for name, value in _numbers().items()})
            if view not in SILENT and view != STATIC:
                figures = {"view": view, "status": response.status_code, "milliseconds": round(1000 * seconds, 1)}
                logger.info("%s %s", method, route, extra={lines.FIGURES: figures})
        return response


def found_by(request: HttpRequest) -> tuple[str, str]:
    """Return the name of the view that answered and the pattern of its address; both are of the code alone."""
    match = request.resolver_match
    if match is None:
        known = STATIC if request.path_info.startswith(f"/{settings.STATIC_URL.strip('/')}/") else UNKNOWN
        return known, f"({known})"
    return match.view_name.removeprefix("crowd.api."), f"/{match.route}"


def _numbers() -> dict[str, int]:
    return {name: value for name, value in context.carried().items() if name in {"project", "user"}}
