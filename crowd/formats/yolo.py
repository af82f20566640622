"""YOLO as ultralytics reads it: a data set for each of its tasks that the schema has shapes for.

`detect/` holds the bounds of every covering shape, `segment/` the outlines of all but boxes, `obb/` turned boxes,
`pose/` keypoints; each has its own `data.yaml` and `labels/<split>/`, and wants the images in `images/<split>/` under
the names that `images.csv` gives them. Holes and several parts are joined by seams of no width into the one outline
that a line has, so that filling it gives the same pixels.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from crowd import geometry
from crowd.formats.archives import archive, stem
from crowd.formats.base import Meta, ReleaseItem, Report, Tally, Writer, to_json
from crowd.formats.outlines import COVERING, outlines, patch
from crowd.formats.spools import list_image, split_of, spools
from crowd.geometry import Mask, rasters, rotated_boxes
from crowd.labels.types import LabelledObject, ObjectClass, Schema

_SEAMS: Final = "a shape with holes or of several parts, joined by seams into one outline"
_SIDE: Final = re.compile("left|right")
_OTHER: Final = {"left": "right", "right": "left"}
_CUT: Final = "a shape that reaches out of its image, its corners moved to the edge"
_BOUNDS: Final = "a cuboid as its silhouette"


@dataclass(frozen=True, slots=True)
class Task:
    """One of ultralytics' tasks: the shapes it takes, and an object's numbers after its class, in pixels."""

    name: str
    shapes: frozenset[str]
    numbers: Callable[[LabelledObject, Tally], list[tuple[float, ...]]]

    def classes(self, schema: Schema) -> list[ObjectClass]:
        """Return the classes that the data set knows, in the schema's order."""
        return [each for each in schema.objects if each.shape in self.shapes]


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001
    """Write a text for each image and task, then what describes them."""
    tally = Tally()
    tasks = [task for task in TASKS if task.classes(schema)]
    numbers = {task.name: {each.name: i for i, each in enumerate(task.classes(schema))} for task in tasks}
    counts = {task.name: max((len(each.keypoints) for each in task.classes(schema)), default=0) for task in tasks}
    splits: set[str] = set()
    with archive(sink) as target, spools() as listed:
        for item in tally.counted(items):
            for task in tasks:
                path = f"{task.name}/labels/{split_of(item)}/{stem(item.image)}.txt"
                target.add(path, _text(item, task, numbers[task.name], counts[task.name], tally).encode())
            splits.add(split_of(item))
            list_image(listed, item)
            _tally(item, numbers, tally)
        listed.move_into(target)
        for task in tasks:
            target.add(f"{task.name}/data.yaml", _describe(task, schema, splits).encode())
    return tally.report()


def _text(item: ReleaseItem, task: Task, numbers: dict[str, int], count: int, tally: Tally) -> str:
    lines = []
    scale = (item.image.width, item.image.height)
    for each in item.annotation.objects:
        if each.label not in numbers or each.shape not in task.shapes:
            continue
        groups = task.numbers(each, tally)
        if not groups:  # a mask without a pixel has no outline
            continue
        if task.name == "pose":
            groups += [(0.0, 0.0, 0)] * (count - len(each.geometry))
        cells = [_relative(group, *scale) for group in groups]
        lines.append(f"{numbers[each.label]} {' '.join(cells)}\n")
    return "".join(lines)


def _relative(group: tuple[float, ...], width: int, height: int) -> str:
    """Return x and y as shares of the image; a keypoint's third number as it is."""
    x, y = group[0] / width, group[1] / height
    if not 0.0 <= x <= 1.0:
        x = min(1.0, max(0.0, x))
    if not 0.0 <= y <= 1.0:
        y = min(1.0, max(0.0, y))
    return "%.6f %.6f" % (x, y) if len(group) == 2 else "%.6f %.6f %d" % (x, y, group[2])  # noqa: UP031 -- faster


def _tally(item: ReleaseItem, numbers: dict[str, dict[str, int]], tally: Tally) -> None:
    if item.annotation.classifications:
        tally.left_out["an answer about the image"] += len(item.annotation.classifications)
    for each in item.annotation.objects:
        if not any(each.label in numbers.get(task.name, ()) and each.shape in task.shapes for task in TASKS):
            tally.left_out[f"a {each.shape}, or its class"] += 1
            continue
        tally.labels += 1
        tally.lose(each)
        if _reaches_out(each, item):
            tally.approximated[_CUT] += 1
        if each.attributes:
            tally.left_out["an attribute of an object"] += len(each.attributes)
        if each.shape == "cuboid":
            tally.approximated[_BOUNDS] += 1


def _reaches_out(each: LabelledObject, item: ReleaseItem) -> bool:
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    return left < 0 or top < 0 or right > item.image.width or bottom > item.image.height


def _describe(task: Task, schema: Schema, splits: set[str]) -> str:
    """Return data.yaml; JSON's strings and lists are YAML's too."""
    classes = task.classes(schema)
    lines = ["path: ."]
    # ultralytics asks for train and val whatever there is
    lines += [f"{split}: images/{split if split in splits else 'train'}" for split in ("train", "val")]
    lines += ["test: images/test"] if "test" in splits else []
    if task.name == "pose":
        lines += _pose(classes)
    lines += ["names:", *(f"  {number}: {to_json(each.name)}" for number, each in enumerate(classes))]
    return "\n".join(lines) + "\n"


def _pose(classes: Sequence[ObjectClass]) -> list[str]:
    """Return the number of keypoints, and which is which in a mirror, told by `left` and `right` in their names."""
    longest = max((each.keypoints for each in classes), key=len)
    mirrored = [_SIDE.sub(lambda found: _OTHER[found[0]], name) for name in longest]
    flips = [longest.index(other) if other in longest else i for i, other in enumerate(mirrored)]
    return [f"kpt_shape: [{len(longest)}, 3]", f"flip_idx: {to_json(flips)}"]


def _bounds(each: LabelledObject, _: Tally) -> list[tuple[float, ...]]:
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    return [((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)]


def _outline(each: LabelledObject, tally: Tally) -> list[tuple[float, ...]]:
    rings = _rings(each)
    if not rings:
        return []
    first, *others = rings
    tally.approximated.update([_SEAMS] if others else [])
    path = [*first]
    for ring in others:  # there and back along the same line, which cancels out
        path += [first[0], *ring, ring[0], first[0]]
    return path


def _rings(each: LabelledObject) -> Sequence[Any]:
    if isinstance(each.geometry, Mask):
        mask = each.geometry
        x0, y0, pixels = patch("mask", mask, height=mask.height, width=mask.width)
        return [[(x + x0, y + y0) for x, y in ring] for ring in rasters.to_polygon(pixels)]
    if each.shape == "polygon":
        rings: Sequence[Any] = each.geometry
        return rings
    return outlines(each.shape, each.geometry) or []


def _corners(each: LabelledObject, _: Tally) -> list[tuple[float, ...]]:
    return [*rotated_boxes.corner_points(each.geometry)]


def _keypoints(each: LabelledObject, tally: Tally) -> list[tuple[float, ...]]:
    return [*_bounds(each, tally), *((x, y, v) if v > 0 else (0.0, 0.0, 0) for x, y, v in each.geometry)]


TASKS: Final = (
    Task("detect", frozenset(COVERING), _bounds),
    Task("segment", frozenset(COVERING) - {"box"}, _outline),
    Task("obb", frozenset({"rotated_box"}), _corners),
    Task("pose", frozenset({"keypoints"}), _keypoints),
)
WRITER = Writer(name="yolo", filename="yolo.zip", content_type="application/zip", write=write)
