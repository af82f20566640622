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
from crowd.labels.writing import object_to_json

COLUMNS: Final = (
    "task", "image_id", "image_name", "sha256", "width", "height", "split",
    "kind", "name", "value", "shape", "geometry", "attributes", "object_id", "score",
    "confidence", "agreement", "method", "guideline", "by", "resolved_at", "lineage",
)  # fmt: skip
# OWASP, "CSV Injection": what makes Excel, LibreOffice or Sheets take a cell for a formula, also behind white space
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001 -- all writers' signature
    """Write the table: UTF-8 with commas and CRLF (RFC 4180), a line of column names first."""
    tally = Tally()
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    table = csv.DictWriter(text, COLUMNS, restval="", extrasaction="raise")
    table.writeheader()
    for item in tally.counted(items):
        common = _common(item)
        for row in _rows(item):
            tally.labels += 1
            table.writerow(_safe(common | row, tally=tally))
        if not item.annotation.classifications and not item.annotation.objects:
            table.writerow(_safe(common, tally=tally))
    text.detach()  # the sink stays open: it belongs to the caller
    return tally.report()


def _common(item: ReleaseItem) -> dict[str, Any]:
    image = item.image
    return {
        "task": item.task,
        "image_id": image.id,
        "image_name": image.name,
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "split": item.split,
        "confidence": item.confidence,
        "agreement": item.agreement,
        "method": item.method,
        "guideline": item.guideline,
        "by": item.by,
        "resolved_at": timestamp(item.resolved_at),
        "lineage": to_json(lineage_to_json(item)),
    }


def _rows(item: ReleaseItem) -> Iterator[dict[str, Any]]:
    for address, value in item.annotation.classifications.items():
        yield {"kind": "classification", "name": address, "value": _answer(value)}
    for each in item.annotation.objects:
        document = object_to_json(each)
        yield {
            "kind": "object",
            "name": each.label,
            "shape": each.shape,
            "geometry": to_json(document[each.shape]),
            "attributes": to_json(document.get("attributes", {})),
            "object_id": each.id,
            "score": each.score,
        }


def _answer(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else to_json(list(value))


def _safe(row: dict[str, Any], *, tally: Tally) -> dict[str, Any]:
    cells = {}
    for column, value in row.items():
        if isinstance(value, str) and value.lstrip(" \0\ufeff").startswith(_FORMULA):
            tally.approximated["text that looks like a formula, written behind an apostrophe"] += 1
            cells[column] = f"'{value}"
        else:
            cells[column] = value
    return cells


WRITER = Writer(name="csv", filename="labels.csv", content_type="text/csv; charset=utf-8", write=write)
