"""What a storage URL says. Pure text: the settings may read it before anything else is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_OPTIONS: Final = {
    "endpoint_url",  # an S3 server other than Amazon's
    "public_endpoint_url",  # the same server as browsers reach it, where that differs
    "region",
    "access_key_id",  # credentials; without, boto3's usual chain: environment, files, instance role
    "secret_access_key",
    "addressing",  # "path" (default with an endpoint_url) or "virtual" (default without)
}


class AddressError(ValueError):
    """A storage URL that names no store; the message says what one looks like."""


@dataclass(frozen=True)
class FileAddress:
    """A folder on this machine."""

    path: Path


@dataclass(frozen=True)
class S3Address:
    """A bucket, and a prefix in it that is empty or ends in a slash."""

    bucket: str
    prefix: str
    endpoint_url: str | None = None
    public_endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    addressing: str = "virtual"

    def browser_url(self, key: str, *, region: str) -> str:
        """Return the object's address as a browser reaches it, unsigned; `key` without the prefix."""
        path = quote(self.prefix + key, safe="/-_.~")
        endpoint = (self.public_endpoint_url or self.endpoint_url or f"https://s3.{region}.amazonaws.com").rstrip("/")
        if self.addressing == "virtual":
            scheme, _, host = endpoint.partition("://")
            return f"{scheme}://{self.bucket}.{host}/{path}"
        return f"{endpoint}/{self.bucket}/{path}"


def parse(url: str) -> FileAddress | S3Address:
    """Return what the URL names; raise AddressError, without repeating a secret, where it names nothing."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
            raise AddressError("A file store is written file:///absolute/path.")
        return FileAddress(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return _s3(parts.netloc, parts.path, dict(parse_qsl(parts.query)))
    raise AddressError("CROWD_STORAGE_URL is file:///path or s3://bucket/prefix?endpoint_url=…&region=….")


def browser_origin(url: str) -> str | None:
    """Return scheme and host that signed addresses of this store begin with; None where they are our own site's.

    A Content-Security-Policy has to allow it as a source of images.
    """
    address = parse(url)
    if isinstance(address, FileAddress):
        return None
    parts = urlsplit(address.browser_url("x", region=address.region or "us-east-1"))
    return f"{parts.scheme}://{parts.netloc}"


def _s3(bucket: str, path: str, options: dict[str, str]) -> S3Address:
    if unknown := set(options) - _OPTIONS:
        raise AddressError(
            f"CROWD_STORAGE_URL has no option {min(unknown)!r}; there are: {', '.join(sorted(_OPTIONS))}."
        )
    if not bucket or "@" in bucket:
        raise AddressError(
            "An S3 store is written s3://bucket/prefix; credentials go into its query or the environment."
        )
    if ("access_key_id" in options) != ("secret_access_key" in options):
        raise AddressError("access_key_id and secret_access_key come together.")
    for name in ("endpoint_url", "public_endpoint_url"):
        if not options.get(name, "https://").startswith(("http://", "https://")):
            raise AddressError(f"{name} begins with http:// or https://.")
    options.setdefault("addressing", "path" if options.get("endpoint_url") else "virtual")
    if options["addressing"] not in {"path", "virtual"}:
        raise AddressError("addressing is path or virtual.")
    prefix = unquote(path).strip("/")
    return S3Address(bucket=bucket, prefix=f"{prefix}/" if prefix else "", **options)
