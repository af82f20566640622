"""The label shapes by name, and what can be asked of all of them alike.

Geometries are written as in an annotation document; a mask is a `crowd.geometry.masks.Mask`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crowd.geometry import (
    boxes,
    cuboids,
    ellipses,
    keypoints,
    masks,
    points,
    polygons,
    polylines,
    rotated_boxes,
)
from crowd.geometry.boxes import Bounds

Geometry = Any  # nested tuples of numbers, or a Mask: each shape's module says which

SHAPES = ("box", "rotated_box", "polygon", "polyline", "ellipse", "point", "keypoints", "mask", "cuboid")
REGION_SHAPES = ("box", "rotated_box", "polygon", "ellipse", "mask", "cuboid")

_BOUNDS: dict[str, Callable[[Geometry], Bounds]] = {
    "box": boxes.bounds,
    "rotated_box": rotated_boxes.bounds,
    "polygon": polygons.bounds,
    "polyline": polylines.bounds,
    "ellipse": ellipses.bounds,
    "point": points.bounds,
    "keypoints": keypoints.bounds,
    "mask": masks.bounds,
    "cuboid": cuboids.bounds,
}
_AREA: dict[str, Callable[[Geometry], float]] = {
    "box": boxes.area,
    "rotated_box": rotated_boxes.area,
    "polygon": polygons.area,
    "ellipse": ellipses.area,
    "mask": masks.area,
    "cuboid": cuboids.area,
}


def bounds(shape: str, geometry: Geometry) -> Bounds:
    """Left, top, right, bottom of the geometry, in pixels (of keypoints: of the labelled ones)."""
    return _BOUNDS[shape](geometry)


def area(shape: str, geometry: Geometry) -> float:
    """Area in square pixels: that of the bounds for keypoints, 0 for points and lines."""
    if shape in _AREA:
        return float(_AREA[shape](geometry))
    if shape == "keypoints":
        left, top, right, bottom = keypoints.bounds(geometry)
        return (right - left) * (bottom - top)
    return 0.0


def similarity_matrix(
    shape: str,
    xs: Sequence[Geometry],
    ys: Sequence[Geometry],
    *,
    image_size: tuple[float, float],
    sigmas: Sequence[float] | None = None,
) -> NDArray[np.float64]:
    """How alike every pair of geometries of one shape is: 0 (nothing in common) to 1 (the same).

    Parameters
    ----------
    shape : str
        One of `SHAPES`.
    xs, ys : sequences of n and m geometries
    image_size : (width, height) in pixels
        The scale for points, lines and keypoints; unused by the others.
    sigmas : sequence of float, optional
        For keypoints, as in the label schema.

    Returns
    -------
    ndarray of float64, shape (n, m)
        Symmetric (swapping `xs` and `ys` transposes it), 1 for equal geometries. Intersection over union for box,
        rotated box, polygon, ellipse and mask; its mean over silhouette and faces for cuboids; OKS for keypoints;
        closeness relative to the image's diagonal for points and polylines (see the shape's module for each formula).
    """
    if not len(xs) or not len(ys):
        return np.zeros((len(xs), len(ys)))
    match shape:
        case "polyline":
            return polylines.similarity_matrix(xs, ys, image_size=image_size)
        case "point":
            return points.similarity_matrix(xs, ys, image_size=image_size)
        case "keypoints":
            return keypoints.oks_matrix(xs, ys, image_size=image_size, sigmas=sigmas)
    return _IOU[shape](xs, ys)


_IOU: dict[str, Callable[[Any, Any], NDArray[np.float64]]] = {
    "box": boxes.iou_matrix,
    "rotated_box": rotated_boxes.iou_matrix,
    "polygon": polygons.iou_matrix,
    "ellipse": ellipses.iou_matrix,
    "mask": masks.iou_matrix,
    "cuboid": cuboids.iou_matrix,
}


def similarity(
    shape: str, a: Geometry, b: Geometry, *, image_size: tuple[float, float], sigmas: Sequence[float] | None = None
) -> float:
    """How alike two geometries of one shape are, 0 to 1; see `similarity_matrix`."""
    return float(similarity_matrix(shape, [a], [b], image_size=image_size, sigmas=sigmas)[0, 0])
