"""Ellipses `[cx, cy, rx, ry, degrees]`: centre, half axes in pixels, turned clockwise as seen on the screen."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds
from crowd.geometry.regions import iou_matrix as region_iou

_CORNERS = 128  # a multiple of 4, so that one ellipse written in two ways (axes swapped, 90 degrees on) has one outline
# the inscribed polygon is smaller by this factor; swelling it keeps the area exact
_SWELL = math.sqrt(2 * math.pi / _CORNERS / math.sin(2 * math.pi / _CORNERS))


def area(ellipse: Sequence[float]) -> float:
    """Pi times both half axes, in square pixels."""
    return math.pi * float(ellipse[2]) * float(ellipse[3])


def bounds(ellipse: Sequence[float]) -> Bounds:
    """Left, top, right, bottom: exact, from the half axes' projections."""
    cx, cy, rx, ry, degrees = map(float, ellipse)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half_width, half_height = math.hypot(rx * cosine, ry * sine), math.hypot(rx * sine, ry * cosine)
    return (cx - half_width, cy - half_height, cx + half_width, cy + half_height)


def outline(ellipses: ArrayLike) -> NDArray[np.float64]:
    """A polygon of 128 corners of exactly the ellipse's area, within 0.06 % of its half axes.

    Parameters
    ----------
    ellipses : array_like, shape (..., 5)

    Returns
    -------
    ndarray, shape (..., 128, 2)
    """
    array = np.asarray(ellipses, dtype=np.float64)
    phase = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    local_x = _SWELL * array[..., 2, None] * np.cos(phase)
    local_y = _SWELL * array[..., 3, None] * np.sin(phase)
    turn = np.deg2rad(array[..., 4, None])
    x = local_x * np.cos(turn) - local_y * np.sin(turn)
    y = local_x * np.sin(turn) + local_y * np.cos(turn)
    return np.stack([x, y], axis=-1) + array[..., None, :2]


def contains(ellipse: Sequence[float], points: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point of shape (n, 2) lies strictly inside."""
    cx, cy, rx, ry, degrees = map(float, ellipse)
    x, y = (np.asarray(points, dtype=np.float64).reshape(-1, 2) - (cx, cy)).T
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.asarray(((x * cosine + y * sine) / rx) ** 2 + ((y * cosine - x * sine) / ry) ** 2 < 1.0)


def iou_matrix(xs: ArrayLike, ys: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every pair of shapes (n, 5) and (m, 5): ndarray (n, m), exact within 0.002."""
    first = shapely.polygons(outline(np.asarray(xs, dtype=np.float64).reshape(-1, 5)))
    if ys is xs:
        return region_iou(first, first)
    return region_iou(first, shapely.polygons(outline(np.asarray(ys, dtype=np.float64).reshape(-1, 5))))
