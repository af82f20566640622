"""One geometry out of many answers for the same object, by shape."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.boxes import fuse_all_boxes, fuse_boxes
from crowd.consensus.fusion.points import fuse_cuboids, fuse_keypoints, fuse_points
from crowd.consensus.fusion.polylines import fuse_polylines
from crowd.consensus.fusion.regions import fuse_masks, fuse_polygons
from crowd.consensus.fusion.turned import fuse_turned

Floats = NDArray[np.float64]

FUSIONS: Mapping[str, Callable[[Sequence[Any], Floats, int], Any]] = {
    "box": fuse_boxes,
    "rotated_box": fuse_turned,
    "polygon": fuse_polygons,
    "polyline": fuse_polylines,
    "ellipse": fuse_turned,
    "point": fuse_points,
    "keypoints": fuse_keypoints,
    "mask": fuse_masks,
    "cuboid": fuse_cuboids,
}


def fuse(shape: str, geometries: Sequence[Any], weights: Floats, alike: Floats) -> Any:
    """The geometry of the object that all these mean; a lone one, and one all agree on, as it is.

    Parameters
    ----------
    geometries : sequence of n >= 1 geometries of one shape
    weights : ndarray, shape (n,)
        Precision of each worker, relative.
    alike : ndarray, shape (n, n)
        Similarity of every pair; the one most like all others is the reference for directions and ways of writing.
    """
    if all(each == geometries[0] for each in geometries[1:]):
        return geometries[0]
    return FUSIONS[shape](geometries, weights, int(np.argmax(alike @ weights)))


def fuse_all(
    shape: str, things: Sequence[Sequence[Any]], weights: Sequence[Floats], alike: Sequence[Floats]
) -> list[Any]:
    """`fuse` for each of many things."""
    if shape != "box":
        return [fuse(shape, *each) for each in zip(things, weights, alike, strict=True)]
    fused = fuse_all_boxes(things, weights) if things else []
    same = [all(each == thing[0] for each in thing[1:]) for thing in things]
    return [thing[0] if equal else each for thing, equal, each in zip(things, same, fused, strict=True)]
