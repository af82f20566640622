"""Boxes: each of the four edges by itself, robustly and by precision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_mean, rounded


def fuse_boxes(boxes: Sequence[Sequence[float]], weights: NDArray[np.float64], _: object = None) -> tuple[float, ...]:
    """`(x, y, width, height)` from the robust means of left, top, right and bottom edges."""
    array = np.asarray(boxes, dtype=np.float64)
    edges = robust_mean(np.concatenate([array[:, :2], array[:, :2] + array[:, 2:]], axis=1), weights)
    return rounded(np.concatenate([edges[:2], edges[2:] - edges[:2]]))
