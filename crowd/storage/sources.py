"""Where images may be imported from: the operator's list, and nothing else.

`CROWD_IMPORT_SOURCES` is a comma-separated list of `s3://bucket`, `s3://bucket/prefix`, `https://host` and
`https://host/path`. A bucket may carry the options of a storage URL (`?endpoint_url=…&region=…&access_key_id=…`); what
it does not say is taken from `CROWD_STORAGE_URL` where that is S3 too, else from boto3's usual chain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit

from crowd.errors import Invalid
from crowd.storage.address import AddressError, S3Address, parse

_WEB: Final = {"https": 443, "http": 80}
_INHERITED: Final = ("endpoint_url", "public_endpoint_url", "region", "access_key_id", "secret_access_key")


@dataclass(frozen=True)
class Site:
    """A web host, and the path on it that everything must lie below; empty or without a slash at its end."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Sources:
    """What the list says."""

    buckets: tuple[S3Address, ...] = ()
    sites: tuple[Site, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str], *, storage_url: str, environment_endpoint: str = "") -> "Sources":
        """Return what the list says; AddressError, without repeating a secret, where an entry says nothing."""
        own = parse(storage_url)
        buckets, sites = [], []
        for entry in entries:
            scheme = urlsplit(entry).scheme
            if scheme == "s3":
                address = parse(entry)
                assert isinstance(address, S3Address)
                buckets.append(_completed(address, own, environment_endpoint))
            elif scheme in _WEB:
                sites.append(_site(entry))
            else:
                raise AddressError("CROWD_IMPORT_SOURCES lists s3://bucket, s3://bucket/prefix, https://host, …")
        return cls(tuple(buckets), tuple(sites))

    def __bool__(self) -> bool:
        return bool(self.buckets or self.sites)

    def bucket(self, name: str, key: str) -> S3Address:
        """Return the source that a key, or a prefix of keys, lies in; Invalid for one that is not on the list."""
        for each in self.buckets:
            if each.bucket == name and (key.startswith(each.prefix) or f"{key}/" == each.prefix):
                return each
        raise _not_listed(f"s3://{name}/{key}", self)

    def site(self, url: str) -> Site:
        """Return the source that a web address lies in; Invalid for one that is not on the list, or no address."""
        asked = _site(url)
        if ".." in asked.path.split("/"):
            raise Invalid("The address climbs out of its folder; write it without “..”.", code="unsafe_address")
        for each in self.sites:
            same = (each.scheme, each.host, each.port) == (asked.scheme, asked.host, asked.port)
            if same and f"{asked.path}/".startswith(f"{each.path}/"):
                return each
        raise _not_listed(url, self)

    def names(self) -> list[str]:
        """Return the list as people may see it: without options and credentials."""
        sites = [
            f"{each.scheme}://{each.host}{'' if each.port == _WEB[each.scheme] else f':{each.port}'}{each.path}"
            for each in self.sites
        ]
        return [f"s3://{each.bucket}/{each.prefix}" for each in self.buckets] + sites

    def origins(self) -> list[str]:
        """Return scheme and host that signed addresses in these buckets begin with."""
        found = []
        for each in self.buckets:
            parts = urlsplit(each.browser_url("x", region=each.region or "us-east-1"))
            found.append(f"{parts.scheme}://{parts.netloc}")
        return sorted(set(found))


def split_location(location: str) -> tuple[str, str]:
    """Return bucket and key of an `s3://` location, in which nothing is escaped; Invalid for what is none."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not location.startswith("s3://") or not bucket or not key:
        raise Invalid("An object in a bucket is written s3://bucket/key.", code="bad_address")
    return bucket, check_key(key)


def check_key(key: str) -> str:
    """Return the key as it came; Invalid for one that a browser would turn into another, or that cannot be shown."""
    if any(part in {".", ".."} for part in key.split("/")):
        raise Invalid("The key has a segment “.” or “..”, which browsers take for a folder.", code="unsafe_key")
    if len(key.encode()) > 1024 or not key.isprintable():
        raise Invalid("The key has control characters, or more than 1,024 bytes.", code="unsafe_key")
    return key


def _not_listed(asked: str, sources: Sources) -> Invalid:
    told = "no source at all" if not sources else "other sources only"
    return Invalid(
        f"{asked[:200]} may not be imported from: the operator of this server allows {told}. "
        "Ask them to add it to CROWD_IMPORT_SOURCES, or upload the images.",
        code="source_not_allowed",
    )


def _completed(address: S3Address, own: object, environment_endpoint: str) -> S3Address:
    """Return the address with what it leaves unsaid."""
    if isinstance(own, S3Address) and not address.endpoint_url:
        said = {name: getattr(address, name) or getattr(own, name) for name in _INHERITED}
        if address.access_key_id:
            said |= {"access_key_id": address.access_key_id, "secret_access_key": address.secret_access_key}
        return replace(address, **said, addressing=own.addressing)
    if environment_endpoint and not address.endpoint_url:
        return replace(address, endpoint_url=environment_endpoint, addressing="path")
    return address


def _site(url: str) -> Site:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("This is not an address.", code="bad_address") from None
    if parts.scheme not in _WEB or not parts.hostname or "@" in parts.netloc or "\\" in url or not url.isprintable():
        raise Invalid("An address is written s3://bucket/key or https://host/path.", code="bad_address")
    path = unquote(parts.path).rstrip("/")
    return Site(parts.scheme, parts.hostname.rstrip("."), port or _WEB[parts.scheme], path)
