"""Rotated boxes `[cx, cy, width, height, degrees]`: centre, sides in pixels, turned clockwise as seen on the screen."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds
from crowd.geometry.regions import iou_matrix as region_iou

_CORNERS = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
_SIGNS = np.array(_CORNERS)


def area(box: Sequence[float]) -> float:
    """Width times height, in square pixels."""
    return float(box[2]) * float(box[3])


def corners(boxes: ArrayLike) -> NDArray[np.float64]:
    """The corners, clockwise from the one that is left top before turning.

    Parameters
    ----------
    boxes : array_like, shape (..., 5)

    Returns
    -------
    ndarray, shape (..., 4, 2)
        With y pointing down, a clockwise turn by t maps (x, y) to (x cos t - y sin t, x sin t + y cos t).
    """
    array = np.asarray(boxes, dtype=np.float64)
    turn = np.deg2rad(array[..., 4])[..., None]
    local = _SIGNS * array[..., None, 2:4]
    x = local[..., 0] * np.cos(turn) - local[..., 1] * np.sin(turn)
    y = local[..., 0] * np.sin(turn) + local[..., 1] * np.cos(turn)
    return np.stack([x, y], axis=-1) + array[..., None, :2]


def corner_points(box: Sequence[float]) -> list[tuple[float, float]]:
    """The corners of one box: the same numbers as from `corners`, without an array for each step."""
    cx, cy, width, height, degrees = map(float, box)
    turn = np.deg2rad(degrees)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    found = []
    for across, down in _CORNERS:
        x, y = across * width, down * height
        found.append((x * cos - y * sin + cx, x * sin + y * cos + cy))
    return found


def bounds(box: Sequence[float]) -> Bounds:
    """Left, top, right, bottom of the upright box around it."""
    xs, ys = zip(*corner_points(box), strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def canonical(box: Sequence[float]) -> tuple[float, float, float, float, float]:
    """The same rectangle, its width the longer side and its angle in [0, 180): one form for equal rectangles.

    A square's angle is taken to [0, 90).
    """
    cx, cy, width, height, degrees = map(float, box)
    if width < height:
        width, height, degrees = height, width, degrees + 90.0
    turn = 90.0 if width == height else 180.0
    degrees %= turn
    return (cx, cy, width, height, 0.0 if degrees >= turn else degrees)


def iou_matrix(xs: ArrayLike, ys: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every pair of shapes (n, 5) and (m, 5): ndarray (n, m), exact up to rounding."""
    first = shapely.polygons(corners(np.asarray(xs, dtype=np.float64).reshape(-1, 5)))
    if ys is xs:
        return region_iou(first, first)
    return region_iou(first, shapely.polygons(corners(np.asarray(ys, dtype=np.float64).reshape(-1, 5))))
