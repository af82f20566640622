"""Parquet: a row for each image, with its answers, objects and lineage as nested columns. Holds everything.

Answers are lists of texts by address (`true` and `false` for binary questions); an object's geometry is JSON, as in an
annotation document, beside its bounds `[x, y, width, height]`. The label schema is JSON in the file's metadata `crowd`.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO, Final

import pyarrow as pa

from crowd import geometry
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, lineage_to_json, to_json
from crowd.formats.tables import LINEAGE, REAL, TEXT, WHOLE, table
from crowd.labels.types import LabelledObject, Schema, Value
from crowd.labels.writing import geometry_to_json, schema_to_json

_ANSWERS: Final = pa.map_(TEXT, pa.list_(TEXT))
_IMAGE: Final = pa.struct(
    [("id", WHOLE), ("name", TEXT), ("sha256", TEXT), ("width", WHOLE), ("height", WHOLE), ("url", TEXT)]
)
_OBJECT: Final = pa.struct(
    [
        ("label", TEXT),
        ("shape", TEXT),
        ("bbox", pa.list_(REAL)),
        ("geometry", TEXT),
        ("attributes", _ANSWERS),
        ("id", TEXT),
        ("score", REAL),
    ]
)
COLUMNS: Final = pa.schema(
    [
        ("task", WHOLE),
        ("image", _IMAGE),
        ("answers", _ANSWERS),
        ("objects", pa.list_(_OBJECT)),
        ("confidence", REAL),
        ("agreement", REAL),
        ("method", TEXT),
        ("guideline", WHOLE),
        ("by", TEXT),
        ("resolved_at", pa.timestamp("us", tz="UTC")),
        ("lineage", LINEAGE),
        ("split", TEXT),
    ]
)


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write the rows, 256 to a row group."""
    tally = Tally()
    about = {"project": meta.project, "release": meta.release, "schema": schema_to_json(schema)}
    with table(sink, COLUMNS.with_metadata({"crowd": to_json(about)})) as rows:
        for item in tally.counted(items):
            tally.labels += len(item.annotation.classifications) + len(item.annotation.objects)
            rows.add(_row(item))
    return tally.report()


def _row(item: ReleaseItem) -> dict[str, Any]:
    image = item.image
    return {
        "task": item.task,
        "image": {
            "id": image.id,
            "name": image.name,
            "sha256": image.sha256,
            "width": image.width,
            "height": image.height,
            "url": image.url,
        },
        "answers": [(address, _texts(value)) for address, value in item.annotation.classifications.items()],
        "objects": [_object(each) for each in item.annotation.objects],
        "confidence": item.confidence,
        "agreement": item.agreement,
        "method": item.method,
        "guideline": item.guideline,
        "by": item.by,
        "resolved_at": item.resolved_at,
        "lineage": [step | {"assignment": str(step["assignment"])} for step in lineage_to_json(item)],
        "split": item.split,
    }


def _object(each: LabelledObject) -> dict[str, Any]:
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    return {
        "label": each.label,
        "shape": each.shape,
        "bbox": [left, top, right - left, bottom - top],
        "geometry": to_json(geometry_to_json(each.geometry)),
        "attributes": [(address, _texts(value)) for address, value in each.attributes.items()],
        "id": each.id,
        "score": each.score,
    }


def _texts(value: Value) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [value] if isinstance(value, str) else list(value)


WRITER = Writer(name="parquet", filename="labels.parquet", content_type="application/vnd.apache.parquet", write=write)
