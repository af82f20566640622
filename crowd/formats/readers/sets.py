"""Existing data sets as a stream of images with what is drawn on them, whatever format they came in.

A reader never writes to disk and never follows a name out of its archive; it reads what it needs, up to a limit. What
it cannot carry it says, beside the image that it belongs to.
"""

import csv
import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, cast

from crowd.errors import Invalid, TooLarge

MAX_ENTRIES: Final = 1_000_000
MAX_TEXT: Final = 256 * 1024 * 1024  # bytes of one annotation file, unpacked
MAX_DIRECTORY: Final = 256 * 1024 * 1024  # bytes of an archive's list of entries, which is read into memory
MAX_RATIO: Final = 100  # of what is packed to what it becomes, all entries together
UNPACKED_ANYHOW: Final = 1 << 30  # bytes, whatever the ratio
MAX_FOLDERS: Final = 32  # above a file, by which annotations may name it
_SHA256: Final = re.compile("[0-9a-fA-F]{64}")
PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not carried, and why."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One object: its class, and its outline in each of the shapes that the format gives, by the shape's name.

    Numbers are pixels as in annotation documents, or shares of width and height where the item is `relative`. `flags`
    are what a format says of every object: they are passed over where the class does not ask for them.
    """

    label: str
    shapes: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    id: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One image: its name, where it lies in the archive (empty: nowhere), what is drawn on it, what is not carried.

    `sha256` is of the image's bytes, empty where the set does not tell.
    """

    name: str
    member: str = ""
    relative: bool = False
    objects: tuple[Drawn, ...] = ()
    faults: tuple[Fault, ...] = field(default_factory=tuple)
    sha256: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


_END: Final = 22 + 0xFFFF + 20 + 56  # bytes: the end of an archive with the longest comment, and ZIP64's before it
_BROKEN: Final = (
    *(zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError),
    *(zlib.error, lzma.LZMAError, struct.error),
)


