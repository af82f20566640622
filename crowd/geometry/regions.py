"""Plane regions as shapely geometries: what rotated boxes, polygons, ellipses and cuboids are compared as."""

import numpy as np
import shapely
from numpy.typing import NDArray

from crowd.geometry.ratios import over_union

Regions = NDArray[np.object_]  # an array of shapely polygons or multi-polygons


def iou_matrix(xs: Regions, ys: Regions) -> NDArray[np.float64]:
    """Intersection over union of every pair of valid regions, shape (n, m).

    Only pairs whose bounds meet are intersected (an STR tree finds them), so the cost follows the number of real
    overlaps. Two regions without area are 1 where they are equal, else 0.
    """
    result = np.zeros((len(xs), len(ys)))
    if not len(xs) or not len(ys):
        return result
    first, second = shapely.STRtree(ys).query(xs)
    a, b = np.asarray(xs)[first], np.asarray(ys)[second]
    shared = shapely.area(shapely.intersection(a, b))
    result[first, second] = over_union(shared, shapely.area(a), shapely.area(b))
    same = shapely.equals_exact(a, b, tolerance=0.0)
    result[first[same], second[same]] = 1.0
    return result
