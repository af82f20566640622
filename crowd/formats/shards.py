"""The images of a release as they came, in files of bounded size: tar archives whose bytes depend on the images alone.

Each image lies in `images/` under the name that the other files of the release use for it.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from crowd.formats.tarballs import Tarball

BYTES: Final = 1 << 30  # an image that would make a shard longer begins the next one
IMAGES: Final = 10_000
CONTENT_TYPE: Final = "application/x-tar"
PREFIX: Final = "images_"


class Shard:
    """One archive being written to an empty file; `finish` completes it."""

    def __init__(self, sink: BinaryIO) -> None:
        self._tarball = Tarball(sink)
        self.images = self.bytes = 0

    def has_room(self, size: int) -> bool:
        """Tell whether an image of so many bytes belongs into this one; into an empty one any does."""
        return not self.images or (self.images < IMAGES and self.bytes + size <= BYTES)

    def add(self, name: str, size: int, source: BinaryIO) -> None:
        """Append an image of exactly so many bytes, read from where `source` stands."""
        self._tarball.copy(f"images/{name}", size, source)
        self.images += 1
        self.bytes += size

    def finish(self) -> None:
        """Write the archive's end."""
        self._tarball.finish()


def name_of(number: int) -> str:
    """Return what a release calls its shard of this number, counted from 0."""
    return f"{PREFIX}{number:05}"


def path_of(name: str) -> str:
    """Return the file's name of a shard."""
    return f"{name.replace('_', '-')}.tar"


def names(written: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the shards by the reports of those that are there: the next one too, unless the last is among them."""
    reports = [report for name, report in sorted(written.items()) if name.startswith(PREFIX)]
    more = not reports or "next" in reports[-1]
    return tuple(name_of(number) for number in range(len(reports) + more))