class Folder:
    """The files of an archive, by names that stay inside it; a file that is no archive is a folder of one."""

    def __init__(self, source: BinaryIO, *, name: str) -> None:
        self.faults: list[Item] = []
        self._single: tuple[str, BinaryIO] | None = None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        if not zipfile.is_zipfile(source):
            source.seek(0)
            self._single = (name, source)
            return
        size = source.seek(0, io.SEEK_END)
        _check_directory(source, size)
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as fault:
            raise Invalid(f"The archive cannot be read: {fault}.", code="bad_archive") from None
        if len(self._zip.infolist()) > MAX_ENTRIES:
            raise TooLarge(f"The archive has more than {MAX_ENTRIES:,} entries.")
        if sum(entry.file_size for entry in self._zip.infolist()) > max(UNPACKED_ANYHOW, MAX_RATIO * size):
            raise TooLarge("The archive would unpack to far more than honest files do.", code="archive_bomb")
        for entry in self._zip.infolist():
            self._enter(entry)

    def _enter(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if not name or entry.is_dir() or name.startswith("__MACOSX/"):
            return
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name.split("/")[0]:
            self.faults.append(Item(name[:300], faults=(Fault("unsafe_name", "The name leads out of the archive."),)))
        elif entry.flag_bits & 1:
            self.faults.append(Item(name[:300], faults=(Fault("encrypted", "The file is encrypted."),)))
        else:
            self._entries[name] = entry

    def names(self, *endings: str) -> list[str]:
        """Return the names that end so, whatever their case, in order."""
        if self._single is not None:
            return [self._single[0]] if self._single[0].lower().endswith(endings) else []
        return sorted(name for name in self._entries if name.lower().endswith(endings))

    def read(self, name: str, *, most: int = MAX_TEXT) -> bytes:
        """Return a file's bytes; TooLarge beyond `most`, however small it is packed."""
        try:
            with self._open(name) as file:
                raw: bytes = file.read(most + 1)
        except _BROKEN as fault:
            raise Invalid(f"{name} cannot be unpacked: {fault}.", code="bad_archive") from None
        if len(raw) > most:
            raise TooLarge(f"{name} has more than {most:,} bytes.")
        return raw

    def stream(self, name: str) -> BinaryIO:
        """Open a file to be read a piece at a time, from the beginning on."""
        return cast(BinaryIO, self._open(name))

    def _open(self, name: str) -> Any:
        if self._single is not None:
            self._single[1].seek(0)
            return io.BytesIO(self._single[1].read(MAX_TEXT + 1))
        return self._zip.open(self._entries[name])

    def listed(self) -> dict[str, tuple[str, str]]:
        """Return what a release's `images.csv` says, by the names of its files less their ending: name and SHA-256."""
        if "images.csv" not in self.names("images.csv"):
            return {}
        rows = csv.reader(io.StringIO(self.read("images.csv").decode(errors="replace"), newline=""))
        try:
            head = next(rows, [])
            file, name, sha256 = (head.index(column) for column in ("file", "name", "sha256"))
            whole = (row for row in rows if len(row) == len(head))
            return {posixpath.splitext(row[file])[0]: (row[name], digest(row[sha256])) for row in whole}
        except (ValueError, csv.Error):  # somebody else's table
            return {}

    def pictures(self) -> "Pictures":
        """Return the images, found by path, by name or by name without its ending."""
        return Pictures(self.names(*PICTURES))


class Pictures:
    """The images of an archive by the names that annotations call them."""

    def __init__(self, members: list[str]) -> None:
        self.members = members
        self._by: dict[str, str | None] = {}
        self._below: dict[str, str] = {}  # the first member for each end of a path that has a folder in it
        for member in members:
            name = posixpath.basename(member)
            end = name
            for folder in reversed(member.split("/")[-MAX_FOLDERS:-1]):
                end = f"{folder}/{end}"
                self._below.setdefault(end, member)
            for key in {member, name, posixpath.splitext(name)[0]}:
                self._by[key] = None if key in self._by and self._by[key] != member else member

    def find(self, name: str) -> str:
        """Return the member that is called so; empty where none is, or several are."""
        base = posixpath.basename(name)
        return (
            self._below.get(name)
            or self._by.get(name)
            or self._by.get(base)
            or self._by.get(posixpath.splitext(base)[0])
            or ""
        )


def _check_directory(source: BinaryIO, size: int) -> None:
    """Raise TooLarge where a list of entries is longer than may be read at once (APPNOTE.TXT 6.3.10, 4.3.14-16).

    Whatever may be taken for the end of an archive is looked at: which of them is, readers disagree about.
    """
    source.seek(max(0, size - _END))
    tail = source.read()
    lengths = [struct.unpack_from("<L", tail, at)[0] for at in _places(tail, b"PK\5\6", 12, 4)]
    lengths += [struct.unpack_from("<Q", tail, at)[0] for at in _places(tail, b"PK\6\6", 40, 8)]
    if any(length > MAX_DIRECTORY for length in lengths if length != 0xFFFFFFFF):
        raise TooLarge(f"The archive has more than {MAX_ENTRIES:,} entries.")


def _places(data: bytes, mark: bytes, behind: int, width: int) -> Iterator[int]:
    """Yield where a number of so many bytes stands behind each of the marks."""
    at = data.find(mark)
    while at >= 0:
        if at + behind + width <= len(data):
            yield at + behind
        at = data.find(mark, at + 1)


def digest(value: object) -> str:
    """Return a SHA-256 in hexadecimal, lower case; empty for anything else."""
    return value.lower() if isinstance(value, str) and _SHA256.fullmatch(value) else ""


def left_over(pictures: Pictures, used: set[str]) -> Iterator[Item]:
    """Yield the images that no annotation speaks of."""
    for member in pictures.members:
        if member not in used:
            yield Item(posixpath.basename(member), member)
