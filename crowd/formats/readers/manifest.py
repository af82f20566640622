"""Manifests: a line for each image, as JSON or CSV, read from any line on.

A row is `{"url", "name"?, "width"?, "height"?, "sha256"?, "metadata"?}`. In CSV the first line names the columns,
and `metadata` is JSON; columns of other names are metadata too. A bad line is a fault with its number, never an end.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from crowd.errors import CrowdError, Invalid, TooLarge
from crowd.formats import strict_json

MAX_LINE_BYTES: Final = 1 << 20
MAX_SIDE: Final = 2**31 - 1
_FIELDS: Final = frozenset({"url", "name", "width", "height", "sha256", "metadata"})
_HEX: Final = frozenset("0123456789abcdef")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One image by reference. `is_known` where width, height and sha256 are all given: it need not be opened."""

    url: str
    name: str = ""
    width: int | None = None
    height: int | None = None
    sha256: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether nothing is left to be found out."""
        return self.width is not None and self.height is not None and self.sha256 != ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number, the byte behind it, and its row or what is wrong with it."""

    number: int
    end: int
    row: Row | None
    fault: CrowdError | None = None


def kind_of(name: str, head: bytes) -> str:
    """Return `csv` or `jsonl`, told by the name, else by the first bytes."""
    lowered = name.lower()
    for ending, kind in ((".csv", "csv"), (".jsonl", "jsonl"), (".ndjson", "jsonl"), (".json", "jsonl")):
        if lowered.endswith(ending):
            return kind
    return "jsonl" if head.removeprefix(_BOM).lstrip()[:1] == b"{" else "csv"


def read(source: BinaryIO, *, kind: str, start: int = 0, line: int = 0) -> Iterator[Line]:
    """Yield the lines behind byte `start`, of which `line` are done already; empty ones are left out."""
    if kind == "csv":
        yield from _read_csv(source, start, line)
    else:
        yield from _read_json(source, start, line)


def _read_json(source: BinaryIO, start: int, line: int) -> Iterator[Line]:
    source.seek(start)
    end = start
    while raw := source.readline(MAX_LINE_BYTES + 1):
        fault = _too_long() if len(raw) > MAX_LINE_BYTES else None
        end += len(raw)
        while len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):  # the rest of it
            raw = source.readline(MAX_LINE_BYTES + 1)
            end += len(raw)
            if not raw:
                break
        line += 1
        if line == 1:
            raw = raw.removeprefix(_BOM)
        if fault is not None:
            yield Line(line, end, None, fault)
        elif stripped := raw.strip():
            try:
                yield Line(line, end, parse(strict_json.loads(stripped, thing="line")))
            except CrowdError as error:
                yield Line(line, end, None, error)


def _read_csv(source: BinaryIO, start: int, line: int) -> Iterator[Line]:
    """A quoted field may go over several lines: the byte behind a row is the byte behind the last that it took."""
    taken = _Taken(source)
    reader = csv.reader(taken, strict=True)
    try:
        header = [name.strip().lower() for name in _next(reader) or []]
    except (csv.Error, UnicodeDecodeError) as error:
        raise Invalid(f"The first line of this CSV cannot be read: {error}.", code="not_csv") from None
    if "url" not in header:
        raise Invalid("The first line of a CSV manifest names its columns, and one of them is “url”.", code="no_url")
    if start > taken.end:
        source.seek(start)
        taken.end, taken.lines = start, line
    while True:
        try:
            cells = _next(reader)
            if cells is None:
                return
            if cells:
                yield Line(taken.lines, taken.end, parse(_document(header, cells)))
        except (csv.Error, UnicodeDecodeError) as error:
            yield Line(taken.lines, taken.end, None, Invalid(f"This line is not CSV: {error}.", code="not_csv"))
            reader = csv.reader(taken, strict=True)
        except CrowdError as error:
            yield Line(taken.lines, taken.end, None, error)


class _Taken:
    """The lines of a file as text, counted as they are taken."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.end = self.lines = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._source.readline(MAX_LINE_BYTES + 1)
        if not raw:
            raise StopIteration
        self.end += len(raw)
        self.lines += 1
        if len(raw) > MAX_LINE_BYTES:
            while not raw.endswith(b"\n") and (raw := self._source.readline(MAX_LINE_BYTES + 1)):
                self.end += len(raw)
            raise _too_long()
        return raw.removeprefix(_BOM if self.lines == 1 else b"").decode().replace("\0", "")


def _next(reader: Any) -> list[str] | None:
    return next(reader, None)


def _document(header: list[str], cells: list[str]) -> dict[str, Any]:
    """Return a row of CSV as the document that it stands for; empty cells are not there."""
    if len(cells) > len(header):
        raise Invalid(f"This line has {len(cells)} cells, the header {len(header)}.", code="not_csv")
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    document: dict[str, Any] = {name: cell for name, cell in given.items() if name in _FIELDS}
    for name in ("width", "height"):
        if document.get(name, "").isdecimal():
            document[name] = int(document[name][:20])
    extra: Any = {name: cell for name, cell in given.items() if name and name not in _FIELDS}
    if "metadata" in document:
        said = strict_json.loads(document["metadata"].encode(), thing="metadata")
        document["metadata"] = {**extra, **said} if isinstance(said, dict) else said
    elif extra:
        document["metadata"] = extra
    return document


def parse(document: object) -> Row:
    """Return the row that a JSON document is; Invalid where it is none."""
    if not isinstance(document, dict) or not isinstance(document.get("url"), str) or not document["url"]:
        raise Invalid('A row is {"url": "s3://… or https://…", "name"?, "width"?, …}.', code="not_a_row")
    width, height = document.get("width"), document.get("height")
    if not (_is_side(width) and _is_side(height)):
        raise Invalid("width and height are whole numbers of pixels, 1 or more.", code="bad_size")
    sha256 = document.get("sha256") or ""
    if sha256 and not _is_sha256(sha256):
        raise Invalid("sha256 is 64 hexadecimal digits.", code="bad_sha256")
    name, metadata = document.get("name") or "", document.get("metadata") or {}
    if not isinstance(name, str) or not isinstance(metadata, dict):
        raise Invalid("name is a text, metadata an object.", code="not_a_row")
    if metadata and len(json.dumps(metadata)) > MAX_LINE_BYTES // 8:
        raise TooLarge("The metadata of one image has at most 128 kB.")
    return Row(document["url"], name, width, height, sha256.lower(), metadata)


def _is_side(value: object) -> bool:
    return value is None or (type(value) is int and 1 <= value <= MAX_SIDE)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value.lower())


def _too_long() -> TooLarge:
    return TooLarge(f"This line has more than {MAX_LINE_BYTES:,} bytes.", code="line_too_long")
