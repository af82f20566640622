"""ZIP files whose bytes depend on their contents alone, written in memory that does not grow with their entries.

Python's own `zipfile` keeps every entry until the end, and a release has as many as images. Entries are dated 1 January
1980, the format's first day. Source: PKWARE, APPNOTE.TXT 6.3.10, with the ZIP64 records where an archive outgrows 4 GiB
or 65,535 entries.
"""

import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from crowd.formats.base import ImageFacts

_CHUNK: Final = 1 << 16
_WILD: Final = re.compile("[^A-Za-z0-9]")
_MIDNIGHT: Final = 0
_FIRST_OF_JANUARY_1980: Final = 0x21
_NAME_IS_UTF8: Final = 0x800
_PLAIN_FILE: Final = 0o100644 << 16
_LIMIT: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    checksum: int
    packed: int
    size: int
    offset: int


class Archive:
    """A ZIP file being written; `archive` opens and completes one."""

    def __init__(self, sink: BinaryIO, directory: BinaryIO) -> None:
        self._sink, self._directory = sink, directory
        self._offset = 0
        self._count = 0

    def add(self, name: str, source: bytes | BinaryIO) -> None:
        """Write one entry; a file is read from where it stands. Names must differ and be given with slashes."""
        if isinstance(source, bytes):
            packer = _packer()
            body = packer.compress(source) + packer.flush()
            self._begin(name, checksum=zlib.crc32(source), packed=len(body), size=len(source))
            self._write(body)
            return
        with tempfile.TemporaryFile() as spool:
            packer, checksum, size = _packer(), 0, 0
            while chunk := source.read(_CHUNK):
                checksum, size = zlib.crc32(chunk, checksum), size + len(chunk)
                spool.write(packer.compress(chunk))
            spool.write(packer.flush())
            self._begin(name, checksum=checksum, packed=spool.tell(), size=size)
            spool.seek(0)
            while chunk := spool.read(_CHUNK):
                self._write(chunk)

    def finish(self) -> None:
        """Write the directory behind the entries."""
        start, length = self._offset, self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._sink, _CHUNK)
        if self._count >= 0xFFFF or start + length >= _LIMIT:
            self._sink.write(
                struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, self._count, self._count, length, start)
            )
            self._sink.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, start + length, 1))
        count = min(self._count, 0xFFFF)
        self._sink.write(
            struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, min(length, _LIMIT), min(start, _LIMIT), 0)
        )

    def _begin(self, name: str, *, checksum: int, packed: int, size: int) -> None:
        if max(packed, size) >= _LIMIT:
            raise ValueError(f"{name} is too large for an entry")
        encoded = name.encode()
        entry = _Entry(encoded, checksum, packed, size, self._offset)
        self._directory.write(_directory_record(entry))
        self._count += 1
        self._write(struct.pack("<4s", b"PK\x03\x04") + _common(entry, version=20) + struct.pack("<H", 0) + encoded)

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self._offset += len(data)


@contextmanager
def archive(sink: BinaryIO) -> Iterator[Archive]:
    """Open an archive on an empty file and complete it, unless writing failed."""
    with tempfile.TemporaryFile() as directory:
        opened = Archive(sink, directory)
        yield opened
        opened.finish()


def stem(image: ImageFacts) -> str:
    """Return a name for files about the image: its own, tamed, and its id, so that no two are equal."""
    base = image.name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    tamed = _WILD.sub("-", base[0] or base[2])
    return f"{tamed[:80].strip('-') or 'image'}_{image.id}"


def filename(image: ImageFacts) -> str:
    """Return the name of the image itself beside such files."""
    extension = image.name.rpartition(".")[2].lower()
    return f"{stem(image)}.{extension if extension in {'jpg', 'jpeg', 'png', 'webp', 'gif', 'bmp'} else 'jpg'}"


def _packer() -> "zlib._Compress":
    return zlib.compressobj(6, zlib.DEFLATED, -15)


def _common(entry: _Entry, *, version: int) -> bytes:
    return struct.pack(
        "<5H3LH",
        version, _NAME_IS_UTF8, zlib.DEFLATED, _MIDNIGHT, _FIRST_OF_JANUARY_1980,
        entry.checksum, entry.packed, entry.size, len(entry.name),
    )  # fmt: skip


def _directory_record(entry: _Entry) -> bytes:
    far = entry.offset >= _LIMIT
    extra = struct.pack("<2HQ", 1, 8, entry.offset) if far else b""
    version = 45 if far else 20
    made_on_unix = 3 << 8 | version
    return (
        struct.pack("<4sH", b"PK\x01\x02", made_on_unix)
        + _common(entry, version=version)
        + struct.pack("<4H2L", len(extra), 0, 0, 0, _PLAIN_FILE, min(entry.offset, _LIMIT))
        + entry.name
        + extra
    )
