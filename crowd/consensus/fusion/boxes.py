"""Boxes: each of the four edges by itself, robustly and by precision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_mean

_SPREAD = 0.05  # standard deviation of an edge, of the box's side, for a worker of weight 1
DIGITS = 3


def fuse_boxes(boxes: Sequence[Sequence[float]], weights: NDArray[np.float64]) -> tuple[float, ...]:
    """`(x, y, width, height)` from the robust means of left, top, right and bottom edges."""
    array = np.asarray(boxes, dtype=np.float64)
    edges = np.concatenate([array[:, :2], array[:, :2] + array[:, 2:]], axis=1)
    sides = np.median(array[:, 2:], axis=0)
    left, top, right, bottom = robust_mean(
        edges, weights / weights.mean(), _SPREAD * np.concatenate([sides, sides])
    ).tolist()
    return tuple(round(each, DIGITS) for each in (left, top, right - left, bottom - top))
