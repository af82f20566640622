"""Shapes as other formats want them: outlines of polygons, or pixels."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco

from crowd.geometry import Mask, ellipses, masks, polygons, rotated_boxes

Outline = list[list[float]]  # [[x, y], ...], the last point not repeating the first


def outlines(shape: str, geometry: Any) -> list[Outline] | None:
    """Return the shape as polygons without holes, one for each connected part; None where that cannot be said.

    Boxes, turned boxes, ellipses (128 corners of the same area) and cuboids (their silhouette) always can; polygons
    unless they have holes; masks, lines, points and keypoints cannot.
    """
    match shape:
        case "box":
            x, y, width, height = geometry
            return [[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]]
        case "rotated_box":
            return [rotated_boxes.corners(geometry).tolist()]
        case "ellipse":
            return [ellipses.outline(geometry).tolist()]
        case "cuboid":
            hull = shapely.convex_hull(shapely.MultiPoint(np.asarray(geometry, dtype=np.float64)))
            return [np.asarray(hull.exterior.coords)[:-1].tolist()] if hull.geom_type == "Polygon" else None
        case "polygon":
            parts = polygons.parts(geometry)
            if any(part.holes for part in parts):
                return None
            return [[list(map(float, point)) for point in geometry[part.outer]] for part in parts]
    return None


def rasterise(shape: str, geometry: Any, *, height: int, width: int) -> Mask | None:
    """Return the shape's pixels as COCO's own rasteriser sets them; None for shapes without an inside."""
    if isinstance(geometry, Mask):
        return geometry
    found = outlines(shape, geometry)
    if found is not None:
        return _union(found, height=height, width=width)
    if shape != "polygon":
        return None
    pixels = np.zeros((height, width), dtype=bool)
    for ring in geometry:  # even-odd, as crowd.geometry.polygons means it
        pixels ^= masks.decode(_union([ring], height=height, width=width))
    return masks.encode(pixels)


def pixels(shape: str, geometry: Any, *, height: int, width: int) -> NDArray[np.bool_] | None:
    """Return the shape's pixels as an array (height, width); None for shapes without an inside."""
    mask = rasterise(shape, geometry, height=height, width=width)
    return None if mask is None else masks.decode(mask)


def _union(rings: list[Outline], *, height: int, width: int) -> Mask:
    flat = [[float(number) for point in ring for number in point] for ring in rings]
    merged = coco.merge(coco.frPyObjects(flat, height, width))
    return Mask(height=height, width=width, counts=merged["counts"].decode("ascii"))
