"""What can go wrong between a client and a site, as exceptions; none of them ever carries the token."""

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Anything that this client raises."""


class Unreachable(ClientError):
    """The site did not answer, or the connection broke, for as long as the client's patience lasted."""


class TookTooLong(ClientError):
    """What was waited for did not come about in the time given."""


class Failed(ClientError):
    """What was waited for ended in failure; the text says why."""


class Corrupt(ClientError):
    """A file is not what its checksum says. It was thrown away."""


class NeedsPackage(ClientError):
    """A library that this one method needs is not installed; the text says how to install it."""


class ApiError(ClientError):
    """The site refused: `code` is its machine word, `detail` its sentence, `errors` the faults by JSON path."""

    def __init__(self, *, request: str, status: int, code: str, detail: str, errors: Mapping[str, list[str]]) -> None:
        self.request, self.status, self.code, self.detail, self.errors = request, status, code, detail, errors
        faults = "; ".join(f"{path}: {' '.join(map(str, lines))}" for path, lines in errors.items())
        super().__init__(f"{request} answered {status} {code}: {detail}{faults and f' ({faults})'}")


class Invalid(ApiError):
    """400, 415, 422: what was sent is wrong; `errors` says where."""


class NotSignedIn(ApiError):
    """401: there is no token, or it is unknown or has expired."""


class Forbidden(ApiError):
    """403: the token may not do that, or the worker is paused or not qualified."""


class NotFound(ApiError):
    """404: there is no such thing, or it is not this caller's to see."""


class Conflict(ApiError):
    """409: it cannot be done as things are now."""


class Gone(ApiError):
    """410: it will not come back: an image that was erased, or a feed's place from before the site was restored."""


class TooLarge(ApiError):
    """413: send less at a time."""


class TooManyRequests(ApiError):
    """429, for longer than the client's patience lasted."""


class ServerFault(ApiError):
    """5xx: the fault is the site's."""


class Moved(ApiError):
    """The address redirects elsewhere, where the token is not taken: name the new address of the site."""


_KINDS: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


def of_answer(*, request: str, status: int, body: Any, location: str = "") -> ApiError:
    """Return the exception that an answer stands for; a body that is none of the API's gives a plain sentence."""
    told = body if isinstance(body, dict) else {}
    errors = told.get("errors")
    detail = str(told.get("detail") or "no reason given; the web server's log may tell more")
    kind = _KINDS.get(status, ServerFault if status >= 500 else ApiError)
    if 300 <= status < 400:
        kind, detail = Moved, f"this address has moved to {location.partition('?')[0]}; name that site instead"
    return kind(
        request=request,
        status=status,
        code=str(told.get("code", "")),
        detail=detail,
        errors=errors if isinstance(errors, dict) else {},
    )
