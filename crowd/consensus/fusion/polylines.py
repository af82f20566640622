"""Polylines: run alike, then averaged point by point along their length."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_mean, rounded_points
from crowd.geometry import polylines

Floats = NDArray[np.float64]

_SAMPLES = 64
_STRAIGHT = 0.25  # pixels by which leaving out a vertex may change the line


def fuse_polylines(
    lines: Sequence[Sequence[Sequence[float]]], weights: Floats, reference: int
) -> tuple[tuple[float, ...], ...]:
    """The robust mean of 64 equally spaced points of each line, all run the way of `lines[reference]`, simplified."""
    sampled = np.stack([polylines.resample(line, _SAMPLES) for line in lines])
    model = sampled[reference]
    for place, line in enumerate(sampled):
        if ((line[::-1] - model) ** 2).sum() < ((line - model) ** 2).sum():
            sampled[place] = line[::-1]
    fused = shapely.simplify(shapely.LineString(robust_mean(sampled, weights)), _STRAIGHT)
    return rounded_points(shapely.get_coordinates(fused))
