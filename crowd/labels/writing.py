"""Schemas and annotations as documents in canonical form: one order of keys, defaults left out."""

from collections.abc import Mapping
from typing import Any

from crowd.geometry import SHAPES, Mask
from crowd.labels.types import Annotation, Classification, LabelledObject, ObjectClass, Option, Schema, Value

_SHAPES = frozenset(SHAPES)


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """The schema as a document in canonical form, which `parse_schema` reads back as an equal schema."""
    return {
        "classifications": [_classification(each) for each in schema.classifications],
        "objects": [_object_class(each) for each in schema.objects],
    }


def _given(**entries: Any) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value not in ("", False, 0, [])}


def _classification(question: Classification) -> dict[str, Any]:
    return {"name": question.name, "kind": question.kind} | _given(
        required=question.required,
        options=[_option(each) for each in question.options],
        description=question.description,
        hotkey=question.hotkey,
    )


def _option(option: Option) -> dict[str, Any]:
    return {"name": option.name} | _given(
        options=[_option(each) for each in option.options],
        description=option.description,
        color=option.color,
        hotkey=option.hotkey,
        attributes=[_classification(each) for each in option.attributes],
    )


def _object_class(each: ObjectClass) -> dict[str, Any]:
    return {"name": each.name, "shape": each.shape} | _given(
        min_side=each.min_side,
        stuff=each.stuff,
        keypoints=list(each.keypoints),
        skeleton=[list(edge) for edge in each.skeleton],
        sigmas=list(each.sigmas),
        attributes=[_classification(attribute) for attribute in each.attributes],
        color=each.color,
        hotkey=each.hotkey,
        description=each.description,
    )


def annotation_to_json(annotation: Annotation) -> dict[str, Any]:
    """The annotation as a document, in one order of keys; empty attributes and an id or score of None are left out."""
    return {
        "classifications": answers_to_json(annotation.classifications),
        "objects": [object_to_json(each) for each in annotation.objects],
    }


def object_to_json(each: LabelledObject) -> dict[str, Any]:
    """One object as its part of the document."""
    document: dict[str, Any] = {} if each.id is None else {"id": each.id}
    document["label"] = each.label
    document[each.shape] = geometry_to_json(each.geometry)
    if each.attributes:
        document["attributes"] = answers_to_json(each.attributes)
    if each.score is not None:
        document["score"] = each.score
    return document


def answers_to_json(answers: Mapping[str, Value]) -> dict[str, Any]:
    """Answers by address, as the document gives them."""
    return {address: list(value) if isinstance(value, tuple) else value for address, value in answers.items()}


def geometry_to_json(geometry: Any) -> Any:
    """A geometry as the document gives it under its shape's name: nested lists, or a mask's size and runs."""
    if isinstance(geometry, Mask):
        return {"size": [geometry.height, geometry.width], "counts": geometry.counts}
    if geometry and isinstance(geometry[0], tuple | list):  # all of them or none
        return [geometry_to_json(each) for each in geometry]
    return list(geometry)


def annotation_from_json(document: Mapping[str, Any]) -> Annotation:
    """The annotation that `annotation_to_json` wrote, judged once and not again: for files of our own alone."""
    return Annotation(
        _answers_from_json(document["classifications"]),
        tuple(_object_from_json(each) for each in document["objects"]),
    )


def _object_from_json(document: Mapping[str, Any]) -> LabelledObject:
    shape = next(name for name in document if name in _SHAPES)
    geometry = document[shape]
    return LabelledObject(
        document["label"],
        shape,
        Mask(geometry["size"][0], geometry["size"][1], geometry["counts"]) if shape == "mask" else _tuples(geometry),
        _answers_from_json(document.get("attributes", {})),
        document.get("id"),
        document.get("score"),
    )


def _answers_from_json(answers: Mapping[str, Any]) -> dict[str, Value]:
    return {address: tuple(value) if isinstance(value, list) else value for address, value in answers.items()}


def _tuples(numbers: list[Any]) -> tuple[Any, ...]:
    if numbers and isinstance(numbers[0], list):
        return tuple([_tuples(each) for each in numbers])
    return tuple(numbers)
