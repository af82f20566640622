"""One line of JSON for each image: the label as the API's delta feed gives it. Holds everything; reads back exactly."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from crowd.formats.base import ImageFacts, LineageStep, Meta, ReleaseItem, Report, Tally, Writer, provenance, to_json
from crowd.labels.types import Schema
from crowd.labels.writing import annotation_from_json, annotation_to_json


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001 -- all writers' signature
    """Write a line for each item."""
    tally = Tally()
    for item in tally.counted(items):
        tally.labels += len(item.annotation.objects) + len(item.annotation.classifications)
        sink.write(f"{to_json(item_to_json(item))}\n".encode())
    return tally.report()


def read(lines: Iterable[bytes]) -> Iterator[ReleaseItem]:
    """Yield the items that `write` wrote, which are not judged again."""
    for line in lines:
        yield item_from_json(json.loads(line))


def item_to_json(item: ReleaseItem) -> dict[str, Any]:
    """Return the item in the shape of CONTRACT.md's label, less the cursor, with its split."""
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
        "annotation": annotation_to_json(item.annotation),
        **provenance(item),
        "split": item.split,
    }


def item_from_json(data: dict[str, Any]) -> ReleaseItem:
    """Return the item that `item_to_json` wrote."""
    return ReleaseItem(
        task=data["task"],
        image=ImageFacts(**data["image"]),
        annotation=annotation_from_json(data["annotation"]),
        confidence=data["confidence"],
        agreement=data["agreement"],
        method=data["method"],
        guideline=data["guideline"],
        by=data["by"],
        resolved_at=datetime.fromisoformat(data["resolved_at"]),
        lineage=tuple([LineageStep(**step) for step in data["lineage"]]),
        split=data["split"],
    )


WRITER = Writer(name="jsonl", filename="labels.jsonl", content_type="application/x-ndjson", write=write)
