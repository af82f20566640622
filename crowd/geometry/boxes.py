"""Axis-parallel boxes `[x, y, width, height]` in pixels, x and y being the left top corner."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.ratios import over_union

Bounds = tuple[float, float, float, float]


def area(box: Sequence[float]) -> float:
    """Width times height, in square pixels."""
    return float(box[2]) * float(box[3])


def bounds(box: Sequence[float]) -> Bounds:
    """Left, top, right, bottom."""
    x, y, width, height = map(float, box)
    return (x, y, x + width, y + height)


def corners(box: Sequence[float]) -> NDArray[np.float64]:
    """The four corners, clockwise on the screen from the left top, shape (4, 2)."""
    left, top, right, bottom = bounds(box)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def iou_matrix(xs: ArrayLike, ys: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every pair.

    Parameters
    ----------
    xs, ys : array_like, shapes (n, 4) and (m, 4)
        Boxes `[x, y, width, height]`.

    Returns
    -------
    ndarray, shape (n, m)
        0 (apart) to 1 (the same). Two boxes without area are 1 where they are equal, else 0.
    """
    a = np.asarray(xs, dtype=np.float64).reshape(-1, 4)
    b = np.asarray(ys, dtype=np.float64).reshape(-1, 4)
    shared = _overlap(a, b, 0) * _overlap(a, b, 1)
    result = over_union(shared, (a[:, 2] * a[:, 3])[:, None], (b[:, 2] * b[:, 3])[None, :])
    flat = np.flatnonzero((a[:, 2] * a[:, 3]) <= 0)
    if flat.size:
        result[flat] = (a[flat, None] == b[None]).all(axis=-1)
    return result


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Length of the common stretch along one axis of every pair, 0 where there is none."""
    low = np.maximum(a[:, axis, None], b[None, :, axis])
    high = np.minimum((a[:, axis] + a[:, axis + 2])[:, None], (b[:, axis] + b[:, axis + 2])[None, :])
    return np.asarray(np.maximum(high - low, 0.0))
