"""TAR files whose bytes depend on their contents alone, written in memory that does not grow with their members.

Python's own `tarfile` keeps every member until the end. Members belong to nobody and are dated 1 January 1970. Source:
POSIX.1-1988, the ustar interchange format.
"""

import io
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from crowd.errors import Invalid

_CHUNK: Final = 1 << 20


def names(source: BinaryIO) -> Iterator[str]:
    """Yield the names of the members, read from front to back; Invalid where it is no TAR file, or a damaged one."""
    try:
        with tarfile.open(fileobj=source, mode="r|") as archive:
            for entry in archive:
                yield entry.name
    except (tarfile.TarError, EOFError) as fault:
        raise Invalid(f"The TAR file cannot be read: {fault}.", code="bad_archive") from None


class Tarball:
    """A TAR file being written to an empty file; `finish` completes it."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.bytes = 0

    def add(self, name: str, content: bytes) -> None:
        """Write one member. Names must differ, be ASCII and at most 100 characters long."""
        self.copy(name, len(content), io.BytesIO(content))

    def copy(self, name: str, size: int, source: BinaryIO) -> None:
        """Write one member of so many bytes, at most 8 GiB, read from where `source` stands, a piece at a time."""
        header = tarfile.TarInfo(name)
        header.size = size
        self._write(header.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))
        before = self.bytes
        while chunk := source.read(_CHUNK):
            self._write(chunk)
        if self.bytes - before != size:
            raise ValueError(f"{name} has {self.bytes - before} bytes, not {size}")
        self._write(bytes(-size % tarfile.BLOCKSIZE))

    def finish(self) -> None:
        """Write the end's two empty blocks, up to a whole record."""
        end = 2 * tarfile.BLOCKSIZE
        self._write(bytes(end + -(self.bytes + end) % tarfile.RECORDSIZE))

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self.bytes += len(data)
