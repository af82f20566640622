"""Closed rings: lists of points whose last joins the first (the first need not be repeated)."""

import re

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

_PLACE = re.compile(r"\[(\S+) (\S+)\]")  # GEOS: "Self-intersection[5 5]"


def signed_area(ring: ArrayLike) -> float:
    """Area by the shoelace formula, in square pixels; positive where the ring runs clockwise on the screen (y down)."""
    points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    if not len(points):
        return 0.0
    points = points - points[0]  # keeps the products small, and so exact, far from the origin
    x, y = points.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0


def area(ring: ArrayLike) -> float:
    """What the ring encloses, in square pixels, however it runs."""
    return abs(signed_area(ring))


def closed(ring: ArrayLike) -> NDArray[np.float64]:
    """The ring's points without neighbouring repetitions, the first once more at the end, shape (n + 1, 2)."""
    points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    if not len(points):
        return points
    keep = (points != np.roll(points, 1, axis=0)).any(axis=1)
    points = points[keep] if keep.any() else points[:1]
    return np.concatenate([points, points[:1]])


def is_simple(ring: ArrayLike) -> bool:
    """Whether no two edges meet but neighbours in their common point: the ring neither crosses nor touches itself.

    Neighbouring repeated points are ignored. A ring of fewer than three different points is not simple.
    """
    points = closed(ring)
    return len(points) >= 4 and bool(shapely.is_simple(shapely.linearrings(points)))


def is_flat(ring: ArrayLike) -> bool:
    """Whether all points lie on one line (or are one point): seen edge-on, nothing can be inside."""
    points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    hull = shapely.convex_hull(shapely.multipoints(points))
    return bool(shapely.area(hull) <= 1e-12 * float(shapely.length(hull)) ** 2)


def crossing(ring: ArrayLike) -> tuple[float, float] | None:
    """A point near which the ring crosses or touches itself; None where it is simple."""
    points = closed(ring)
    if len(points) >= 4:
        if shapely.is_simple(shapely.linearrings(points)):
            return None
        found = _PLACE.search(str(shapely.is_valid_reason(shapely.polygons(points))))
        if found:
            return (float(found[1]), float(found[2]))
    x, y = points[0].tolist() if len(points) else (0.0, 0.0)
    return (x, y)


def contains(ring: ArrayLike, points: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point of shape (n, 2) lies inside the ring, by the even-odd rule; undefined for points on an edge.

    A point on an edge counts to exactly one of two rings that share that edge (half-open intervals in y, `x <`
    strictly).
    """
    corners = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T[:, :, None]
    x0, y0 = corners.T
    x1, y1 = np.roll(corners, -1, axis=0).T
    straddles = (y0 <= y) != (y1 <= y)
    height = np.where(y1 == y0, 1.0, y1 - y0)
    at = x0 + (y - y0) * ((x1 - x0) / height)
    return np.asarray((straddles & (x < at)).sum(axis=1) % 2 == 1)
