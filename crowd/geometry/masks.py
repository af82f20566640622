"""Masks: COCO's run lengths and the pixels they stand for.

A pixel is in a mask or not; there are no fractions. Functions that take a `Mask` expect a sound one: `check` says
whether it is, and whatever comes from outside passes through it first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from crowd.geometry.rle import decode_counts, encode_counts


@dataclass(frozen=True, slots=True)
class Mask:
    """Run-length coded pixels, column by column, as COCO writes them: `{"size": [height, width], "counts": counts}`."""

    height: int
    width: int
    counts: str


def check(mask: Mask) -> None:
    """Raise ValueError with a sentence unless `mask.counts` is sound and covers exactly height x width pixels."""
    decode_counts(mask.counts, pixels=mask.height * mask.width)


def runs(mask: Mask) -> NDArray[np.int64]:
    """Lengths of the runs of zeros and ones in turn, zeros first, column by column."""
    return decode_counts(mask.counts, pixels=mask.height * mask.width)


def encode(pixels: NDArray[np.bool_]) -> Mask:
    """The mask of a boolean array of shape (height, width)."""
    height, width = pixels.shape
    column = np.asarray(pixels, dtype=bool).ravel(order="F")
    changes = np.flatnonzero(np.diff(column)) + 1
    edges = np.concatenate(([0], changes, [column.size]))
    lengths = np.diff(edges)
    if column.size and column[0]:
        lengths = np.concatenate(([0], lengths))
    return Mask(height=int(height), width=int(width), counts=encode_counts(lengths))


def placed(pixels: NDArray[np.bool_], *, left: int, top: int, height: int, width: int) -> Mask:
    """The mask of an image of `height` x `width` whose pixels from (left, top) on are these, and no others set.

    Time and memory follow the pixels given, not the image. Raises ValueError where they do not lie in it.
    """
    rows, columns = pixels.shape
    if left < 0 or top < 0 or left + columns > width or top + rows > height:
        raise ValueError("the pixels do not lie in the image")
    column = np.pad(np.asarray(pixels, dtype=np.int8), ((1, 1), (0, 0))).ravel(order="F")
    edges = np.flatnonzero(np.diff(column)) + 1  # a start and an end in turn: no run leaves its padded column
    x, y = np.divmod(edges, rows + 2)
    positions = (x + left) * height + y - 1 + top
    starts, ends = positions[0::2], positions[1::2]
    apart = starts[1:] != ends[:-1]  # else a run from the bottom goes on at the next column's top
    if len(starts):
        starts, ends = starts[np.concatenate(([True], apart))], ends[np.concatenate((apart, [True]))]
    borders = np.concatenate(([0], np.stack([starts, ends], axis=1).ravel(), [height * width]))
    lengths = np.diff(borders)
    if len(lengths) > 1 and lengths[-1] == 0:
        lengths = lengths[:-1]
    return Mask(height=height, width=width, counts=encode_counts(lengths))


def decode(mask: Mask) -> NDArray[np.bool_]:
    """Boolean array of shape (height, width), true inside the mask."""
    lengths = runs(mask)
    values = np.arange(lengths.size) % 2 == 1
    return np.repeat(values, lengths).reshape((mask.height, mask.width), order="F")


def area(mask: Mask) -> int:
    """Number of pixels in the mask."""
    return int(runs(mask)[1::2].sum())


def bounds(mask: Mask) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the pixels in the mask, in continuous coordinates; all 0 for an empty mask."""
    lengths = runs(mask)
    ends = np.cumsum(lengths)[1::2]
    if ends.size == 0:
        return (0.0, 0.0, 0.0, 0.0)
    starts = ends - lengths[1::2]
    left, right = int(starts[0]) // mask.height, (int(ends[-1]) - 1) // mask.height + 1
    # a run that goes on into the next column touches both the bottom and the top row
    wraps = starts // mask.height != (ends - 1) // mask.height
    top = 0 if wraps.any() else int((starts % mask.height).min())
    bottom = mask.height if wraps.any() else int(((ends - 1) % mask.height).max()) + 1
    return (float(left), float(top), float(right), float(bottom))


def iou_matrix(xs: Sequence[Mask], ys: Sequence[Mask]) -> NDArray[np.float64]:
    """Intersection over union of every pair, shape (n, m); 1 for two empty masks, 0 for one empty and one not.

    Raises ValueError unless all are of one size. Computed on the runs themselves, by pycocotools.
    """
    if not xs or not ys:
        return np.zeros((len(xs), len(ys)))
    if len({(mask.height, mask.width) for mask in (*xs, *ys)}) != 1:
        raise ValueError("masks of different sizes cannot be compared")
    result = np.array(coco.iou([_coco(x) for x in xs], [_coco(y) for y in ys], [0] * len(ys)), dtype=np.float64)
    empty_x = np.array([area(mask) == 0 for mask in xs])
    empty_y = np.array([area(mask) == 0 for mask in ys])
    result[np.ix_(empty_x, empty_y)] = 1.0
    return result


def _coco(mask: Mask) -> dict[str, object]:
    check(mask)
    return {"size": [mask.height, mask.width], "counts": mask.counts.encode("ascii")}
