"""Objects that two workers drew, and how many of them are all but identical."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from crowd.geometry import REGION_SHAPES, Mask, bounds, similarity_matrix
from crowd.labels.types import LabelledObject

NEAR = 0.995
SAME_PLACE = 0.5
CLOSE = 0.25  # pixels: for what has no area
MOST = 60  # objects of one document looked at

Size = tuple[float, float]


def alike(xs: Sequence[LabelledObject], ys: Sequence[LabelledObject], *, size: Size) -> tuple[int, int, int]:
    """How many objects both documents have, how many of these are all but identical, and how many equal for certain.

    Two objects of one class are the same thing where their bounds overlap by half; all but identical from an
    intersection over union of 0.995, or, for points and lines, where no coordinate is more than a quarter of a pixel
    off; equal for certain where all coordinates are the same and some lie between pixels, which no hand does twice.
    """
    matched = near = exact = 0
    for mine, theirs in _groups(xs, ys):
        boxes = similarity_matrix("box", _bounds(mine), _bounds(theirs), image_size=size)
        for row, place in enumerate(boxes.argmax(axis=1).tolist()):
            if boxes[row, place] >= SAME_PLACE:
                matched += 1
                if boxes[row, place] >= NEAR - 0.015 and _near(mine[row], theirs[place], size):
                    near += 1
                    exact += _exact(mine[row], theirs[place])
    return matched, near, exact


def without(xs: Sequence[LabelledObject], proposed: Sequence[LabelledObject], *, size: Size) -> list[LabelledObject]:
    """The objects less those of a machine's proposal, which whoever agrees with it leaves as they are."""
    if not proposed:
        return list(xs)
    taken = [(each.label, each.shape, each) for each in proposed]
    return [
        each
        for each in xs
        if not any(
            (each.label, each.shape) == (label, shape) and _near(each, other, size) for label, shape, other in taken
        )
    ]


def _groups(
    xs: Sequence[LabelledObject], ys: Sequence[LabelledObject]
) -> list[tuple[list[LabelledObject], list[LabelledObject]]]:
    """The objects of both by label and shape."""

    def key(each: LabelledObject) -> tuple[str, str]:
        return (each.label, each.shape)

    mine = {name: list(each) for name, each in groupby(sorted(xs[:MOST], key=key), key)}
    theirs = {name: list(each) for name, each in groupby(sorted(ys[:MOST], key=key), key)}
    return [(mine[name], theirs[name]) for name in mine if name in theirs]


def _bounds(objects: Sequence[LabelledObject]) -> list[tuple[float, float, float, float]]:
    """Bounds as boxes, a pixel wider all round, so that what is thin has an area too."""
    found = [bounds(each.shape, each.geometry) for each in objects]
    return [(left - 1, top - 1, right - left + 2, bottom - top + 2) for left, top, right, bottom in found]


def _near(x: LabelledObject, y: LabelledObject, size: Size) -> bool:
    if x.geometry == y.geometry:
        return True
    if x.shape in REGION_SHAPES:
        return float(similarity_matrix(x.shape, [x.geometry], [y.geometry], image_size=size)[0, 0]) >= NEAR
    mine, theirs = _numbers(x.geometry), _numbers(y.geometry)
    return len(mine) == len(theirs) and bool(np.abs(np.subtract(mine, theirs)).max(initial=0.0) <= CLOSE)


def _exact(x: LabelledObject, y: LabelledObject) -> bool:
    if isinstance(x.geometry, Mask) or isinstance(y.geometry, Mask):
        return bool(x.geometry == y.geometry)
    return bool(x.geometry == y.geometry) and any(2 * number != int(2 * number) for number in _numbers(x.geometry))


def _numbers(geometry: Any) -> list[float]:
    """All coordinates, flat."""
    if isinstance(geometry, int | float):
        return [float(geometry)]
    return [number for part in geometry for number in _numbers(part)]
