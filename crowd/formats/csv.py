"""One table for spreadsheets and data frames: a row for each answered question and one for each object.

An image without any label has one row too, with an empty `kind`. Geometry, attributes and lineage are JSON in their
cells. A text that a spreadsheet would run as a formula is written with an apostrophe before it; the report counts
those cells.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, lineage_to_json, timestamp, to_json
from crowd.labels.types import Schema, Value
from crowd.labels.writing import answers_to_json, geometry_to_json

COLUMNS: Final = (
    "task", "image_id", "image_name", "sha256", "width", "height", "split",
    "kind", "name", "value", "shape", "geometry", "attributes", "object_id", "score",
    "confidence", "agreement", "method", "guideline", "by", "resolved_at", "lineage",
)  # fmt: skip
_NO_LABEL: Final = ("",) * 8
# OWASP, "CSV Injection": what makes Excel, LibreOffice or Sheets take a cell for a formula, also behind white space
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_IGNORED: Final = " \0\ufeff"
_SUSPECT: Final = frozenset((*_FORMULA, *_IGNORED))


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001 -- all writers' signature
    """Write the table: UTF-8 with commas and CRLF (RFC 4180), a line of column names first."""
    tally = Tally()
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for item in tally.counted(items):
        before, risky_before = _safe(_image(item))
        behind, risky_behind = _safe(_provenance(item))
        rows = list(_rows(item))
        tally.labels += len(rows)
        risky = 0
        for row in rows or [_NO_LABEL]:
            cells, found = _safe(row)
            table.writerow((*before, *cells, *behind))
            risky += risky_before + found + risky_behind
        if risky:
            tally.approximated["text that looks like a formula, written behind an apostrophe"] += risky
    text.detach()  # the sink stays open: it belongs to the caller
    return tally.report()


def _image(item: ReleaseItem) -> tuple[Any, ...]:
    """Return the cells before a label's own, in the order of the columns."""
    image = item.image
    return (item.task, image.id, image.name, image.sha256, image.width, image.height, item.split)


def _provenance(item: ReleaseItem) -> tuple[Any, ...]:
    """Return the cells behind a label's own."""
    return (
        item.confidence, item.agreement, item.method, item.guideline, item.by, timestamp(item.resolved_at),
        to_json(lineage_to_json(item)),
    )  # fmt: skip


def _rows(item: ReleaseItem) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of each label."""
    for address, value in item.annotation.classifications.items():
        yield ("classification", address, _answer(value), *_NO_LABEL[3:])
    for each in item.annotation.objects:
        shape = to_json(geometry_to_json(each.geometry))
        attributes = to_json(answers_to_json(each.attributes)) if each.attributes else "{}"
        yield ("object", each.label, "", each.shape, shape, attributes, each.id, each.score)


def _answer(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else to_json(list(value))


def _safe(cells: tuple[Any, ...]) -> tuple[tuple[Any, ...], int]:
    """Return the cells with an apostrophe before each that could be run, and how many those are."""
    found = sum(isinstance(cell, str) and _is_formula(cell) for cell in cells)
    if not found:
        return cells, 0
    return tuple(f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell for cell in cells), found


def _is_formula(text: str) -> bool:
    return text[:1] in _SUSPECT and text.lstrip(_IGNORED).startswith(_FORMULA)


WRITER = Writer(name="csv", filename="labels.csv", content_type="text/csv; charset=utf-8", write=write)
