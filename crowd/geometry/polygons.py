"""Polygons with holes and several parts: a list of rings, `[[[x, y], ...], [[x, y], ...], ...]`.

How parts are told from holes (the one place that decides it): **by nesting alone**. A ring inside no other ring, or inside an
even number of them, is the outside of a part; a ring inside an odd number is a hole in the smallest ring around it. So
`[outer, hole]` is a part with a hole, `[left, right]` two parts, `[lake shore, island, pond]` a lake with an island with a pond;
the order and the direction of the rings mean nothing (writers put an outer ring before its holes). This is the even-odd rule, as SVG's
`fill-rule: evenodd` and a canvas's `fill("evenodd")` paint it. Rings may touch, but not cross, each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry import rings as ring_questions
from crowd.geometry.boxes import Bounds
from crowd.geometry.regions import Regions
from crowd.geometry.regions import iou_matrix as region_iou

Rings = Sequence[Sequence[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One connected piece: the index of its outer ring and those of its holes."""

    outer: int
    holes: tuple[int, ...]


def parts(rings: Rings) -> tuple[Part, ...]:
    """The polygon's parts, each with its holes, in the order of their outer rings."""
    parents = nesting(rings)
    depth = [0] * len(rings)
    for ring in range(len(rings)):
        above = parents[ring]
        while above is not None:
            depth[ring] += 1
            above = parents[above]
    return tuple(
        Part(outer=ring, holes=tuple(i for i in range(len(rings)) if parents[i] == ring and depth[i] % 2 == 1))
        for ring in range(len(rings))
        if depth[ring] % 2 == 0
    )


def nesting(rings: Rings) -> tuple[int | None, ...]:
    """For each ring the index of the smallest ring around it, or None; among equal rings the earlier is around the later."""
    filled = [_filled(ring) for ring in rings]
    areas = np.array([shapely.area(shape) for shape in filled])
    size_order = sorted(range(len(rings)), key=lambda ring: (-areas[ring], ring))
    rank = {ring: place for place, ring in enumerate(size_order)}
    parents: list[int | None] = [None] * len(rings)
    if len(rings) < 2:
        return tuple(parents)
    inner, outer = shapely.STRtree(filled).query(filled, predicate="covered_by")
    for ring, around in zip(inner.tolist(), outer.tolist(), strict=True):
        best = parents[ring]
        if rank[around] < rank[ring] and (best is None or rank[around] > rank[best]):
            parents[ring] = around
    return tuple(parents)


def crossings(rings: Rings) -> tuple[tuple[int, int], ...]:
    """Pairs of rings (the lower index first) whose insides overlap without one holding the other; rings must be simple."""
    filled = [_filled(ring) for ring in rings]
    if len(filled) < 2:
        return ()
    # DE-9IM: interiors meet, and each has interior outside the other: a true overlap
    first, second = shapely.STRtree(filled).query(filled, predicate="overlaps")
    return tuple(sorted((int(i), int(j)) for i, j in zip(first, second, strict=True) if i < j))


def _filled(ring: ArrayLike) -> shapely.Polygon:
    points = ring_questions.closed(ring)
    if len(points) < 4:
        return shapely.Polygon()
    polygon = shapely.Polygon(points)
    return polygon if polygon.is_valid else shapely.make_valid(polygon, method="structure", keep_collapsed=False)


def region(rings: Rings) -> shapely.Geometry:
    """The polygon as one valid shapely region (even-odd); rings that cross themselves are mended, never refused."""
    filled = [_filled(ring) for ring in rings]
    if len(filled) == 1:
        return filled[0]
    pieces = []
    for part in parts(rings):
        holes = [filled[hole] for hole in part.holes]
        pieces.append(shapely.difference(filled[part.outer], shapely.union_all(holes)) if holes else filled[part.outer])
    return shapely.union_all(pieces)


def regions(polygons: Sequence[Rings]) -> Regions:
    """`region` of each, as an array."""
    result = np.empty(len(polygons), dtype=object)
    for index, rings in enumerate(polygons):
        result[index] = region(rings)
    return result


def area(rings: Rings) -> float:
    """Area of the parts less their holes, in square pixels."""
    if len(rings) == 1 and ring_questions.is_simple(rings[0]):
        return ring_questions.area(rings[0])
    return float(shapely.area(region(rings)))


def bounds(rings: Rings) -> Bounds:
    """Left, top, right, bottom of all points."""
    points = np.concatenate([np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings])
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top, right, bottom)


def contains(rings: Rings, points: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point of shape (n, 2) is in the polygon (even-odd over all rings); undefined on an edge."""
    inside = np.zeros(len(np.asarray(points, dtype=np.float64).reshape(-1, 2)), dtype=bool)
    for ring in rings:
        inside ^= ring_questions.contains(ring, points)
    return inside


def iou_matrix(xs: Sequence[Rings], ys: Sequence[Rings]) -> NDArray[np.float64]:
    """Intersection over union of every pair, shape (n, m)."""
    return region_iou(regions(xs), regions(ys))
