"""The label schema: what a guideline version asks for, read from outside and written again.

Nothing that is read is believed, and nothing can crash the reading. The limits keep a hostile schema cheap; honest ones
(21,000 classes, a tree of ten levels) fit well within.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from crowd.geometry import REGION_SHAPES, SHAPES
from crowd.labels.faults import Faults, child, kind, members, sequence, shown
from crowd.labels.text import is_clean, name_fault
from crowd.labels.types import KINDS, Classification, Kind, ObjectClass, Option, Schema
from crowd.labels.writing import schema_to_json

__all__ = ["KINDS", "Classification", "Kind", "ObjectClass", "Option", "Schema", "parse_schema", "schema_to_json"]

MAX_DEPTH = 16
MAX_ENTRIES = 50_000
MAX_DESCRIPTION = 10_000
MAX_KEYPOINTS = 1_000
MAX_MIN_SIDE = 100_000

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STYLE = ("description", "color", "hotkey", "attributes")
_KEYPOINT_KEYS = ("keypoints", "skeleton", "sigmas")
_T = TypeVar("_T", Option, Classification, ObjectClass)


class _Reading:
    """The faults of one document, and how many entries it has had so far."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.entries = 0


def parse_schema(data: object) -> Schema:
    """The schema that a JSON document says; raises `Invalid` (code `invalid_schema`) naming every fault by its path."""
    reading = _Reading()
    document = members(reading.faults, "", data, known=("classifications", "objects")) or {}
    schema = Schema(
        classifications=_each(
            reading, "classifications", document.get("classifications", []), _classification, depth=0
        ),
        objects=_each(reading, "objects", document.get("objects", []), _object_class, depth=0),
    )
    reading.faults.raise_if_any(code="invalid_schema", thing="schema")
    return schema


def _each(
    reading: _Reading, path: str, data: object, read: Callable[[_Reading, str, object, int], _T], *, depth: int
) -> tuple[_T, ...]:
    """What `read` makes of every entry of the list at `path`; names and hotkeys must differ among them."""
    if depth > MAX_DEPTH and data != []:
        reading.faults.add(path, f"is nested deeper than {MAX_DEPTH} levels")
        return ()
    entries = sequence(reading.faults, path, data, limit=MAX_ENTRIES)
    before, reading.entries = reading.entries, reading.entries + len(entries)
    if reading.entries > MAX_ENTRIES:
        if before <= MAX_ENTRIES:
            reading.faults.add(path, f"brings the schema above {MAX_ENTRIES} entries")
        return ()
    result = tuple(read(reading, f"{path}[{place}]", entry, depth) for place, entry in enumerate(entries))
    _different(reading, path, [each.name for each in result], "name")
    _different(reading, path, [each.hotkey for each in result], "hotkey")
    return result


def _different(reading: _Reading, path: str, values: Sequence[str], key: str) -> None:
    first: dict[str, int] = {}
    for place, value in enumerate(values):
        if value and first.setdefault(value, place) != place:
            at = f"{path}[{place}].{key}" if key else f"{path}[{place}]"
            reading.faults.add(at, f"“{shown(value)}” is already used by {path}[{first[value]}]")


def _classification(reading: _Reading, path: str, data: object, depth: int) -> Classification:
    known = ("name", "kind", "required", "options", "description", "hotkey")
    entry = members(reading.faults, path, data, known=known)
    if entry is None:
        return Classification(name="", kind="binary")
    given = entry.get("kind")
    question_kind = next((each for each in KINDS if isinstance(given, str) and each == given), None)
    if question_kind is None:
        reading.faults.add(child(path, "kind"), f"must be one of {', '.join(KINDS)}")
    options = _each(reading, child(path, "options"), entry.get("options", []), _option, depth=depth + 1)
    if question_kind == "binary" and options:
        reading.faults.add(child(path, "options"), "a binary question has no options: it is answered by true or false")
    if question_kind in ("single", "multiple") and entry.get("options", []) == []:
        reading.faults.add(child(path, "options"), "needs at least one option")
    return Classification(
        name=_name(reading, path, entry),
        kind=question_kind or "binary",
        required=_flag(reading, path, entry, "required"),
        options=options,
        description=_description(reading, path, entry),
        hotkey=_hotkey(reading, path, entry),
    )


def _option(reading: _Reading, path: str, data: object, depth: int) -> Option:
    entry = members(reading.faults, path, data, known=("name", "options", *_STYLE))
    if entry is None:
        return Option(name="")
    options = _each(reading, child(path, "options"), entry.get("options", []), _option, depth=depth + 1)
    attributes = _each(
        reading, child(path, "attributes"), entry.get("attributes", []), _classification, depth=depth + 1
    )
    finer = {option.name for option in options}
    for place, attribute in enumerate(attributes):
        if attribute.name and attribute.name in finer:
            at = f"{path}.attributes[{place}].name"
            reading.faults.add(at, f"“{shown(attribute.name)}” is also the name of one of this option's own options")
    return Option(
        name=_name(reading, path, entry),
        options=options,
        description=_description(reading, path, entry),
        color=_color(reading, path, entry),
        hotkey=_hotkey(reading, path, entry),
        attributes=attributes,
    )


