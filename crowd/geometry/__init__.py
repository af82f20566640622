"""Shapes in the plane: area, bounds, validity, similarity, matching and clustering, as free functions on arrays.

Coordinates are pixels of the original image, continuous, the origin at its left top corner, y pointing down; pixel 0
covers 0 to 1. One module a shape (`boxes`, `rotated_boxes`, `polygons`, `polylines`, `ellipses`, `points`,
`keypoints`, `masks`, `cuboids`); `shapes` asks all of them alike, by name.
"""

from crowd.geometry.clustering import cluster
from crowd.geometry.masks import Mask
from crowd.geometry.matching import match
from crowd.geometry.shapes import REGION_SHAPES, SHAPES, area, bounds, similarity, similarity_matrix

__all__ = [
    "REGION_SHAPES",
    "SHAPES",
    "Mask",
    "area",
    "bounds",
    "cluster",
    "match",
    "similarity",
    "similarity_matrix",
]
