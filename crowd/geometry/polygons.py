"""Polygons with holes and several parts: a list of rings, `[[[x, y], ...], [[x, y], ...], ...]`.

How parts are told from holes (the one place that decides it): **by nesting alone**. A ring inside no other ring, or
inside an even number of them, is the outside of a part; a ring inside an odd number is a hole in the smallest ring
around it. So `[outer, hole]` is a part with a hole, `[left, right]` two parts, `[lake shore, island, pond]` a lake
with an island with a pond; the order and the direction of the rings mean nothing (writers put an outer ring before
its holes). This is the even-odd rule, as SVG's `fill-rule: evenodd` and a canvas's `fill("evenodd")` paint it. Rings
may touch, but not cross, each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry import rings as ring_questions
from crowd.geometry.boxes import Bounds
from crowd.geometry.regions import GRID, Regions
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
    depths = _depths(parents)
    holes: dict[int, list[int]] = {ring: [] for ring, depth in enumerate(depths) if depth % 2 == 0}
    for ring, parent in enumerate(parents):
        if parent is not None and depths[ring] % 2 == 1:
            holes[parent].append(ring)
    return tuple(Part(outer=outer, holes=tuple(inner)) for outer, inner in holes.items())


def _depths(parents: Sequence[int | None]) -> list[int]:
    depths: dict[int, int] = {}
    for start in range(len(parents)):
        chain: list[int] = []
        ring: int | None = start
        while ring is not None and ring not in depths:
            chain.append(ring)
            ring = parents[ring]
        depth = -1 if ring is None else depths[ring]
        for above, each in enumerate(reversed(chain), start=1):
            depths[each] = depth + above
    return [depths[ring] for ring in range(len(parents))]


def are_apart(rings: Rings) -> bool:
    """Whether no ring crosses or touches itself or another: then all below is fast, however many rings there are."""
    lines = [ring_questions.closed(ring) for ring in rings]
    if any(len(line) < 4 for line in lines):
        return False
    return bool(shapely.is_simple(shapely.MultiLineString([shapely.LineString(line) for line in lines])))


def nesting(rings: Rings) -> tuple[int | None, ...]:
    """For each ring the index of the smallest ring around it, or None; of equal rings the earlier is around the later.

    For rings that touch, the time grows with the square of their number.
    """
    if len(rings) < 2:
        return (None,) * len(rings)
    return _nesting_of_apart(rings) if are_apart(rings) else _nesting_by_pairs(rings)


def _nesting_of_apart(rings: Rings) -> tuple[int | None, ...]:
    # polygonizing rings that nowhere meet gives one face inside each ring, whose holes are the rings just below it
    lines = [shapely.LinearRing(ring_questions.closed(ring)) for ring in rings]
    index = {_lowest(line): ring for ring, line in enumerate(lines)}
    parents: list[int | None] = [None] * len(rings)
    for face in shapely.polygonize(lines).geoms:
        for hole in face.interiors:
            parents[index[_lowest(hole)]] = index[_lowest(face.exterior)]
    return tuple(parents)


def _lowest(line: shapely.LinearRing) -> tuple[float, float]:
    x, y = min(shapely.get_coordinates(line).tolist())
    return (x, y)


def _nesting_by_pairs(rings: Rings) -> tuple[int | None, ...]:
    filled = [_filled(ring) for ring in rings]
    areas = [shapely.area(shape) for shape in filled]
    by_size = sorted(range(len(rings)), key=lambda ring: (-areas[ring], ring))
    rank = {ring: place for place, ring in enumerate(by_size)}
    parents: list[int | None] = [None] * len(rings)
    inner, outer = shapely.STRtree(filled).query(filled, predicate="covered_by")
    for ring, around in zip(inner.tolist(), outer.tolist(), strict=True):
        best = parents[ring]
        if rank[around] < rank[ring] and (best is None or rank[around] > rank[best]):
            parents[ring] = around
    return tuple(parents)


def crossings(rings: Rings) -> tuple[tuple[int, int], ...]:
    """Pairs of simple rings (lower index first) that are the same or overlap without one holding the other.

    For rings that touch, the time grows with the square of their number.
    """
    if len(rings) < 2 or are_apart(rings):
        return ()
    filled = [_filled(ring) for ring in rings]
    tree = shapely.STRtree(filled)
    pairs = np.hstack([tree.query(filled, predicate=predicate) for predicate in ("overlaps", "covers")])
    # each covers itself; two that cover each other are the same
    counts: dict[tuple[int, int], int] = {}
    for first, second in pairs.T.tolist():
        if first != second:
            pair = (min(first, second), max(first, second))
            counts[pair] = counts.get(pair, 0) + 1
    return tuple(sorted(pair for pair, count in counts.items() if count == 2))


def _filled(ring: ArrayLike) -> shapely.Polygon:
    points = ring_questions.closed(ring)
    if len(points) < 4:
        return shapely.Polygon()
    polygon = shapely.Polygon(points)
    return polygon if polygon.is_valid else shapely.make_valid(polygon, method="structure", keep_collapsed=False)


def region(rings: Rings) -> shapely.Geometry:
    """The polygon as one valid shapely region; rings that cross themselves or each other are mended, never refused."""
    if len(rings) == 1:
        return _filled(rings[0])
    grouped = parts(rings)
    if are_apart(rings):
        pieces = [shapely.Polygon(rings[part.outer], [rings[hole] for hole in part.holes]) for part in grouped]
        return shapely.MultiPolygon(pieces) if len(pieces) > 1 else pieces[0]
    filled = [_filled(ring) for ring in rings]
    return shapely.union_all(
        [
            shapely.difference(
                filled[part.outer], shapely.union_all([filled[hole] for hole in part.holes]), grid_size=GRID
            )
            for part in grouped
        ],
        grid_size=GRID,
    )


def regions(polygons: Sequence[Rings]) -> Regions:
    """`region` of each, as an array."""
    result = np.empty(len(polygons), dtype=object)
    for index, rings in enumerate(polygons):
        result[index] = region(rings)
    return result


def area(rings: Rings) -> float:
    """Area of the parts less their holes, in square pixels."""
    if are_apart(rings):
        signs = [1.0 if depth % 2 == 0 else -1.0 for depth in _depths(nesting(rings))]
        return sum(sign * ring_questions.area(ring) for sign, ring in zip(signs, rings, strict=True))
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
    first = regions(xs)
    return region_iou(first, first if ys is xs else regions(ys))
