"""The annotation document: a worker's answer, a gold answer, a pre-label, a consensus, all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crowd.geometry import Mask
from crowd.labels.schema import Schema

Value = bool | str | tuple[str, ...]  # binary, single, multiple (paths, in the schema's order)


@dataclass(frozen=True)
class LabelledObject:
    """One thing marked in the image.

    `geometry` is what the document gives under the shape's name: numbers as they were sent, in nested tuples, or a `Mask`.
    `attributes` holds answers by address (see `crowd.labels.schema`).
    """

    label: str
    shape: str
    geometry: Any
    attributes: Mapping[str, Value] = field(default_factory=dict)
    id: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Annotation:
    """Answers by address, in the schema's order, and the objects, in the document's order."""

    classifications: Mapping[str, Value] = field(default_factory=dict)
    objects: tuple[LabelledObject, ...] = ()


def parse_annotation(data: object, *, schema: Schema, width: int, height: int, complete: bool = True) -> Annotation:
    """The annotation that a JSON document says, valid against `schema` and an image of `width` x `height` pixels.

    With `complete` false, required answers may be missing: drafts, pre-labels, consensus that left a question open.
    Raises `Invalid` (code `invalid_annotation`) naming every fault by its path; nothing else, whatever `data` is.
    """
    from crowd.labels.annotation_reading import read_annotation  # noqa: PLC0415 -- it builds the classes above

    return read_annotation(data, schema=schema, width=width, height=height, complete=complete)


def annotation_to_json(annotation: Annotation) -> dict[str, Any]:
    """The annotation as a document, keys in one fixed order; empty attributes, ids and scores that are None are left out."""
    return {
        "classifications": _answers(annotation.classifications),
        "objects": [object_to_json(each) for each in annotation.objects],
    }


def object_to_json(each: LabelledObject) -> dict[str, Any]:
    """One object as its part of the document."""
    document: dict[str, Any] = {} if each.id is None else {"id": each.id}
    document |= {"label": each.label, each.shape: _geometry(each.geometry)}
    if each.attributes:
        document["attributes"] = _answers(each.attributes)
    if each.score is not None:
        document["score"] = each.score
    return document


def _answers(answers: Mapping[str, Value]) -> dict[str, Any]:
    return {address: list(value) if isinstance(value, tuple) else value for address, value in answers.items()}


def _geometry(geometry: Any) -> Any:
    if isinstance(geometry, Mask):
        return {"size": [geometry.height, geometry.width], "counts": geometry.counts}
    return [_geometry(each) for each in geometry] if isinstance(geometry, tuple | list) else geometry
