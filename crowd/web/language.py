"""The reader's language: theirs by choice, else their browser's; the catalogue that scripts take their words from."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

# no page for people: English, and not even the question is asked
PLAIN: Final = ("/api/", "/objects/", "/static/", "/healthz", "/readyz", "/metrics")
SOURCE: Final = "en"


class LanguageMiddleware:
    """Answer pages in the reader's language, and leave the thread as it was found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        if request.path_info.startswith(PLAIN):
            return self.get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def in_english(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Keep a page wholly in English that has no translation yet: half of it in each language helps nobody."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(SOURCE):
            response = view(*args, **kwargs)
        response.headers.setdefault("Content-Language", SOURCE)
        return response

    return answer


@require_safe
@cache_control(public=True, max_age=3600)
def catalogue(request: HttpRequest, language: str) -> HttpResponseBase:
    """Send the words of the scripts in a language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404("There is no such language here.")
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=["crowd"])(request)
