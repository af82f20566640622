"""The last pages: nothing there, and our own fault."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from crowd.queries.scope import MISSING

API = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: as a page, or in the API's own words under its addresses."""
    if request.path.startswith(API):
        return JsonResponse({"code": "not_found", "detail": MISSING, "errors": {}}, status=404)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without asking the database or the session anything: they may be what failed."""
    if request.path.startswith(API):
        told = "The fault is ours and has been noted; try again in a moment."
        return JsonResponse({"code": "server_error", "detail": told, "errors": {}}, status=500)
    return HttpResponse(render_to_string("500.html"), status=500)
