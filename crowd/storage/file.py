"""Objects as files below one folder."""

import contextlib
import io
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crowd.storage import links
from crowd.storage.base import StorageError, checked, checked_prefix, missing
from crowd.telemetry import calls

_INCOMING: Final = ".incoming"  # no key begins with a dot
_ABANDONED_AFTER: Final = 24 * 3600  # seconds


class FileStore:
    """A store in a folder, which it makes at the first write; files and folders for their owner alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @calls.storage("check")
    def check(self) -> None:
        """Write a byte aside: a full disk, a folder that is gone or is not ours says so."""
        with self._explained(), tempfile.TemporaryFile(dir=self._incoming()) as file:
            file.write(b".")
            file.flush()

    def make(self) -> bool:
        """Make the folder where it is not there; tell whether it was not."""
        new = not self.root.exists()
        self.check()
        return new

    @calls.storage("put")
    def put(self, key: str, source: bytes | BinaryIO, *, content_type: str) -> None:  # noqa: ARG002 -- told by url()
        """Keep the bytes: written aside, synced, then renamed, so that a crash leaves the old object or the new one."""
        target = self._path(key)
        with self._explained():
            handle, name = tempfile.mkstemp(dir=self._incoming())
            try:
                with os.fdopen(handle, "wb") as file:
                    shutil.copyfileobj(io.BytesIO(source) if isinstance(source, bytes) else source, file, 1 << 20)
                    file.flush()
                    os.fsync(file.fileno())
                for folder in self._make(target.parent):
                    _sync(folder)
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _sync(target.parent)

    @calls.storage("open")
    def open(self, key: str) -> BinaryIO:
        """Return the object as an open file."""
        with self._explained(key):
            return self._path(key).open("rb")

    @calls.storage("read")
    def read(self, key: str) -> bytes:
        """Return all bytes of the object."""
        with self._explained(key):
            return self._path(key).read_bytes()

    @calls.storage("exists")
    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        with self._explained():
            return self._path(key).is_file()

    @calls.storage("size")
    def size(self, key: str) -> int:
        """Return the object's length in bytes."""
        with self._explained(key):
            found = self._path(key).stat()
        if not stat.S_ISREG(found.st_mode):
            raise missing(key)
        return found.st_size

    @calls.storage("delete")
    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""
        path = self._path(key)
        with self._explained(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key that begins with `prefix`, one folder in memory at a time."""
        folder, _, _ = checked_prefix(prefix).rpartition("/")
        with self._explained():
            yield from (key for key in _walk(self.root / folder, f"{folder}/" if folder else "", prefix))

    def upload_url(self, key: str, *, length: int, expires_in: int) -> str | None:  # noqa: ARG002 -- the store's
        """Return None: what comes here comes through our own site."""
        return None

    def url(self, key: str, *, expires_in: int, filename: str | None = None, content_type: str | None = None) -> str:
        """Return a signed path on our own site, which `crowd.web.objects` serves."""
        return links.make(
            checked(key), now=time.time(), expires_in=expires_in, filename=filename, content_type=content_type
        )

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _incoming(self) -> Path:
        folder = self.root / _INCOMING
        if not folder.is_dir():
            self._make(folder)
        return folder

    def _make(self, folder: Path) -> list[Path]:
        """Make the folder and those above it; return the ones whose entries changed."""
        if folder.is_dir():
            return []
        above = self._make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        return [*above, folder.parent]

    def discard_abandoned(self, *, now: float) -> int:
        """Remove what writers that died a day ago or earlier left half-written; return how many."""
        removed = 0
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self.root / _INCOMING):
                with contextlib.suppress(FileNotFoundError):  # its writer has just finished
                    if entry.stat().st_mtime < now - _ABANDONED_AFTER:
                        Path(entry).unlink()
                        removed += 1
        return removed

    @contextlib.contextmanager
    def _explained(self, key: str | None = None) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError) as fault:
            if key is not None:
                raise missing(key) from fault
            raise StorageError(f"The object store {self.root} is not a folder that can be used: {fault}") from fault
        except OSError as fault:
            raise StorageError(
                f"The object store {self.root} cannot be used: {fault.strerror or fault}. "
                "Look at the disk's free space and at who owns the folder."
            ) from fault


def _walk(folder: Path, base: str, prefix: str) -> Iterator[str]:
    """Yield keys in the order of whole strings, as Amazon does: a folder sorts as its name with a slash."""
    try:
        entries = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in entries:
        key = base + name
        if name.startswith("."):
            continue
        if not name.endswith("/"):
            if key.startswith(prefix):
                yield key
        elif key.startswith(prefix) or prefix.startswith(key):
            yield from _walk(folder / name, key, prefix)


def _sync(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