def _object_class(reading: _Reading, path: str, data: object, depth: int) -> ObjectClass:
    known = ("name", "shape", "min_side", "stuff", *_KEYPOINT_KEYS, *_STYLE)
    entry = members(reading.faults, path, data, known=known)
    if entry is None:
        return ObjectClass(name="", shape="")
    shape = entry.get("shape")
    if not isinstance(shape, str) or shape not in SHAPES:
        reading.faults.add(child(path, "shape"), f"must be one of {', '.join(SHAPES)}")
        shape = ""
    stuff = _flag(reading, path, entry, "stuff")
    if stuff and shape not in ("mask", "polygon", ""):
        reading.faults.add(child(path, "stuff"), "only a mask or a polygon can be a class without instances")
    keypoints, skeleton, sigmas = _keypoints(reading, path, entry, shape)
    attributes = _each(
        reading, child(path, "attributes"), entry.get("attributes", []), _classification, depth=depth + 1
    )
    return ObjectClass(
        name=_name(reading, path, entry),
        shape=shape,
        min_side=_min_side(reading, path, entry, shape),
        stuff=stuff,
        keypoints=keypoints,
        skeleton=skeleton,
        sigmas=sigmas,
        attributes=attributes,
        color=_color(reading, path, entry),
        hotkey=_hotkey(reading, path, entry),
        description=_description(reading, path, entry),
    )


def _keypoints(
    reading: _Reading, path: str, entry: Mapping[str, Any], shape: str
) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...], tuple[float, ...]]:
    if shape != "keypoints":
        for key in _KEYPOINT_KEYS:
            if key in entry and shape:
                reading.faults.add(child(path, key), "belongs to the shape keypoints alone")
        return (), (), ()
    names_at = child(path, "keypoints")
    given = sequence(reading.faults, names_at, entry.get("keypoints", []), limit=MAX_KEYPOINTS)
    if not given and entry.get("keypoints", []) == []:
        reading.faults.add(names_at, "needs at least one keypoint's name")
    names = tuple(_checked_name(reading, f"{names_at}[{place}]", name) for place, name in enumerate(given))
    _different(reading, names_at, names, "")
    return names, _skeleton(reading, path, entry, len(given)), _sigmas(reading, path, entry, len(given))


def _skeleton(reading: _Reading, path: str, entry: Mapping[str, Any], count: int) -> tuple[tuple[int, int], ...]:
    at = child(path, "skeleton")
    edges: list[tuple[int, int]] = []
    for place, edge in enumerate(sequence(reading.faults, at, entry.get("skeleton", []), limit=10 * MAX_KEYPOINTS)):
        if not isinstance(edge, list | tuple) or len(edge) != 2 or any(type(end) is not int for end in edge):
            reading.faults.add(f"{at}[{place}]", "must be a pair of keypoint indices")
        elif not all(0 <= end < count for end in edge):
            reading.faults.add(
                f"{at}[{place}]", f"names a keypoint that does not exist; indices go from 0 to {count - 1}"
            )
        elif edge[0] == edge[1]:
            reading.faults.add(f"{at}[{place}]", "joins a keypoint to itself")
        else:
            edges.append((edge[0], edge[1]))
    return tuple(edges)


def _sigmas(reading: _Reading, path: str, entry: Mapping[str, Any], count: int) -> tuple[float, ...]:
    at = child(path, "sigmas")
    sigmas = sequence(reading.faults, at, entry.get("sigmas", []), limit=MAX_KEYPOINTS)
    if sigmas and len(sigmas) != count:
        reading.faults.add(at, f"has {len(sigmas)} numbers; there are {count} keypoints")
    for place, sigma in enumerate(sigmas):
        if not _is_number(sigma) or not 0 < sigma <= 10:
            reading.faults.add(f"{at}[{place}]", "must be a number above 0 and at most 10")
    return tuple(sigmas)


def _min_side(reading: _Reading, path: str, entry: Mapping[str, Any], shape: str) -> float:
    value: Any = entry.get("min_side", 0)
    at = child(path, "min_side")
    if not _is_number(value) or not 0 <= value <= MAX_MIN_SIDE:
        reading.faults.add(at, f"must be a number of pixels from 0 to {MAX_MIN_SIDE}")
        return 0
    if value and shape and shape not in REGION_SHAPES:
        reading.faults.add(at, f"a {shape} has no sides; only {', '.join(REGION_SHAPES)} do")
    return float(value) if isinstance(value, float) else int(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag(reading: _Reading, path: str, entry: Mapping[str, Any], key: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        reading.faults.add(child(path, key), f"must be true or false, not {kind(value)}")
        return False
    return value


def _name(reading: _Reading, path: str, entry: Mapping[str, Any]) -> str:
    return _checked_name(reading, child(path, "name"), entry.get("name"))


def _checked_name(reading: _Reading, at: str, value: object) -> str:
    fault = name_fault(value)
    if fault:
        reading.faults.add(at, fault)
        return ""
    return str(value)


def _text(reading: _Reading, at: str, value: object, limit: int) -> str:
    if not isinstance(value, str):
        reading.faults.add(at, f"must be a string, not {kind(value)}")
    elif len(value) > limit:
        reading.faults.add(at, f"has {len(value)} characters; at most {limit} are allowed")
    elif not is_clean(value, lines=True):
        reading.faults.add(at, "must not contain control characters or unpaired surrogates")
    else:
        return value
    return ""


def _description(reading: _Reading, path: str, entry: Mapping[str, Any]) -> str:
    return _text(reading, child(path, "description"), entry.get("description", ""), MAX_DESCRIPTION)


def _hotkey(reading: _Reading, path: str, entry: Mapping[str, Any]) -> str:
    return _text(reading, child(path, "hotkey"), entry.get("hotkey", ""), 20)


def _color(reading: _Reading, path: str, entry: Mapping[str, Any]) -> str:
    value = entry.get("color", "")
    if not isinstance(value, str) or (value and not _COLOR.fullmatch(value)):
        reading.faults.add(child(path, "color"), "must be a colour such as #1f77b4")
        return ""
    return value
