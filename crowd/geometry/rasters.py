"""Shapes to pixels and back.

A pixel belongs to a shape where its centre does; of centres on an edge, those on a left or upper one do.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crowd.geometry import boxes, cuboids, ellipses, masks, rotated_boxes
from crowd.geometry import rings as ring_questions
from crowd.geometry.masks import Mask
from crowd.geometry.shapes import Geometry

_FILLED = ("box", "rotated_box", "polygon", "ellipse", "mask", "cuboid")


def pixels(shape: str, geometry: Geometry, *, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels whose centres lie in the geometry (of a cuboid: its silhouette), as booleans of shape (height, width).

    What lies beyond the image is cut off. Raises ValueError for points, lines and keypoints, which cover no pixels,
    and for a mask of another size.
    """
    match shape:
        case "box":
            return fill([boxes.corners(geometry)], height=height, width=width)
        case "rotated_box":
            return fill([rotated_boxes.corners(geometry)], height=height, width=width)
        case "polygon":
            return fill(geometry, height=height, width=width)
        case "ellipse":
            return _ellipse(geometry, height=height, width=width)
        case "cuboid":
            return fill([cuboids.silhouette(geometry)], height=height, width=width)
        case "mask":
            if (geometry.height, geometry.width) != (height, width):
                raise ValueError(f"the mask is {geometry.height} x {geometry.width}, not {height} x {width}")
            return masks.decode(geometry)
    raise ValueError(f"a {shape} covers no pixels; only {', '.join(_FILLED)} do")


def to_mask(shape: str, geometry: Geometry, *, height: int, width: int) -> Mask:
    """The mask of `pixels`."""
    return masks.encode(pixels(shape, geometry, height=height, width=width))


def fill(rings: Sequence[ArrayLike], *, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels whose centres lie inside the closed rings by the even-odd rule, as booleans of shape (height, width).

    An edge from y0 to y1 crosses the rows whose centres are in [min, max), and switches every pixel from the first
    centre not left of it: the parity of the switches along a row is the inside. Time follows edges' heights and the
    image's area.
    """
    switches = np.zeros((height, width + 1), dtype=np.uint8)
    for ring in rings:
        points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
        rows, columns = _crossings(points, np.roll(points, -1, axis=0), height)
        np.bitwise_xor.at(switches, (rows, np.clip(columns, 0, width)), 1)
    return np.bitwise_xor.accumulate(switches, axis=1)[:, :width].astype(bool)


def _crossings(
    start: NDArray[np.float64], end: NDArray[np.float64], height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of every switch: one for each row centre that an edge straddles."""
    first = np.ceil(np.minimum(start[:, 1], end[:, 1]) - 0.5).clip(0, height).astype(np.int64)
    beyond = np.ceil(np.maximum(start[:, 1], end[:, 1]) - 0.5).clip(0, height).astype(np.int64)
    counts = beyond - first
    edge = np.repeat(np.arange(len(start)), counts)
    rows = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    x0, y0, x1, y1 = start[edge, 0], start[edge, 1], end[edge, 0], end[edge, 1]
    at = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
    return rows, np.ceil(at - 0.5).astype(np.int64)


def _ellipse(ellipse: Geometry, *, height: int, width: int) -> NDArray[np.bool_]:
    result = np.zeros((height, width), dtype=bool)
    left, top, right, bottom = ellipses.bounds(ellipse)
    columns = np.arange(max(0, int(left)), min(width, int(np.ceil(right))))
    rows = np.arange(max(0, int(top)), min(height, int(np.ceil(bottom))))
    if columns.size and rows.size:
        x, y = np.meshgrid(columns + 0.5, rows + 0.5)
        inside = ellipses.contains(ellipse, np.stack([x.ravel(), y.ravel()], axis=1))
        result[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = inside.reshape(x.shape)
    return result


def to_polygon(image: NDArray[np.bool_]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The rings along the pixels' edges that enclose exactly the true pixels of an array of shape (height, width).

    Every ring is simple; the larger come first, so an outer ring before its holes. `fill` gives the same pixels back.
    An array without true pixels has no rings.
    """
    return tuple(sorted(_traced(image), key=lambda ring: (-ring_questions.area(ring), ring)))


def _traced(image: NDArray[np.bool_]) -> list[tuple[tuple[float, float], ...]]:
    """Closed walks along the boundary, cut where a walk meets itself."""
    x, y = _corners(image)
    # along each row of corners the 1st and 2nd are joined by an edge, the 3rd and 4th, ...; along each column alike
    across = _partners(np.lexsort((x, y)))
    down = _partners(np.lexsort((y, x)))
    place = list(zip(x.astype(float).tolist(), y.astype(float).tolist(), strict=True))
    unseen = np.ones(len(x), dtype=bool)
    rings: list[tuple[tuple[float, float], ...]] = []
    for start in range(len(x)):
        if unseen[start]:
            walk: list[int] = []
            corner = start
            while unseen[corner]:
                unseen[corner] = unseen[across[corner]] = False
                walk += [corner, int(across[corner])]
                corner = int(down[across[corner]])
            rings += _cut([place[each] for each in walk])
    return rings


def _corners(image: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the boundary turns; twice where two pixels touch by their corners alone."""
    padded = np.pad(np.asarray(image, dtype=bool), 1)
    top_left, top_right = padded[:-1, :-1], padded[:-1, 1:]
    bottom_left, bottom_right = padded[1:, :-1], padded[1:, 1:]
    turns = top_left ^ top_right ^ bottom_left ^ bottom_right
    touches = (top_left == bottom_right) & (top_right == bottom_left) & (top_left != top_right)
    y, x = np.nonzero(turns | touches)
    times = 1 + touches[y, x]
    return np.repeat(x, times), np.repeat(y, times)


def _partners(order: NDArray[np.intp]) -> NDArray[np.intp]:
    partner = np.empty_like(order)
    partner[order[0::2]], partner[order[1::2]] = order[1::2], order[0::2]
    return partner


def _cut(walk: list[tuple[float, float]]) -> list[tuple[tuple[float, float], ...]]:
    """The simple rings of a closed walk that may pass a point twice."""
    rings: list[tuple[tuple[float, float], ...]] = []
    path: list[tuple[float, float]] = []
    at: dict[tuple[float, float], int] = {}
    for point in walk:
        if point in at:
            first = at[point]
            loop = path[first:]
            for passed in loop[1:]:
                del at[passed]
            del path[first + 1 :]
            rings.append(tuple(loop))
        else:
            at[point] = len(path)
            path.append(point)
    rings.append(tuple(path))
    return rings
