"""What the files of a backup say, and where they lie."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from crowd.errors import Missing
from crowd.storage.address import FileAddress, parse
from crowd.storage.base import Store
from crowd.storage.file import FileStore

FORMAT: Final = 1
SAID_EVERY: Final = 1000  # objects
Say = Callable[[str], None]
ERASURES: Final = "erasures.json"
_BY_CONTENT: Final = re.compile(r"projects/[0-9]+/(images|releases)/[0-9a-f]{2}/([0-9a-f]{64})")
# made again when they are asked for, or forgotten within a day
_PASSING: Final = re.compile(r"fits/|projects/[0-9]+/(thumbnails|uploads)/")


def quiet(line: str) -> None:
    """Say nothing."""


class BackupError(Exception):
    """A backup cannot be made, believed or brought back; the message says why, and what to do."""


@dataclass(frozen=True)
class Kept:
    """One object of a backup."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup is, and what its files must be."""

    name: str
    at: str
    version: str
    server: int
    migrations: list[str]
    epoch: str
    rows: dict[str, int]
    dump: dict[str, Any]
    listing: dict[str, Any]
    objects: int
    size: int
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    @classmethod
    def parse(cls, raw: bytes) -> "Manifest":
        """Return what a manifest says; BackupError where it is none that this release knows."""
        try:
            found = json.loads(raw)
            if found["format"] != FORMAT:
                raise BackupError(f"The backup is of format {found['format']}; this release reads {FORMAT}.")
            return cls(**found)
        except (ValueError, TypeError, KeyError) as fault:
            raise BackupError(f"The backup's manifest cannot be read: {fault}") from None

    def encoded(self) -> bytes:
        """Return it as a file."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()


def place(where: str) -> Store:
    """Return the folder or bucket that backups lie in: a path, file:///path or s3://bucket/prefix?…."""
    address = parse(where) if "://" in where else FileAddress(Path(where).absolute())
    if isinstance(address, FileAddress):
        return FileStore(address.path)
    from crowd.storage.s3 import S3Store  # noqa: PLC0415 -- boto3 takes half a second that a folder need not spend

    return S3Store(address)


def key(name: str, file: str) -> str:
    """Return where a file of a backup lies."""
    return f"backups/{name}/{file}"


def names(store: Store) -> list[str]:
    """Return the finished backups, oldest first."""
    return sorted(one.split("/")[1] for one in store.keys("backups/") if one.endswith("/manifest.json"))


def manifest(store: Store, name: str = "") -> Manifest:
    """Return a backup's manifest, by default the newest one's."""
    found = names(store)
    if not found or (name and name not in found):
        raise BackupError(f"There is no backup {name}here; there are: {', '.join(found) or 'none'}.")
    return Manifest.parse(store.read(key(name or found[-1], "manifest.json")))


def is_passing(key: str) -> bool:
    """Tell whether an object is worth nothing after a restore."""
    return _PASSING.match(key) is not None


def digest_in(key: str) -> str:
    """Return the SHA-256 that an object is named by; empty for one that is named otherwise."""
    found = _BY_CONTENT.fullmatch(key)
    return found[2] if found else ""


def encode(objects: Iterable[Kept]) -> bytes:
    """Return a listing as a file, the same bytes for the same objects."""
    lines = "".join(f"{json.dumps([one.key, one.size, one.sha256])}\n" for one in objects)
    return gzip.compress(lines.encode(), mtime=0)


def objects(store: Store, found: Manifest) -> Iterator[Kept]:
    """Yield what of the objects belongs to a backup; BackupError where the listing is damaged."""
    raw = store.read(key(found.name, "objects.jsonl.gz"))
    if hashlib.sha256(raw).hexdigest() != found.listing["sha256"]:
        raise BackupError(f"The listing of backup {found.name} is damaged.")
    for line in gzip.decompress(raw).splitlines():
        yield Kept(*json.loads(line))


def erasures(store: Store) -> Mapping[str, list[Any]]:
    """Return who and what was erased up to the last backup."""
    if not store.exists(ERASURES):
        return {"users": [], "images": []}
    found: Mapping[str, list[Any]] = json.loads(store.read(ERASURES))
    return found


def merged(before: Mapping[str, list[Any]], now: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return what either knows to be erased, each once; bytes that a living image names `now` are not gone."""
    users = {(pk, joined): [pk, joined] for pk, joined in [*before.get("users", []), *now["users"]]}
    images = {(pk, sha256): [pk, sha256, why] for pk, sha256, why in [*before.get("images", []), *now["images"]]}
    gone = {*before.get("gone", []), *now["gone"]} - set(now["living"])
    return {"users": list(users.values()), "images": list(images.values()), "gone": sorted(gone)}


def sha256(store: Store, key: str) -> str:
    """Return an object's digest; empty where there is none."""
    try:
        with store.open(key) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except Missing:
        return ""


class Hashing:
    """An open file, counted and hashed as it is read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self._hash, self.size = source, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._source.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def sha256(self) -> str:
        """The digest of what was read so far."""
        return self._hash.hexdigest()

    def as_file(self) -> BinaryIO:
        """Return it as what a store puts."""
        return cast(BinaryIO, self)
