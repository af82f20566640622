"""CVAT's label constructor in its raw form (JSON)."""

from collections.abc import Iterator, Mapping
from typing import Any

from crowd.errors import Invalid
from crowd.labels.importing import xml
from crowd.labels.importing.base import Imported, Names, Notes, Reader, color, fault, from_json, given, listed

SHAPES = {
    "rectangle": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "point",
    "ellipse": "ellipse",
    "mask": "mask",
    "cuboid": "cuboid",
    "skeleton": "keypoints",
    "any": "box",
    "": "box",
}
MOST_STEPS = 50
TAGS = "tags"


def fits(text: str) -> bool:
    """Return whether it is a JSON list of labels with attributes."""
    start = text.lstrip()[:1]
    return start in ("[", "{") and '"name"' in text and ('"attributes"' in text or '"type"' in text)


def read(text: str) -> Imported:
    """Return its labels as classes; tags, which say something of the whole image, as one question."""
    document = from_json(text)
    labels = document.get("labels") if isinstance(document, Mapping) else document
    if not isinstance(labels, list) or not labels or not all(isinstance(one, Mapping) for one in labels):
        raise fault("There is no list of labels in it.")
    notes = Notes()
    classes, options = Names(notes), Names(notes)
    objects, tags = [], []
    for label in labels:
        if label.get("type") == "tag":
            tags.append(_styled({"name": options.take(label.get("name", ""))}, label, notes))
        else:
            objects.append(_styled(_class(label, classes, notes), label, notes))
    questions = [{"name": TAGS, "kind": "multiple", "options": tags}] if tags else []
    if tags:
        notes.add(f"Tags are the options of one question, “{TAGS}”; divide it where only one of some may be chosen.")
    return Imported({"classifications": questions, "objects": objects}, notes.all())


def _class(label: Mapping[str, Any], names: Names, notes: Notes) -> dict[str, Any]:
    kind = str(label.get("type") or "")
    name = names.take(label.get("name", ""), hint=kind)
    if kind not in SHAPES:
        notes.add(f"“{name}” is a {kind[:40]}, which has no like here; it is drawn as a box.")
    elif kind in ("any", ""):
        notes.add(f"“{name}” may be drawn in any way in CVAT; here it is a box. Change what is not.")
    elif kind == "points":
        notes.add(f"“{name}” is one point here; in CVAT it may be several.")
    made: dict[str, Any] = {"name": name, "shape": SHAPES.get(kind, "box")}
    if kind == "skeleton":
        made |= _skeleton(label, notes)
    return made


def _skeleton(label: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    parts = [one for one in listed(label.get("sublabels")) if isinstance(one, Mapping)]
    names = Names(notes)
    if any(one.get("attributes") for one in parts):
        notes.add("Attributes of single keypoints are left out.")
    places: dict[str, int] = {}
    for place, one in enumerate(parts):
        places.setdefault(str(one.get("id", place + 1)), place)
    points = [names.take(one.get("name", "")) for one in parts] or ["point"]
    return {"keypoints": points, "skeleton": list(_edges(str(label.get("svg") or ""), len(points), notes))}


def _edges(svg: str, count: int, notes: Notes) -> Iterator[list[int]]:
    """Yield the lines of the drawing; its nodes are counted from 1 in the order of the sublabels."""
    if not svg:
        return
    try:
        drawing = xml.parse(f"<svg>{svg}</svg>" if not svg.lstrip().startswith("<svg") else svg)
    except Invalid:
        notes.add("The lines of a skeleton could not be read; draw them anew.")
        return
    for line in drawing.children:
        ends = [line.get(name) for name in ("data-node-from", "data-node-to")]
        if (
            line.tag == "line"
            and all(end.isdecimal() and 1 <= int(end) <= count for end in ends)
            and len(set(ends)) > 1
        ):
            yield [int(end) - 1 for end in ends]


def _styled(made: dict[str, Any], label: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    names = Names(notes)
    asked = [
        question
        for each in listed(label.get("attributes"))
        if isinstance(each, Mapping) and (question := _attribute(each, names, notes)) is not None
    ]
    return given({**made, "attributes": asked, "color": color(label.get("color"))})


def _attribute(each: Mapping[str, Any], names: Names, notes: Notes) -> dict[str, Any] | None:
    kind, values = each.get("input_type"), [str(one) for one in listed(each.get("values"))]
    if kind == "number":
        values = _steps(values)
    if each.get("default_value") not in (None, ""):
        notes.add("Default values are left out: here nothing is answered before somebody answers it.")
    if kind == "checkbox":
        return {"name": names.take(each.get("name", "")), "kind": "binary"}
    if kind in ("select", "radio", "number") and values:
        own = Names(notes)
        return {
            "name": names.take(each.get("name", "")),
            "kind": "single",
            "options": [{"name": own.take(value)} for value in dict.fromkeys(values) if value.strip()],
        }
    notes.add(f"“{str(each.get('name', ''))[:60]}” takes free text or many numbers, which has no like here; left out.")
    return None


def _steps(values: list[str]) -> list[str]:
    """Return the numbers from least to most by the step, where those are few."""
    try:
        low, high, step = (float(one) for one in values[:3])
    except ValueError:
        return []
    if step <= 0 or not 0 <= (high - low) / step < MOST_STEPS:
        return []
    return [f"{low + place * step:g}" for place in range(int((high - low) / step) + 1)]


READER = Reader("CVAT labels (JSON)", fits, read)
