"""A Label Studio labelling configuration (XML)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crowd.labels.importing import xml
from crowd.labels.importing.base import Imported, Names, Notes, Reader, color, given
from crowd.labels.importing.xml import Element

SHAPES = {
    "RectangleLabels": "box",
    "PolygonLabels": "polygon",
    "EllipseLabels": "ellipse",
    "KeyPointLabels": "point",
    "BrushLabels": "mask",
    "BitmaskLabels": "mask",
    "VectorLabels": "polyline",
}
# what is only for the eye, or only names what is labelled
_SILENT = {"View", "Image", "Header", "Style", "Text", "HyperText", "Label", "Choice", "Shortcut", "Collapse", "Panel"}
_SILENT |= {"Zoom", "Brightness", "Contrast", "Paragraphs", "List", "Table"}


def fits(text: str) -> bool:
    """Return whether it is XML with a view in it."""
    return text.lstrip().startswith("<") and "<View" in text


@dataclass
class _Reading:
    notes: Notes
    classes: Names
    questions: Names
    objects: list[dict[str, Any]] = field(default_factory=list)
    classifications: list[dict[str, Any]] = field(default_factory=list)
    by_control: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(text: str) -> Imported:
    """Return its labels as classes and its choices as questions; what has no like here is told."""
    notes = Notes()
    reading = _Reading(notes, Names(notes), Names(notes))
    elements = list(_walk(xml.parse(text)))
    for element in elements:
        if element.tag in SHAPES:
            _labels(reading, element)
    for element in elements:
        if element.tag in ("Choices", "Taxonomy"):
            _place(reading, element, _question(reading, element))
        elif element.tag not in SHAPES and element.tag not in _SILENT:
            notes.add(f"<{element.tag}> has no like here and is left out.")
    return Imported({"classifications": reading.classifications, "objects": reading.objects}, notes.all())


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


def _labels(reading: _Reading, control: Element) -> None:
    shape = SHAPES[control.tag]
    if shape == "box" and control.get("canRotate", "canrotate").lower() == "true":
        shape = "rotated_box"
    for label in (child for child in _walk(control) if child.tag == "Label"):
        background = label.get("background")
        if background and not color(background):
            reading.notes.add(f"The colour {background[:40]} is chosen anew: colours here are such as #1f77b4.")
        reading.objects.append(
            given(
                {
                    "name": reading.classes.take(label.get("alias", "value"), hint=shape.replace("_", " ")),
                    "shape": shape,
                    "color": color(background),
                    "hotkey": label.get("hotkey")[:20],
                    "description": label.get("hint")[:1000],
                }
            )
        )


def _question(reading: _Reading, control: Element) -> dict[str, Any]:
    several = control.get("choice") == "multiple" or (control.tag == "Taxonomy" and control.get("maxUsages") != "1")
    return given(
        {
            "name": reading.questions.take(control.get("name") or control.tag.lower()),
            "kind": "multiple" if several else "single",
            "required": control.get("required").lower() == "true",
            "options": _options(reading, control),
        }
    )


def _options(reading: _Reading, above: Element) -> list[dict[str, Any]]:
    names = Names(reading.notes)
    return [
        given(
            {
                "name": names.take(choice.get("alias", "value")),
                "options": _options(reading, choice),
                "color": color(choice.get("background")),
                "hotkey": choice.get("hotkey")[:20],
                "description": choice.get("hint")[:1000],
            }
        )
        for choice in above.children
        if choice.tag == "Choice"
    ]


def _place(reading: _Reading, control: Element, question: dict[str, Any]) -> None:
    """Ask the question where the configuration asks it: of the image, of each object, or below an option."""
    if not question.get("options"):
        reading.notes.add(f"“{question['name']}” has no choices in the file and is left out.")
        return
    name, asked = control.get("name"), question
    reading.by_control[name] = asked
    if control.get("perRegion").lower() == "true":
        labels = [one.strip() for one in control.get("whenLabelValue").split(",") if one.strip()]
        for each in reading.objects:
            if not labels or each["name"] in labels:
                each.setdefault("attributes", []).append(asked)
        if not reading.objects:
            reading.notes.add(f"“{asked['name']}” is asked of regions, and there are none; it is left out.")
        return
    chosen = [one.strip() for one in control.get("whenChoiceValue").split(",") if one.strip()]
    above = reading.by_control.get(control.get("whenTagName"))
    if chosen and above is not None and above is not asked:
        opened = [option for option in above["options"] if option["name"] in chosen]
        for option in opened:
            option.setdefault("attributes", []).append(asked)
        if opened:
            return
    if control.get("visibleWhen"):
        reading.notes.add(f"“{asked['name']}” is asked always, not only when “{control.get('visibleWhen')}”.")
    reading.classifications.append(asked)


READER = Reader("Label Studio configuration (XML)", fits, read)
