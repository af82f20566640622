"""Cuboids: eight projected corners `[[x, y], ...]`, the front face clockwise from its left top, then the back face."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds
from crowd.geometry.regions import Regions
from crowd.geometry.regions import iou_matrix as region_iou

EDGES = (
    (0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7),
)  # fmt: skip


def _hulls(points: NDArray[np.float64]) -> Regions:
    return np.atleast_1d(shapely.convex_hull(shapely.multipoints(points)))


def silhouette(cuboid: ArrayLike) -> NDArray[np.float64]:
    """The corners' convex hull as a ring, shape (k, 2); 3 to 8 corners, fewer where the cuboid has no area."""
    hull = shapely.convex_hull(shapely.multipoints(np.asarray(cuboid, dtype=np.float64).reshape(8, 2)))
    points = np.asarray(shapely.get_coordinates(hull))
    return points[:-1] if hull.geom_type == "Polygon" else points


def area(cuboid: ArrayLike) -> float:
    """Area of the silhouette (the corners' convex hull), in square pixels."""
    return float(shapely.area(shapely.convex_hull(shapely.multipoints(np.asarray(cuboid, dtype=np.float64)))))


def bounds(cuboid: ArrayLike) -> Bounds:
    """Left, top, right, bottom of its corners."""
    points = np.asarray(cuboid, dtype=np.float64).reshape(8, 2)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top, right, bottom)


def iou_matrix(xs: ArrayLike, ys: ArrayLike) -> NDArray[np.float64]:
    """Mean IoU of silhouette, front and back face for every pair of shapes (n, 8, 2) and (m, 8, 2): ndarray (n, m).

    The silhouette alone would not see that two answers disagree on which face is in front. Faces count as the convex
    hull of their corners, which they are in any projection; a face seen edge-on by both (no area in either) is left
    out of the mean.
    """
    a = np.asarray(xs, dtype=np.float64).reshape(-1, 8, 2)
    b = np.asarray(ys, dtype=np.float64).reshape(-1, 8, 2)
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)))
    total, counted = np.zeros((len(a), len(b))), np.zeros((len(a), len(b)))
    for corners in (slice(0, 8), slice(0, 4), slice(4, 8)):
        hulls_a, hulls_b = _hulls(a[:, corners]), _hulls(b[:, corners])
        has_area = (shapely.area(hulls_a)[:, None] > 0) | (shapely.area(hulls_b)[None, :] > 0)
        total += np.where(has_area, region_iou(hulls_a, hulls_b), 0.0)
        counted += has_area
    same = (a[:, None] == b[None]).all(axis=(2, 3))
    return np.where(same, 1.0, total / np.maximum(counted, 1.0))
