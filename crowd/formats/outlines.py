"""Shapes as other formats want them: outlines of polygons, or the pixels they cover."""

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crowd import geometry as geometries
from crowd.geometry import Mask, cuboids, ellipses, masks, polygons, rasters, rotated_boxes

Outline = list[list[float]]  # [[x, y], ...], the last point not repeating the first
COVERING = geometries.REGION_SHAPES


def outlines(shape: str, geometry: Any) -> list[Outline] | None:
    """Return the shape as polygons without holes, one for each connected part; None where that cannot be said exactly.

    Boxes, turned boxes, ellipses (128 corners of the same area) and cuboids (their silhouette) always can; polygons
    unless they have holes; masks, lines, points and keypoints cannot.
    """
    match shape:
        case "box":
            x, y, width, height = geometry
            return [[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]]
        case "rotated_box":
            return [[[x, y] for x, y in rotated_boxes.corner_points(geometry)]]
        case "ellipse":
            return [ellipses.outline(geometry).tolist()]
        case "cuboid":
            return [cuboids.silhouette(geometry).tolist()]
        case "polygon":
            parts = polygons.parts(geometry)
            if any(part.holes for part in parts):
                return None
            return [[list(map(float, point)) for point in geometry[part.outer]] for part in parts]
    return None


def patch(shape: str, geometry: Any, *, height: int, width: int) -> tuple[int, int, NDArray[np.bool_]]:
    """Return the left column, the top row and the pixels that a covering shape sets from there on.

    No larger than the shape's bounds within the image, so that a small object in a large image costs little.
    """
    if shape == "box":
        return _upright(geometry, height=height, width=width)
    left, top, right, bottom = geometries.bounds(shape, geometry)
    x0, y0 = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    x1, y1 = max(x0, min(width, int(np.ceil(right)))), max(y0, min(height, int(np.ceil(bottom))))
    if isinstance(geometry, Mask):
        return x0, y0, masks.decode(geometry)[y0:y1, x0:x1]
    moved = _moved(shape, geometry, x0, y0)
    return x0, y0, rasters.pixels(shape, moved, height=y1 - y0, width=x1 - x0)


def _upright(box: Any, *, height: int, width: int) -> tuple[int, int, NDArray[np.bool_]]:
    """Return the pixels of a box: those whose centres lie in it, as for every other shape."""
    left, top, right, bottom = (ceil(edge - 0.5) for edge in geometries.bounds("box", box))
    x0, y0 = min(max(0, left), width), min(max(0, top), height)
    return x0, y0, np.ones((max(0, min(height, bottom) - y0), max(0, min(width, right) - x0)), dtype=np.bool_)


def _moved(shape: str, geometry: Any, x0: int, y0: int) -> Any:
    if shape in {"box", "rotated_box", "ellipse"}:
        x, y, *rest = geometry
        return [x - x0, y - y0, *rest]
    if shape == "cuboid":
        return [[x - x0, y - y0] for x, y in geometry]
    return [[[x - x0, y - y0] for x, y in ring] for ring in geometry]
