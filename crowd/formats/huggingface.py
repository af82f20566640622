"""A Hugging Face data set: a Parquet file for each split, typed for `datasets`, and the card that describes them.

Each question about the image is a column `answer_…` (a class label, a list of them, or true and false), objects are
`objects` with `bbox` and `category` as its object detection examples have them; the whole annotation is JSON beside.
Unpack the archive and `load_dataset("folder")`.
"""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, BinaryIO, Final

import pyarrow as pa

from crowd import geometry
from crowd.formats.archives import archive, filename
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, timestamp, to_json
from crowd.formats.spools import split_of
from crowd.formats.tables import REAL, TEXT, WHOLE, Table, table
from crowd.labels.types import Classification, Schema
from crowd.labels.writing import annotation_to_json

Feature = dict[str, Any]
_SPLITS: Final = {"val": "validation"}  # what `datasets` calls it


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write each split to a file of its own, then all of them into the archive."""
    tally = Tally()
    columns = _columns(schema)
    with archive(sink) as target, ExitStack() as files:
        splits: dict[str, BinaryIO] = {}
        with ExitStack() as open_tables:
            tables: dict[str, Table] = {}
            for item in tally.counted(items):
                split = _SPLITS.get(split_of(item), split_of(item))
                if split not in tables:
                    splits[split] = files.enter_context(tempfile.TemporaryFile())
                    tables[split] = open_tables.enter_context(table(splits[split], columns))
                tables[split].add(_row(item, schema=schema, tally=tally))
        target.add("README.md", _card(sorted(splits), meta).encode())
        for split in sorted(splits):
            splits[split].seek(0)
            target.add(f"data/{split}-00000-of-00001.parquet", splits[split])
    return tally.report()


def _columns(schema: Schema) -> pa.Schema:
    """Return the columns, and in their metadata what `datasets` makes of them."""
    fields: dict[str, tuple[pa.DataType, Feature]] = {
        "image_id": (WHOLE, _value("int64")),
        "file_name": (TEXT, _value("string")),
        "name": (TEXT, _value("string")),
        "sha256": (TEXT, _value("string")),
        "width": (WHOLE, _value("int64")),
        "height": (WHOLE, _value("int64")),
    }
    fields |= {f"answer_{each.name}": _answer(each) for each in schema.classifications}
    fields["objects"] = (
        pa.struct([("bbox", pa.list_(pa.list_(REAL))), ("category", pa.list_(WHOLE)), ("shape", pa.list_(TEXT))]),
        {
            "bbox": _list(_list(_value("float64"))),
            "category": _list(_label([each.name for each in schema.objects])),
            "shape": _list(_value("string")),
        },
    )
    fields |= {name: (TEXT, _value("string")) for name in ("annotation", "method", "by", "resolved_at")}
    fields |= {name: (REAL, _value("float64")) for name in ("confidence", "agreement")}
    features = {name: feature for name, (_, feature) in fields.items()}
    return pa.schema(
        [(name, kind) for name, (kind, _) in fields.items()],
        metadata={"huggingface": to_json({"info": {"features": features}})},
    )


def _answer(question: Classification) -> tuple[pa.DataType, Feature]:
    label = _label(list(question.paths()))
    match question.kind:
        case "binary":
            return pa.bool_(), _value("bool")
        case "single":
            return WHOLE, label
    return pa.list_(WHOLE), _list(label)


def _value(dtype: str) -> Feature:
    return {"dtype": dtype, "_type": "Value"}


def _label(names: list[str]) -> Feature:
    return {"names": names, "_type": "ClassLabel"}


def _list(feature: Feature) -> Feature:
    return {"feature": feature, "_type": "Sequence"}


def _row(item: ReleaseItem, *, schema: Schema, tally: Tally) -> dict[str, Any]:
    image = item.image
    return {
        "image_id": image.id,
        "file_name": filename(image),
        "name": image.name,
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        **_answers(item, schema=schema, tally=tally),
        "objects": _objects(item, schema=schema, tally=tally),
        "annotation": to_json(annotation_to_json(item.annotation)),
        "method": item.method,
        "by": item.by,
        "resolved_at": timestamp(item.resolved_at),
        "confidence": item.confidence,
        "agreement": item.agreement,
    }


def _answers(item: ReleaseItem, *, schema: Schema, tally: Tally) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for address, value in item.annotation.classifications.items():
        question = schema.classification(address)
        paths = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if question is None or any(path not in question.order for path in paths):
            tally.left_out["an answer to a question that is not the guideline's own, kept in `annotation`"] += 1
            continue
        tally.labels += 1
        numbers = [question.order[path] for path in paths]
        cells[f"answer_{address}"] = {"binary": value, "single": numbers[:1] and numbers[0]}.get(question.kind, numbers)
    return cells


def _objects(item: ReleaseItem, *, schema: Schema, tally: Tally) -> dict[str, list[Any]]:
    order = {each.name: number for number, each in enumerate(schema.objects)}
    columns: dict[str, list[Any]] = {"bbox": [], "category": [], "shape": []}
    for each in item.annotation.objects:
        if each.label not in order:
            tally.left_out["an object of a class that this guideline does not have, kept in `annotation`"] += 1
            continue
        tally.labels += 1
        if each.shape != "box":
            tally.approximated[f"a {each.shape} by its bounds, itself in `annotation`"] += 1
        left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
        columns["bbox"].append([left, top, right - left, bottom - top])
        columns["category"].append(order[each.label])
        columns["shape"].append(each.shape)
    return columns


def _card(splits: list[str], meta: Meta) -> str:
    lines = ["---", f"pretty_name: {to_json(meta.project)}"]
    if meta.license:
        lines.append(f"license: {to_json(meta.license)}")
    if splits:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        lines += [line for split in splits for line in (f"  - split: {split}", f"    path: data/{split}-*.parquet")]
    lines += ["---", "", f"# {meta.project}, release {meta.release}", "", meta.note]
    return "\n".join(lines).rstrip() + "\n"


WRITER = Writer(name="huggingface", filename="huggingface.zip", content_type="application/zip", write=write)
