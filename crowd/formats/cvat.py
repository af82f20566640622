"""CVAT for images 1.1: `annotations.xml`, or one XML file for each split, as CVAT imports it into a task.

Images belong into `images/` under the names that `images.csv` gives them. Each question about the image is a tag whose
attributes are its answers; the object attribute `occluded` fills CVAT's field of that name too. `labels.json` is what
CVAT's raw label constructor takes to make the task. Polygons with holes become masks, as CVAT's polygons have none.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Final

import numpy as np

from crowd.formats.archives import archive, filename
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, to_json
from crowd.formats.cvat_labels import Label, constructor, described, labels_of, unticked
from crowd.formats.fitting import ATTRIBUTE, every_question, fitting_answers, fitting_objects
from crowd.formats.markup import start, text
from crowd.formats.outlines import outlines, patch
from crowd.formats.spools import Spools, list_image, spools
from crowd.labels.types import LabelledObject, Schema

_UNTICKED: Final = "a yes-or-no question without an answer, which a checkbox takes for no"
_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
_CUBOID: Final = (0, 3, 1, 2, 5, 6, 4, 7)  # CVAT's edges: front left, front right, back right, back left
_CORNERS: Final = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")
Attributes = dict[str, str | float]


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:
    """Write the images of each split behind the labels, then what describes them."""
    writing = _Writing(schema)
    images: dict[str, int] = {}
    with archive(sink) as target, spools() as bodies, spools() as listed:
        for item in writing.tally.counted(items):
            name = f"{item.split or 'annotations'}.xml"
            bodies.write(name, "".join(writing.image(item, images.get(name, 0))))
            images[name] = images.get(name, 0) + 1
            list_image(listed, item)
        for name in sorted(images) or ["annotations.xml"]:
            title = f"{meta.project} {meta.release}"
            target.add(name, _document(bodies, name, described(writing.labels, name=title, images=images.get(name, 0))))
        target.add("labels.json", (to_json([constructor(label) for label in writing.labels]) + "\n").encode())
        listed.move_into(target)
    return writing.tally.report()


def _document(bodies: Spools, name: str, about: str) -> BinaryIO:
    """Return the file of a split: how many images it has is known at the end only."""
    bodies.write(f"head of {name}", _HEAD + about)
    bodies.write(name, "</annotations>\n")
    return bodies.joined(f"head of {name}", name)


class _Writing:
    """What every image is written with."""

    def __init__(self, schema: Schema) -> None:
        self.schema, self.tally = schema, Tally()
        self.classes, self.tags = labels_of(schema)
        self.labels = [*self.classes.values(), *self.tags.values()]
        self._attributes = {each.name: every_question(each.attributes) for each in schema.objects}
        self._questions = every_question(schema.classifications)

    def image(self, item: ReleaseItem, number: int) -> Iterator[str]:
        """Yield the image's element."""
        about: Attributes = {"id": number, "name": filename(item.image)}
        about |= {"subset": item.split} if item.split else {}
        yield f"  {start('image', about | {'width': item.image.width, 'height': item.image.height})}\n"
        for place, each in enumerate(fitting_objects(item, schema=self.schema, tally=self.tally)):
            yield from self._object(each, item, place)
        yield from self._tags(item)
        yield "  </image>\n"

    def _object(self, each: LabelledObject, item: ReleaseItem, place: int) -> Iterator[str]:
        shapes = _shapes(each, item, self.classes[each.label])
        if not shapes:
            self.tally.left_out["a mask without a pixel"] += 1
            return
        self.tally.labels += 1
        self.tally.lose(each)
        if each.shape == "polygon" and shapes[0][0] == "mask":
            self.tally.approximated["a polygon with holes as pixels"] += 1
        if len(shapes) > 1:
            self.tally.approximated["a polygon of several parts as polygons of one group"] += 1
        inside = self._attributes_of(each)
        common: Attributes = {"label": each.label, "source": "file"}
        common |= {"occluded": int(each.attributes.get("occluded") is True)} if each.shape != "keypoints" else {}
        grouped: Attributes = {"group_id": place + 1} if len(shapes) > 1 else {}
        for tag, own, points in shapes:
            yield f"    {start(tag, common | own | {'z_order': place} | grouped)}{points}{inside}</{tag}>\n"

    def _attributes_of(self, each: LabelledObject) -> str:
        known = self._attributes[each.label]
        fitting = fitting_answers(each.attributes, known=known, tally=self.tally, lost=ATTRIBUTE)
        answers = {asked.address: value for asked, value in fitting}
        if times := unticked(known, answers):
            self.tally.approximated[_UNTICKED] += times
        return "".join(_attribute(one.name, one.value(answers)) for one in self.classes[each.label].attributes)

    def _tags(self, item: ReleaseItem) -> Iterator[str]:
        """Yield a tag for each question that has an answer."""
        fitting = list(fitting_answers(item.annotation.classifications, known=self._questions, tally=self.tally))
        answers = {asked.address: value for asked, value in fitting}
        self.tally.labels += len(fitting)
        for name, tag in self.tags.items():
            if name in answers:
                inside = "".join(_attribute(each.name, each.value(answers)) for each in tag.attributes)
                yield f"    {start('tag', {'label': tag.name, 'source': 'file'})}{inside}</tag>\n"


