"""Several texts that grow side by side while items pass, each on disk."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from crowd.formats.archives import Archive, filename
from crowd.formats.base import ReleaseItem


class Spools:
    """Files by name, made when first written to."""

    def __init__(self) -> None:
        self._files: dict[str, BinaryIO] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def write(self, name: str, text: str) -> None:
        """Append to the file of that name."""
        if name not in self._files:
            self._files[name] = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `spools`
        self._files[name].write(text.encode())

    def row(self, name: str, *cells: Any) -> None:
        """Append a line of a table to the file of that name."""
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        self.write(name, line.getvalue())

    def names(self, *, ending: str) -> list[str]:
        """Return the names that there are so far and that end so, in order."""
        return sorted(name for name in self._files if name.endswith(ending))

    def joined(self, *names: str) -> BinaryIO:
        """Return the first of the files with the others appended, to be read from its beginning."""
        first, *others = (self._files[name] for name in names)
        for other in others:
            other.seek(0)
            shutil.copyfileobj(other, first)
        first.seek(0)
        return first

    def move_into(self, archive: Archive) -> None:
        """Add every file, in the order of names."""
        for name in sorted(self._files):
            self._files[name].seek(0)
            archive.add(name, self._files[name])

    def close(self) -> None:
        """Close and thereby remove them all."""
        for file in self._files.values():
            file.close()


@contextmanager
def spools() -> Iterator[Spools]:
    """Open none yet; close all."""
    opened = Spools()
    try:
        yield opened
    finally:
        opened.close()


def split_of(item: ReleaseItem) -> str:
    """Return the item's split; where the release has none, everything is for training."""
    return item.split or "train"


def list_image(listed: Spools, item: ReleaseItem) -> None:
    """Say in `images.csv` which image the files named after it are about."""
    if "images.csv" not in listed:
        listed.row("images.csv", "file", "split", "id", "name", "sha256", "width", "height")
    image = item.image
    listed.row(
        "images.csv", filename(image), split_of(item), image.id, image.name, image.sha256, image.width, image.height
    )
