"""The last pages: nothing there, and our own fault."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import is_valid_path

from crowd.queries.scope import MISSING
from crowd.queries.sentences import said
from crowd.telemetry import context

API = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: as a page, or in the API's own words under its addresses."""
    if request.path.startswith(API):
        if not request.path.endswith("/") and is_valid_path(f"{request.path_info}/"):
            # the same method and body again: as a GET, which is what a plain redirect makes of it, a POST is lost
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True), preserve_request=True)
        return JsonResponse({"code": "not_found", "detail": said(MISSING), "errors": {}}, status=404)
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 for what Django itself refuses: a host that is not ours, a form with too many fields."""
    if request.path.startswith(API):
        return JsonResponse({"code": "invalid", "detail": str(exception), "errors": {}}, status=400)
    return HttpResponse(render_to_string("400.html"), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database or the session anything: they may be what failed."""
    if request.path.startswith(API):
        told = said("The fault is ours and has been noted; try again in a moment.")
        body = {"code": "server_error", "detail": told, "errors": {}, "request_id": context.get("request_id")}
        return JsonResponse(body, status=500)
    return HttpResponse(render_to_string("500.html", {"request_id": context.get("request_id")}), status=500)
