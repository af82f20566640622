"""The annotation document: a worker's answer, a gold answer, a pre-label, a consensus, all the same.

Nothing that is read is believed, and nothing can crash the reading: every fault is named by its JSON path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowd.geometry import SHAPES
from crowd.labels.coordinates import MAX_POINTS, Frame
from crowd.labels.faults import OBJECT, Faults, child, kind, members, sequence, shown
from crowd.labels.geometries import read_geometry
from crowd.labels.text import identifier_fault
from crowd.labels.types import Annotation, Classification, LabelledObject, ObjectClass, Schema, Value, attached
from crowd.labels.writing import annotation_to_json, object_to_json

__all__ = ["Annotation", "LabelledObject", "Value", "annotation_to_json", "object_to_json", "parse_annotation"]

MAX_OBJECTS = 5_000
MAX_ANSWERS = 10_000
_MEMBERS = dict.fromkeys(("label", *SHAPES, "attributes", "id", "score"))  # in their order, and looked up at once
_SHAPES = frozenset(SHAPES)


@dataclass
class _Reading:
    """The faults of one document and what it is read against."""

    faults: Faults
    schema: Schema
    frame: Frame
    complete: bool


def parse_annotation(
    data: object, *, schema: Schema, width: int, height: int, complete: bool = True, lenient: bool = False
) -> Annotation:
    """The annotation that a JSON document says, valid against `schema` and an image of `width` x `height` pixels.

    With `complete` false, required answers may be missing: drafts, pre-labels, consensus that left a question open.
    With `lenient` true, geometry may lie out of the image, cross itself and be smaller than `min_side`: answers given
    under other rules, which cannot be asked for again. Raises `Invalid` (code `invalid_annotation`) naming every
    fault by its path; nothing else, whatever `data` is.
    """
    faults = Faults()
    reading = _Reading(faults, schema, Frame(width=width, height=height, lenient=lenient), complete)
    document = members(faults, "", data, known=("classifications", "objects"))
    annotation = Annotation()
    if document is not None:
        given = document.get("classifications", {})
        annotation = Annotation(
            classifications=_answers(reading, "classifications", given, schema.classifications),
            objects=_objects(reading, document.get("objects", [])),
        )
    faults.raise_if_any(code="invalid_annotation", thing="annotation")
    return annotation


def _answers(reading: _Reading, path: str, data: object, questions: Sequence[Classification]) -> dict[str, Value]:
    """The answers at `path`, in the schema's order, each option's own questions after the question that opened them."""
    if not isinstance(data, OBJECT):
        reading.faults.add(path, f"must be an object, not {kind(data)}")
        return {}
    if not data and not questions:
        return {}
    if len(data) > MAX_ANSWERS:
        reading.faults.add(path, f"has {len(data)} answers; at most {MAX_ANSWERS} are allowed")
        return {}
    answers: dict[str, Value] = {}
    asked = [(question.name, question) for question in questions]
    known = set()
    while asked:
        address, question = asked.pop(0)
        known.add(address)
        value = None
        if address in data:
            value = _answer(reading, child(path, address), question, data[address])
        elif question.required and reading.complete:
            reading.faults.add(child(path, address), "is required and has no answer")
        if value is not None:
            answers[address] = value
            asked[:0] = attached(question, address, value)
    for address in data:
        if address not in known:
            names = ", ".join(question.name for question in questions[:20]) or "none"
            reading.faults.add(child(path, str(address)), f"is not a question asked here; asked are: {names}")
    return answers


def _answer(reading: _Reading, path: str, question: Classification, data: object) -> Value | None:
    if question.kind == "single":
        return _option(reading, path, question, data)
    if question.kind == "multiple":
        return _options(reading, path, question, data)
    if isinstance(data, bool):
        return data
    reading.faults.add(path, f"must be true or false, not {kind(data)}")
    return None


def _options(reading: _Reading, path: str, question: Classification, data: object) -> tuple[str, ...]:
    entries = sequence(reading.faults, path, data, limit=MAX_ANSWERS)
    chosen = [_option(reading, f"{path}[{place}]", question, entry) for place, entry in enumerate(entries)]
    sound = [option for option in chosen if option is not None]
    if len(set(sound)) != len(sound):
        reading.faults.add(path, "names an option twice")
    if data == [] and question.required and reading.complete:
        reading.faults.add(path, "is required; choose at least one option")
    return tuple(sorted(set(sound), key=question.order.__getitem__))


def _option(reading: _Reading, path: str, question: Classification, data: object) -> str | None:
    if not isinstance(data, str):
        if data is None:
            fault = "must be an option's path, a string, not null; leave a question out rather than answering null"
        else:
            fault = f"must be an option's path, a string, not {kind(data)}"
        reading.faults.add(path, fault)
    elif data in question.by_path:
        return data
    else:
        names = ", ".join(question.paths()[:20]) + (", …" if len(question.by_path) > 20 else "")
        reading.faults.add(path, f"“{shown(data)}” is not an option; there are: {names}")
    return None


def _objects(reading: _Reading, data: object) -> tuple[LabelledObject, ...]:
    entries = sequence(reading.faults, "objects", data, limit=MAX_OBJECTS)
    objects: list[LabelledObject] = []
    first: dict[str, int] = {}
    for place, entry in enumerate(entries):
        path = f"objects[{place}]"
        if not isinstance(entry, OBJECT):
            reading.faults.add(path, f"must be an object, not {kind(entry)}")
            continue
        each = _object(reading, path, entry)
        if each.id is not None and first.setdefault(each.id, place) != place:
            reading.faults.add(f"{path}.id", f"“{shown(each.id)}” is already the id of objects[{first[each.id]}]")
        objects.append(each)
        if reading.frame.points > MAX_POINTS:
            reading.faults.add(
                "objects", f"have more than {MAX_POINTS} points together; those after {path} were not read"
            )
            break
    return tuple(objects)


def _object(reading: _Reading, path: str, entry: Mapping[str, Any]) -> LabelledObject:
    members(reading.faults, path, entry, known=_MEMBERS)
    label = entry.get("label")
    object_class = reading.schema.object_class(label) if isinstance(label, str) else None
    if object_class is None:
        _unknown_label(reading, path, label)
    shape = _shape(reading, path, entry, object_class)
    geometry = None
    if shape:
        geometry = read_geometry(reading.faults, f"{path}.{shape}", shape, entry[shape], object_class, reading.frame)
    attributes: dict[str, Value] = {}
    if object_class is not None:
        attributes = _answers(reading, f"{path}.attributes", entry.get("attributes", {}), object_class.attributes)
    return LabelledObject(
        label=label if isinstance(label, str) else "",
        shape=shape,
        geometry=geometry,
        attributes=attributes,
        id=_id(reading, path, entry),
        score=_score(reading, path, entry),
    )


def _unknown_label(reading: _Reading, path: str, label: object) -> None:
    names = ", ".join(each.name for each in reading.schema.objects[:20]) or "none"
    if isinstance(label, str):
        fault = f"“{shown(label)}” is not a class of objects here; there are: {names}"
    else:
        fault = "is missing" if label is None else f"must be a string, not {kind(label)}"
    reading.faults.add(f"{path}.label", fault)


def _shape(reading: _Reading, path: str, entry: Mapping[str, Any], object_class: ObjectClass | None) -> str:
    """The shape that can be read: the class's own, or the only one given where the class is unknown."""
    given = [name for name in entry if name in _SHAPES]
    if object_class is None:
        if len(given) != 1:
            reading.faults.add(path, f"needs exactly one shape of {', '.join(SHAPES)}")
        return given[0] if len(given) == 1 else ""
    wanted = object_class.shape
    for shape in given:
        if shape != wanted:
            reading.faults.add(
                f"{path}.{shape}", f"“{shown(object_class.name)}” is marked by a {wanted}, not a {shape}"
            )
    if wanted not in given:
        reading.faults.add(f"{path}.{wanted}", "is missing")
        return ""
    return wanted


def _id(reading: _Reading, path: str, entry: Mapping[str, Any]) -> str | None:
    if "id" not in entry:
        return None
    fault = identifier_fault(entry["id"])
    if fault:
        reading.faults.add(f"{path}.id", "must be a string, not null" if entry["id"] is None else fault)
        return None
    return str(entry["id"])


def _score(reading: _Reading, path: str, entry: Mapping[str, Any]) -> float | None:
    if "score" not in entry:
        return None
    score = entry["score"]
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        reading.faults.add(f"{path}.score", "must be a number from 0 to 1")
        return None
    return score
