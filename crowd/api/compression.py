"""Answers of the API made smaller for who asks for it, told apart by their content, and kept out of shared caches.

Only what is read by a token, or by everybody, is compressed. A page elsewhere can have a browser ask with its cookies,
and guess by the length of what comes back at a secret that stands beside words of its own (BREACH); it has nobody's
token. An answer that shows a secret is not compressed either way.
"""

import zlib
from collections.abc import Callable
from typing import Final

import zstandard
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.http import parse_header_parameters

API: Final = "/api/"
SECRET: Final = "_shows_a_secret"  # noqa: S105 -- an attribute of responses
VARY: Final = ("Accept-Encoding", "Authorization", "Cookie", "Accept-Language")
LEAST: Final = 1000  # bytes; below, a packet is a packet
UNCHANGED: Final = frozenset({"If-Match", "If-Unmodified-Since"})
SAFE: Final = ("GET", "HEAD")
KINDS: Final = ("application/json", "application/vnd.oai.openapi", "application/vnd.oai.openapi+json")
GZIP: Final = 16 + zlib.MAX_WBITS


def gzipped(content: bytes) -> bytes:
    """Return the bytes as gzip, the same for the same."""
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    return packer.compress(content) + packer.flush()


def zstandardised(content: bytes) -> bytes:
    """Return the bytes as Zstandard."""
    return zstandard.ZstdCompressor(level=3).compress(content)  # one for each: none may be shared among threads


# The first is chosen where a client likes several alike.
CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {"zstd": zstandardised, "gzip": gzipped}


class AnswersMiddleware:
    """Give the API's answers what their way to the client needs: `ETag`, `Vary`, `Cache-Control`, a coding."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        response = self.get_response(request)
        if not request.path_info.startswith(API):
            return response
        by_token = bool(request.META.get("HTTP_AUTHORIZATION"))
        personal = by_token or bool(request.COOKIES)
        if "Vary" in response:
            patch_vary_headers(response, VARY)
        else:
            response["Vary"] = ", ".join(VARY)
        if "Cache-Control" not in response:
            response["Cache-Control"] = f"private, {'no-store' if getattr(response, SECRET, False) else 'no-cache'}"
        return (
            self._fitted(request, response, compressible=by_token or not personal)
            if isinstance(response, HttpResponse)
            else response
        )

    def _fitted(self, request: HttpRequest, response: HttpResponse, *, compressible: bool) -> HttpResponse:
        if request.method in SAFE and response.status_code == 200 and not getattr(response, SECRET, False):
            set_response_etag(response)
            if not UNCHANGED.intersection(
                request.headers
            ):  # of what is only read nobody makes sure that it is still the same
                response = get_conditional_response(request, etag=response.get("ETag"), response=response) or response
        if compressible:
            self._compress(request, response)
        return response

    def _compress(self, request: HttpRequest, response: HttpResponse) -> None:
        kind = response.get("Content-Type", "").partition(";")[0]
        if len(response.content) < LEAST or kind not in KINDS or getattr(response, SECRET, False):
            return
        coding = preferred(request.headers.get("Accept-Encoding", ""))
        if not coding:
            return
        smaller = CODINGS[coding](response.content)
        response.content = smaller
        response["Content-Encoding"] = coding
        response["Content-Length"] = str(len(smaller))
        if response.get("ETag", "").startswith('"'):  # the same for all codings, so no longer byte by byte
            response["ETag"] = f"W/{response['ETag']}"


def preferred(accepted: str) -> str:
    """Return the coding that a client likes best, of those we have; nothing where it is none of them (RFC 9110)."""
    liked: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, parameters = parse_header_parameters(part.strip())
        try:
            liked[name] = float(parameters.get("q", "1"))
        except ValueError:
            liked[name] = 0.0
    weights = {coding: liked.get(coding, liked.get("*", 0.0)) for coding in CODINGS}
    best = max(weights, key=lambda coding: weights[coding])
    return best if weights[best] > 0 and weights[best] >= liked.get("identity", 0.0) else ""
