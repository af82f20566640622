"""Signed addresses of objects that our own site serves."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from django.core.signing import BadSignature, Signer

from crowd.errors import CrowdError, Missing
from crowd.storage.base import checked, window_start

PATH: Final = "/objects/"
OCTETS: Final = "application/octet-stream"


@dataclass(frozen=True)
class Grant:
    """What a valid link allows: one object, served in one way, until `expires_at` (unix seconds)."""

    key: str
    expires_at: int
    filename: str | None
    content_type: str


def make(key: str, *, now: float, expires_in: int, filename: str | None, content_type: str | None) -> str:
    """Return the path and query of a link; see `Store.url` for how long it lives."""
    grant = Grant(key, window_start(now, expires_in=expires_in) + expires_in, filename or None, content_type or OCTETS)
    query = {"expires": grant.expires_at, "type": grant.content_type, "signature": _sign(grant)}
    if grant.filename:
        query["filename"] = grant.filename
    return f"{PATH}{quote(key)}?{urlencode(query)}"


def verify(key: str, parameters: Mapping[str, str], *, now: float | None = None) -> Grant:
    """Return what the link allows; raise Missing for one that is forged, altered or expired, without saying which."""
    refused = Missing("There is no such object, or the link to it has expired; load the page again.")
    try:
        grant = Grant(
            key=checked(key),
            expires_at=int(parameters.get("expires", "")),
            filename=parameters.get("filename") or None,
            content_type=parameters.get("type") or OCTETS,
        )
        # compares in constant time, and knows the fallback keys of a rotation
        _signer().unsign(f"{_payload(grant)}:{parameters.get('signature', '')}")
    except (CrowdError, ValueError, BadSignature):
        raise refused from None
    if grant.expires_at <= (time.time() if now is None else now):
        raise refused
    return grant


def _signer() -> Signer:
    return Signer(salt="crowd.storage.links")


def _payload(grant: Grant) -> str:
    # JSON keeps the fields apart: no other four values give the same text
    return json.dumps([grant.key, grant.expires_at, grant.filename, grant.content_type])


def _sign(grant: Grant) -> str:
    return _signer().signature(_payload(grant))
