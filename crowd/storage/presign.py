"""Query-string signatures of AWS Signature Version 4, for reading or writing one S3 object.

The same moment, lifetime and credentials give the same address. Written here because botocore signs with the clock of
the call, which makes every address new to a browser's cache. Source: Amazon S3 API reference, "Authenticating Requests:
Using Query Parameters (AWS Signature Version 4)"; its worked example is a test.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote, urlsplit

LONGEST_LIFE = 7 * 24 * 3600  # seconds; the protocol's own limit


class Credentials(Protocol):
    """An access key as boto3 gives it; temporary ones carry a token."""

    access_key: str
    secret_key: str
    token: str | None


def presign(
    url: str,
    *,
    credentials: Credentials,
    region: str,
    at: int,
    expires_in: int,
    parameters: Mapping[str, str],
    method: str = "GET",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return `url` (already percent-encoded, without a query) signed for one method.

    Valid from `at` (unix seconds) for `expires_in` seconds; `parameters` are what S3 calls response overrides, and
    `headers` (names in lower case) must be sent exactly so.
    """
    if not 1 <= expires_in <= LONGEST_LIFE:
        raise ValueError(f"an S3 address lives for 1 to {LONGEST_LIFE} seconds, not {expires_in}")
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    parts = urlsplit(url)
    signed = dict(sorted({**headers, "host": parts.netloc}.items()))
    names = ";".join(signed)
    query = {
        **parameters,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(expires_in),
        "X-Amz-SignedHeaders": names,
    }
    if credentials.token:
        query["X-Amz-Security-Token"] = credentials.token
    encoded = "&".join(f"{name}={value}" for name, value in sorted((_quoted(k), _quoted(v)) for k, v in query.items()))
    lines = [f"{name}:{value}" for name, value in signed.items()]
    request = "\n".join([method, parts.path or "/", encoded, *lines, "", names, "UNSIGNED-PAYLOAD"])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return f"{url}?{encoded}&X-Amz-Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
