"""The label schema as a Label Studio labelling configuration (XML).

Each kind of drawing is one control with a label for each class. A question is `Choices`, or a `Taxonomy` where its
options nest; what an option opens is shown once that is chosen, an attribute once its object is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from crowd.formats.fitting import Asked, every_question, options_of
from crowd.formats.markup import start
from crowd.labels.types import Classification, ObjectClass, Option, Schema

IMAGE: Final = "image"
KEYPOINT: Final = "{} / {}"  # a class and one of its keypoints, as a label
# control: its tag, and the shapes that it draws. A polygon with holes is a brush's; keypoints stand in their bounds.
CONTROLS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "rectangles": ("RectangleLabels", ("box", "rotated_box", "keypoints")),
    "polygons": ("PolygonLabels", ("polygon", "cuboid")),
    "lines": ("VectorLabels", ("polyline",)),
    "ellipses": ("EllipseLabels", ("ellipse",)),
    "points": ("KeyPointLabels", ("point", "keypoints")),
    "brushes": ("BrushLabels", ("mask", "polygon")),
}


@dataclass(frozen=True)
class Config:
    """The controls by name: what a question, of the image or of a class, is called among them."""

    schema: Schema

    @cached_property
    def questions(self) -> Mapping[str, Asked]:
        """Every question about the image, by its address."""
        return every_question(self.schema.classifications)

    @cached_property
    def attributes(self) -> Mapping[str, Mapping[str, Asked]]:
        """Every attribute, by its class and its address."""
        return {each.name: every_question(each.attributes) for each in self.schema.objects}

    @cached_property
    def names(self) -> Mapping[tuple[str, str], str]:
        """The control of each question, by its class (empty: the image) and its address. No two are equal."""
        wanted = {("", address): address for address in self.questions}
        for label, known in self.attributes.items():
            wanted |= {(label, address): f"{label}/{address}" for address in known}
        found: dict[tuple[str, str], str] = {}
        taken = {IMAGE, *CONTROLS}
        for key, name in wanted.items():
            free = name
            while free in taken:
                free = f"{free} (attribute)" if key[0] else f"{free} (question)"
            taken.add(free)
            found[key] = free
        return found

    def xml(self) -> str:
        """Return the document."""
        lines = ["<View>", f"  {start('Image', {'name': IMAGE, 'value': '$image', 'zoom': 'true'})[:-1]}/>"]
        for name, (tag, shapes) in CONTROLS.items():
            classes = [each for each in self.schema.objects if each.shape in shapes]
            lines += [f"  {line}" for line in _control(name, tag, classes)] if classes else []
        for asked in self.questions.values():
            lines += [f"  {line}" for line in self._question("", asked)]
        for label, known in self.attributes.items():
            for asked in known.values():
                lines += [f"  {line}" for line in self._question(label, asked)]
        return "\n".join([*lines, "</View>"]) + "\n"

    def _question(self, label: str, asked: Asked) -> Iterator[str]:
        question = asked.question
        tag = "Taxonomy" if is_nested(question) else "Choices"
        about = {"name": self.names[label, asked.address], "toName": IMAGE}
        if tag == "Choices":
            about["choice"] = "multiple" if question.kind == "multiple" else "single-radio"
        elif question.kind == "single":
            about["maxUsages"] = "1"
        if label:
            about |= {"perRegion": "true", "visibleWhen": "region-selected", "whenLabelValue": label}
        if asked.under:
            opened_by, option = asked.under
            when = {"whenTagName": self.names[label, opened_by], "whenChoiceValue": option.rpartition("/")[2]}
            about |= {"visibleWhen": "choice-selected", **when}
        yield start(tag, about)
        if question.kind == "binary":
            yield from (f"  {_empty('Choice', value)}" for value in options_of(question))
        else:
            yield from (f"  {line}" for option in question.options for line in _choice(option))
        yield f"</{tag}>"


def is_nested(question: Classification) -> bool:
    """Tell whether an option of the question has finer ones."""
    return any(option.options for option in question.options)


def _control(name: str, tag: str, classes: Sequence[ObjectClass]) -> Iterator[str]:
    yield start(tag, {"name": name, "toName": IMAGE})
    for each in classes:
        if tag == "KeyPointLabels" and each.shape == "keypoints":
            labels = [KEYPOINT.format(each.name, point) for point in each.keypoints]
        else:
            labels = [each.name]
        color = {"background": each.color} if each.color else {}
        yield from (f"  {start('Label', {'value': label} | color)[:-1]}/>" for label in labels)
    yield f"</{tag}>"


def _choice(option: Option) -> Iterator[str]:
    if not option.options:
        yield _empty("Choice", option.name)
        return
    yield start("Choice", {"value": option.name})
    yield from (f"  {line}" for each in option.options for line in _choice(each))
    yield "</Choice>"


def _empty(tag: str, value: str) -> str:
    return f"{start(tag, {'value': value})[:-1]}/>"
