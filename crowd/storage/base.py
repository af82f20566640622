"""What every store promises, and the keys it accepts."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from crowd.errors import Invalid, Missing

LONGEST_KEY: Final = 500
LONGEST_SEGMENT: Final = 200
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=@+-]*")


class StorageError(OSError):
    """The store cannot be used now. Not the caller's fault; the sentence tells the operator what to look at."""


class Store(Protocol):
    """Bytes under keys.

    An object is there as a whole or not at all, whoever crashes when. A key is segments of ASCII letters, digits and
    `._=@+-` joined by `/`, none beginning with a dot; any other raises Invalid. A missing object raises
    Missing (`object_missing`), a store that does not answer raises StorageError.
    """

    def check(self) -> None:
        """Do nothing where objects can be read and kept now; raise StorageError where not."""

    def make(self) -> bool:
        """Make the bucket or folder that objects lie in; tell whether it was not there. Nothing kept is touched."""

    def put(self, key: str, source: bytes | BinaryIO, *, content_type: str) -> None:
        """Keep the bytes, or the rest of the open file, under `key`; an earlier object of that key is replaced."""

    def open(self, key: str) -> BinaryIO:
        """Return the object as a readable, seekable binary file; the caller closes it."""

    def read(self, key: str) -> bytes:
        """Return all bytes of the object."""

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""

    def size(self, key: str) -> int:
        """Return the object's length in bytes."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key that begins with `prefix`, each once; the prefix may end anywhere in a segment.

        Their order is the server's: most sort, not all.
        """

    def url(self, key: str, *, expires_in: int, filename: str | None = None, content_type: str | None = None) -> str:
        """Return an address that gives the object to whoever holds it, and to nobody after `expires_in` seconds.

        It lives for at most `expires_in` and at least half of that: within half a lifetime the same object has the same
        address, so that browsers find it in their cache. With a `filename` the browser saves it; without, it shows it.
        Served as `content_type`, or as application/octet-stream. Nothing is asked of the store: a key without an
        object has an address too, which answers 404.
        """

    def upload_url(self, key: str, *, length: int, expires_in: int) -> str | None:
        """Return an address to which an object of exactly `length` bytes can be put; None where there is no such way.

        Whoever holds it may put other bytes there until it expires: look at what came before believing it.
        """


def checked(key: str) -> str:
    """Return the key as it came, or raise Invalid: no store ever sees a key that could lead elsewhere."""
    segments = key.split("/")
    if len(key) > LONGEST_KEY or not all(_SEGMENT.fullmatch(s) and len(s) <= LONGEST_SEGMENT for s in segments):
        raise Invalid(f"{key[:80]!r} is not an object key.", code="bad_key")
    return key


def checked_prefix(prefix: str) -> str:
    """Return a prefix of keys as it came, or raise Invalid."""
    if prefix:
        checked(prefix if not prefix.endswith("/") else prefix[:-1])
    return prefix


def missing(key: str) -> Missing:
    """Return the error that says so."""
    return Missing(f"There is no object {key}.", code="object_missing")


def window_start(now: float, *, expires_in: int) -> int:
    """Return when the lifetime of an address made now is counted from: at most half a lifetime ago, in unix seconds."""
    if expires_in < 1:
        raise ValueError("an address lives for a second or more")
    width = max(1, expires_in // 2)
    return int(now) // width * width
