"""The reader's language: theirs by choice, else their browser's; the catalogue that scripts take their words from."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

# no page for people: English, and not even the question is asked
PLAIN: Final = ("/objects/", "/static/", "/healthz", "/livez", "/readyz", "/metrics")
API: Final = "/api/"
SOURCE: Final = "en"


class LanguageMiddleware:
    """Answer pages in the reader's language, the API in the one asked for; leave the thread as it was found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        if request.path_info.startswith(PLAIN):
            return self.get_response(request)
        if request.path_info.startswith(API):
            return self._asked(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response

    def _asked(self, request: HttpRequest) -> HttpResponse:
        """Answer the API's caller: English, unless the request itself asks for another language.

        A page's scripts ask for the page's; what the reader chose is a cookie, of which a program knows nothing. That
        the answer varies by it is told with what else it varies by (`crowd.api.compression`).
        """
        language = asked(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        if language == SOURCE:
            return self.get_response(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def asked(header: str) -> str:
    """Return the first language of a header that there are words for; English where it names none."""
    for language, _ in parse_accept_lang_header(header.lower()):
        try:
            return get_supported_language_variant(language)
        except LookupError:
            continue
    return SOURCE


def in_english(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Keep a page wholly in English that has no translation yet: half of it in each language helps nobody.

    What it refuses is told in English too (`crowd.web.middleware`).
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.LANGUAGE_CODE = SOURCE
        with translation.override(SOURCE):
            response = view(request, *args, **kwargs)
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
