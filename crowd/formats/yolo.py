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
from crowd.formats.outlines import COVERING, outlines
from crowd.formats.spools import list_image, split_of, spools
from crowd.geometry import Mask, masks, rasters, rotated_boxes
from crowd.labels.types import LabelledObject, ObjectClass, Schema

_SEAMS: Final = "a shape with holes or of several parts, joined by seams into one outline"
_SIDE: Final = re.compile("left|right")
_OTHER: Final = {"left": "right", "right": "left"}
_BOUNDS: Final = "a cuboid as its silhouette"


@dataclass(frozen=True, slots=True)
class Task:
    """One of ultralytics' tasks: the shapes it takes, and an object's numbers after its class, in pixels."""

    name: str
    shapes: frozenset[str]
    numbers: Callable[[LabelledObject], list[tuple[float, ...]]]

    def classes(self, schema: Schema) -> list[ObjectClass]:
        """Return the classes that the data set knows, in the schema's order."""
        return [each for each in schema.objects if each.shape in self.shapes]


def write(items: Iterable[ReleaseItem], *, schema: Schema, sink: BinaryIO, meta: Meta) -> Report:  # noqa: ARG001
    """Write a text for each image and task, then what describes them."""
    tally = Tally()
    tasks = [task for task in TASKS if task.classes(schema)]
    numbers = {task.name: {each.name: i for i, each in enumerate(task.classes(schema))} for task in tasks}
    splits: set[str] = set()
    with archive(sink) as target, spools() as listed:
        for item in tally.counted(items):
            for task in tasks:
                path = f"{task.name}/labels/{split_of(item)}/{stem(item.image)}.txt"
                target.add(path, _text(item, task, numbers[task.name], schema).encode())
            splits.add(split_of(item))
            list_image(listed, item)
            _tally(item, numbers, tally)
        listed.move_into(target)
        for task in tasks:
            target.add(f"{task.name}/data.yaml", _describe(task, schema, splits).encode())
    return tally.report()


def _text(item: ReleaseItem, task: Task, numbers: dict[str, int], schema: Schema) -> str:
    lines = []
    scale = (item.image.width, item.image.height)
    count = max((len(each.keypoints) for each in task.classes(schema)), default=0)
    for each in item.annotation.objects:
        if each.label not in numbers or each.shape not in task.shapes:
            continue
        groups = task.numbers(each)
        if not groups:  # a mask without a pixel has no outline
            continue
        if task.name == "pose":
            groups += [(0.0, 0.0, 0)] * (count - len(each.geometry))
        cells = [_relative(number, place, scale) for group in groups for place, number in enumerate(group)]
        lines.append(f"{numbers[each.label]} {' '.join(cells)}\n")
    return "".join(lines)


def _relative(number: float, place: int, scale: tuple[int, int]) -> str:
    """Return a coordinate as a share of the image, x and y in turn; a keypoint's third number as it is."""
    if place == 2:
        return str(int(number))
    return f"{min(1.0, max(0.0, number / scale[place])):.6f}"


def _tally(item: ReleaseItem, numbers: dict[str, dict[str, int]], tally: Tally) -> None:
    if item.annotation.classifications:
        tally.left_out["an answer about the image"] += len(item.annotation.classifications)
    for each in item.annotation.objects:
        if not any(each.label in numbers.get(task.name, ()) and each.shape in task.shapes for task in TASKS):
            tally.left_out[f"a {each.shape}, or its class"] += 1
            continue
        tally.labels += 1
        if each.attributes:
            tally.left_out["an attribute of an object"] += len(each.attributes)
        if each.shape == "cuboid":
            tally.approximated[_BOUNDS] += 1
        if each.shape in {"polygon", "mask"} and len(_rings(each)) > 1:
            tally.approximated[_SEAMS] += 1


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


def _bounds(each: LabelledObject) -> list[tuple[float, ...]]:
    left, top, right, bottom = geometry.bounds(each.shape, each.geometry)
    return [((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)]


def _outline(each: LabelledObject) -> list[tuple[float, ...]]:
    rings = _rings(each)
    if not rings:
        return []
    first, *others = rings
    path = [*first]
    for ring in others:  # there and back along the same line, which cancels out
        path += [first[0], *ring, ring[0], first[0]]
    return [(x, y) for x, y in path]


def _rings(each: LabelledObject) -> list[Any]:
    if isinstance(each.geometry, Mask):
        return [[list(point) for point in ring] for ring in rasters.to_polygon(masks.decode(each.geometry))]
    found = outlines(each.shape, each.geometry)
    return found if found is not None else [[list(point) for point in ring] for ring in each.geometry]


def _corners(each: LabelledObject) -> list[tuple[float, ...]]:
    return [(float(x), float(y)) for x, y in rotated_boxes.corners(each.geometry)]


def _keypoints(each: LabelledObject) -> list[tuple[float, ...]]:
    return [*_bounds(each), *((x, y, v) if v > 0 else (0.0, 0.0, 0) for x, y, v in each.geometry)]


TASKS: Final = (
    Task("detect", frozenset(COVERING), _bounds),
    Task("segment", frozenset(COVERING) - {"box"}, _outline),
    Task("obb", frozenset({"rotated_box"}), _corners),
    Task("pose", frozenset({"keypoints"}), _keypoints),
)
WRITER = Writer(name="yolo", filename="yolo.zip", content_type="application/zip", write=write)
