"""The label schema as CVAT has it: labels with attributes, as its XML's `meta` and as its raw constructor's JSON.

A class of objects is a label of its shape's type, a question about the image a label of type `tag` whose attributes
are its answers. A binary question is a checkbox, a single one a selection, a multiple one a checkbox for each option;
what an option opens is an attribute of the same label under its address.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crowd.formats.fitting import Asked, every_question
from crowd.formats.markup import element, start, text
from crowd.labels.types import Classification, Schema, Value

UNANSWERED: Final = "__undefined__"  # what CVAT's own documentation calls it: a selection always has a value
TYPES: Final = {
    "box": "rectangle",
    "rotated_box": "rectangle",
    "polygon": "any",  # or a mask, where it has holes
    "polyline": "polyline",
    "ellipse": "ellipse",
    "point": "points",
    "keypoints": "skeleton",
    "mask": "mask",
    "cuboid": "cuboid",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a label; `path` the option that a checkbox stands for, empty for a whole question."""

    name: str
    asked: Asked
    path: str = ""

    @property
    def values(self) -> list[str]:
        """What can be given, the default first."""
        return [UNANSWERED, *self.asked.question.paths()] if self.is_selection else ["false", "true"]

    @property
    def is_selection(self) -> bool:
        """Tell whether it is one of several values, rather than yes or no."""
        return self.asked.question.kind == "single"

    def value(self, answers: Mapping[str, Value]) -> str:
        """Return what the answers say."""
        found = answers.get(self.asked.address)
        if self.is_selection:
            return found if isinstance(found, str) else UNANSWERED
        said = found is True if not self.path else isinstance(found, tuple) and self.path in found
        return "true" if said else "false"


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what CVAT calls it, its type, its attributes, and the keypoints of a skeleton."""

    name: str
    type: str
    attributes: tuple[Attribute, ...]
    color: str = ""
    keypoints: tuple[str, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()


def attributes_of(questions: Sequence[Classification]) -> tuple[Attribute, ...]:
    """Return the attributes that take the questions' answers."""
    found = []
    for asked in every_question(questions).values():
        if asked.question.kind == "multiple":
            found += [Attribute(f"{asked.address}/{path}", asked, path) for path in asked.question.paths()]
        else:
            found.append(Attribute(asked.address, asked))
    return tuple(found)


def labels_of(schema: Schema) -> tuple[dict[str, Label], dict[str, Label]]:
    """Return the labels of the classes by their names, and those of the questions by theirs."""
    classes = {
        each.name: Label(
            each.name, TYPES[each.shape], attributes_of(each.attributes), each.color, each.keypoints, each.skeleton
        )
        for each in schema.objects
    }
    tags, taken = {}, set(classes)
    for question in schema.classifications:
        name = question.name
        while name in taken:  # in CVAT a tag and a class are both labels, and labels differ in name
            name = f"{name} (image)"
        taken.add(name)
        tags[question.name] = Label(name, "tag", attributes_of([question]))
    return classes, tags


def described(labels: Sequence[Label], *, name: str, images: int) -> str:
    """Return the XML's `meta` element for a task of so many images."""
    parts = ["  <meta>\n    <task>\n", f"      {element('name', name)}\n", f"      {element('size', images)}\n"]
    parts += ["      <mode>annotation</mode>\n", "      <labels>\n"]
    for label in labels:
        parts += [f"        {line}\n" for line in _lines(label)]
    return "".join([*parts, "      </labels>\n    </task>\n  </meta>\n"])


def _lines(label: Label) -> Iterator[str]:
    attributes = "".join(
        "<attribute>"
        + element("name", each.name)
        + element("mutable", "False")
        + element("input_type", "select" if each.is_selection else "checkbox")
        + element("default_value", each.values[0])
        + f"<values>{text(chr(10).join(each.values))}</values></attribute>"
        for each in label.attributes
    )
    drawn = element("svg", svg(label)) if label.keypoints else ""
    color = element("color", label.color) if label.color else ""
    yield (
        f"<label>{element('name', label.name)}{color}{element('type', label.type)}"
        f"<attributes>{attributes}</attributes>{drawn}</label>"
    )
    for name in label.keypoints:
        kind = f"<type>points</type><attributes></attributes>{element('parent', label.name)}"
        yield f"<label>{element('name', name)}{kind}</label>"


def constructor(label: Label) -> dict[str, Any]:
    """Return the label as the raw constructor takes it."""
    found: dict[str, Any] = {"name": label.name, "type": label.type}
    if label.color:
        found["color"] = label.color
    found["attributes"] = [
        {
            "name": each.name,
            "mutable": False,
            "input_type": "select" if each.is_selection else "checkbox",
            "default_value": each.values[0],
            "values": each.values,
        }
        for each in label.attributes
    ]
    if label.keypoints:
        found["sublabels"] = [
            {"name": name, "type": "points", "attributes": [], "id": number}
            for number, name in enumerate(label.keypoints, start=1)
        ]
        found["svg"] = svg(label)
    return found


def svg(label: Label) -> str:
    """Return the drawing of a skeleton that CVAT shows, its keypoints on a circle; nodes count from one."""
    count = len(label.keypoints)
    turns = [2 * math.pi * number / count for number in range(count)]
    places = [(f"{50 + 40 * math.sin(turn):.2f}", f"{50 - 40 * math.cos(turn):.2f}") for turn in turns]
    lines = [
        start("line", {"x1": places[a][0], "y1": places[a][1], "x2": places[b][0], "y2": places[b][1], **_edge(a, b)})
        + "</line>"
        for a, b in label.edges
    ]
    nodes = [
        start("circle", {"r": 1.5, "cx": x, "cy": y, **_node(number, name)}) + "</circle>"
        for number, (name, (x, y)) in enumerate(zip(label.keypoints, places, strict=True), start=1)
    ]
    return "".join(lines + nodes)


def _edge(first: int, second: int) -> Mapping[str, str | float]:
    return {
        "data-node-from": first + 1,
        "data-node-to": second + 1,
        "data-type": "edge",
        "stroke": "black",
        "stroke-width": 0.5,
    }


def _node(number: int, name: str) -> Mapping[str, str | float]:
    return {
        "data-element-id": number,
        "data-node-id": number,
        "data-label-name": name,
        "data-type": "element node",
        "fill": "#b3b3b3",
        "stroke": "black",
        "stroke-width": 0.1,
    }


def unticked(known: Mapping[str, Asked], answers: Mapping[str, Value]) -> int:
    """Return how many yes-or-no questions that are always asked have no answer: a checkbox cannot say so."""
    return sum(
        each.question.kind == "binary" and each.under is None and address not in answers
        for address, each in known.items()
    )
