"""Plane regions as shapely geometries: what rotated boxes, polygons, ellipses and cuboids are compared as."""

import numpy as np
import shapely
from numpy.typing import NDArray

from crowd.geometry.ratios import over_union

GRID = 1e-9  # pixels: what rounded noding rounds to
Regions = NDArray[np.object_]  # an array of shapely polygons or multi-polygons


def iou_matrix(xs: Regions, ys: Regions) -> NDArray[np.float64]:
    """Intersection over union of every pair of valid regions, shape (n, m).

    Only pairs whose bounds meet are intersected (an STR tree finds them), so the cost follows the number of real
    overlaps. Two regions without area are 1 where they are equal, else 0. Given the same array twice, each pair is
    computed once.
    """
    result = np.zeros((len(xs), len(ys)))
    if not len(xs) or not len(ys):
        return result
    first, second = shapely.STRtree(ys).query(xs)
    if ys is xs:
        once = first < second
        first, second = first[once], second[once]
    a, b = np.asarray(xs)[first], np.asarray(ys)[second]
    ratio = over_union(_shared(a, b), shapely.area(a), shapely.area(b))
    ratio[shapely.equals_exact(a, b, tolerance=0.0)] = 1.0
    result[first, second] = ratio
    if ys is xs:
        result[second, first] = ratio
        np.fill_diagonal(result, 1.0)
    return result


def _shared(a: Regions, b: Regions) -> NDArray[np.float64]:
    """Area of each a & b.

    GEOS (3.14) gives nothing for about 1 in 1,000 pairs whose edges lie almost on one line, as those of a copied and
    stretched box do. Its test for common insides does not err, so such pairs are found and done again with rounded
    noding.
    """
    area = np.asarray(shapely.area(shapely.intersection(a, b)))
    empty = np.flatnonzero(area == 0)
    wrong = empty[shapely.relate_pattern(a[empty], b[empty], "T********")]
    area[wrong] = shapely.area(shapely.intersection(a[wrong], b[wrong], grid_size=GRID))
    return area
