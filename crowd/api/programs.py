"""Programs and people: a program's call of the API passes by what only browsers need."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from rest_framework.response import Response

API: Final = "/api/v1/"
BEARER: Final = "bearer "


class ProgramsMiddleware:
    """Answer whoever comes to the API with a token of their own at once.

    Sessions, checks against forgery, second factors and messages all rest on cookies, and such a call has none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Call the view, as Django would in the end; pass on what is not a program's, or nobody's."""
        bears = request.META.get("HTTP_AUTHORIZATION", "")[: len(BEARER)].lower() == BEARER
        if not (bears and request.path_info.startswith(API)):
            return self.get_response(request)
        try:
            request.resolver_match = match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response.render() if isinstance(response, Response) else response