def _attribute(name: str, value: str) -> str:
    return f"{start('attribute', {'name': name})}{text(value)}</attribute>"


Shape = tuple[str, Attributes, str]


def _shapes(each: LabelledObject, item: ReleaseItem, label: Label) -> list[Shape]:
    """Return element, attributes and content of each shape that the object is; none for a mask without a pixel."""
    if each.shape in _PLAIN:
        tag, attributes = _PLAIN[each.shape](each.geometry)
        return [(tag, attributes, "")]
    if each.shape == "keypoints":
        return [("skeleton", {}, "".join(_keypoints(each.geometry, label)))]
    found = outlines(each.shape, each.geometry)
    if found is not None:
        return [("polygon", {"points": _points(outline)}, "") for outline in found]
    left, top, pixels = patch(each.shape, each.geometry, height=item.image.height, width=item.image.width)
    if not pixels.any():
        return []
    size: Attributes = {"left": left, "top": top, "width": pixels.shape[1], "height": pixels.shape[0]}
    return [("mask", {"rle": ", ".join(map(str, _runs(pixels))), **size}, "")]


def _runs(pixels: Any) -> list[int]:
    """Return the lengths of zeros and ones in turn, zeros first, row by row."""
    flat = np.concatenate(([False], pixels.ravel(), [not pixels.ravel()[-1]]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return [int(length) for length in np.diff(np.concatenate(([0], edges)))]


def _keypoints(geometry: Any, label: Label) -> Iterator[str]:
    for name, (x, y, v) in zip(label.keypoints, geometry, strict=True):
        seen: Attributes = {"outside": int(v == 0), "occluded": int(v == 1), "points": _points([(x, y)])}
        yield start("points", {"label": name, "source": "file"} | seen) + "</points>"


def _points(points: Iterable[Iterable[float]]) -> str:
    return ";".join(",".join(str(float(number)) for number in point) for point in points)


def _box(geometry: Any) -> tuple[str, Attributes]:
    x, y, width, height = map(float, geometry)
    return "box", {"xtl": x, "ytl": y, "xbr": x + width, "ybr": y + height}


def _rotated_box(geometry: Any) -> tuple[str, Attributes]:
    x, y, width, height, degrees = map(float, geometry)
    tag, attributes = _box((x - width / 2, y - height / 2, width, height))
    return tag, attributes | {"rotation": degrees % 360}


def _ellipse(geometry: Any) -> tuple[str, Attributes]:
    x, y, across, down, degrees = map(float, geometry)
    return "ellipse", {"cx": x, "cy": y, "rx": across, "ry": down, "rotation": degrees % 360}


def _cuboid(geometry: Any) -> tuple[str, Attributes]:
    corners = zip(_CORNERS, (geometry[place] for place in _CUBOID), strict=True)
    return "cuboid", {
        f"{axis}{name}": float(at) for name, point in corners for axis, at in zip("xy", point, strict=True)
    }


_PLAIN: Final[dict[str, Callable[[Any], tuple[str, Attributes]]]] = {
    "box": _box,
    "rotated_box": _rotated_box,
    "ellipse": _ellipse,
    "cuboid": _cuboid,
    "polyline": lambda geometry: ("polyline", {"points": _points(geometry)}),
    "point": lambda geometry: ("points", {"points": _points([geometry])}),
}
WRITER = Writer(name="cvat", filename="cvat.zip", content_type="application/zip", write=write)
