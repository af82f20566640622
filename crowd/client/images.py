"""Images in: uploads in batches, imports watched to their end."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from crowd.client import direct
from crowd.client.errors import Failed, TookTooLong
from crowd.client.line import Line
from crowd.client.projects import Json, of
from crowd.client.steps import Part, Pause, Steps, Together

FILES_AT_ONCE: Final = 50
BYTES_AT_ONCE: Final = 32 * 1024 * 1024
LOOKS: Final = 1.0  # seconds between two looks at what is going on in the background
ENDED: Final = frozenset({"done", "failed", "cancelled"})

File = str | Path | tuple[str, bytes]


@dataclass
class Uploaded:
    """What became of the files so far; `created` are images, `duplicates` were there already."""

    sent: int = 0
    created: list[Json] = field(default_factory=list)
    duplicates: list[Json] = field(default_factory=list)
    rejected: list[Json] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, told: Mapping[str, Any], count: int, on_progress: "Callable[[Uploaded], None] | None") -> None:
        """Take in what the site said of a batch, one batch after the other."""
        with self._lock:
            self.sent += count
            self.created += told["created"]
            self.duplicates += told["duplicates"]
            self.rejected += told["rejected"]
            if on_progress:
                on_progress(self)


def images(line: Line, /, project: str) -> Steps[None]:
    """The images; `url` gives the bytes, and expires."""
    return line.rows(of(project, "images"))


def upload_images(
    line: Line,
    /,
    project: str,
    files: Iterable[File],
    *,
    hands: int = 2,
    on_progress: Callable[[Uploaded], None] | None = None,
) -> Steps[Uploaded]:
    """Upload files, by path or as `(name, bytes)`, many in a request and `hands` requests at once.

    They are read from disk as they are sent, straight into the site's bucket where it has one that takes them.
    Repeating an upload that was interrupted has no second effect: what is there already is told among `duplicates`.
    """
    total, way = Uploaded(), direct.Way()

    def send(parts: list[Part]) -> Steps[None]:
        told = yield from direct.send(line, project, parts, way)
        total.add(told, len(parts), on_progress)

    batches = _batches(files)
    while some := list(islice(batches, hands * 4)):
        yield Together([send(parts) for parts in some], hands)
    return total


def _batches(files: Iterable[File]) -> Iterator[list[Part]]:
    """Files as the parts of forms that the site takes at once."""
    parts: list[Part] = []
    size = 0
    for file in files:
        part = Part("file", *file) if isinstance(file, tuple) else Part("file", Path(file).name, Path(file))
        length = len(part.source) if isinstance(part.source, bytes) else part.source.stat().st_size
        if parts and (len(parts) == FILES_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield parts
            parts, size = [], 0
        parts.append(part)
        size += length
    if parts:
        yield parts


def imports(line: Line, /, project: str) -> Steps[None]:
    """The imports."""
    return line.rows(of(project, "imports"))


def import_bucket(line: Line, /, project: str, bucket: str, *, prefix: str = "") -> Steps[Json]:
    """Begin to import images from a bucket; they stay there."""
    return line.do("POST", of(project, "imports"), json={"source": "s3", "bucket": bucket, "prefix": prefix})


def import_manifest(line: Line, /, project: str, manifest: str | Path | Sequence[Mapping[str, Any]]) -> Steps[Json]:
    """Begin to import what a manifest names: rows of `{url, name?, …}`, or a file of them (JSONL or CSV)."""
    if isinstance(manifest, str | Path):
        path = Path(manifest)
        return line.upload(of(project, "imports"), [Part("manifest", path.name, path)])
    rows = [json.loads(json.dumps(row)) for row in manifest]
    return line.do("POST", of(project, "imports"), json={"source": "manifest", "rows": rows})


def import_set(line: Line, /, project: str, file: str | Path, *, source: str, use: str = "prelabel") -> Steps[Json]:
    """Begin to import a COCO, YOLO or VOC set; its labels become pre-labels, gold or finished, by `use`."""
    path = Path(file)
    return line.upload(of(project, "imports"), [Part("annotations", path.name, path)], source=source, use=use)


def read_import(line: Line, /, number: int, *, project: str | None = None) -> Steps[Json]:
    """How far an import is; a token that is for one project alone needs the project named."""
    return line.do("GET", _import(number, project))


def cancel_import(line: Line, /, number: int, *, project: str | None = None) -> Steps[Json]:
    """Stop an import; the images that have come stay."""
    return line.do("POST", _import(number, project, "cancel"))


def wait_import(
    line: Line,
    /,
    number: int,
    *,
    project: str | None = None,
    timeout: float | None = None,
    on_progress: Callable[[Json], None] | None = None,
) -> Steps[Json]:
    """Wait until an import has ended, and return how; raises `Failed` where it could not go on."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        told: Json = yield from read_import(line, number, project=project)
        if on_progress:
            on_progress(told)
        if told["state"] == "failed":
            raise Failed(f"import {number} failed: {told['error']}")
        if told["state"] in ENDED:
            return told
        if deadline is not None and time.monotonic() > deadline:
            raise TookTooLong(f"import {number} is {told['state']} after {timeout:.0f} s")
        yield Pause(LOOKS)


def _import(number: int, project: str | None, *rest: str) -> str:
    return "/".join(["imports", str(number), *rest, ""]) if project is None else of(project, "imports", number, *rest)
