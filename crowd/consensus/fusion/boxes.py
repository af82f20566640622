"""Boxes: each of the four edges by itself, robustly and by precision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_means, rounded

Floats = NDArray[np.float64]


def fuse_boxes(boxes: Sequence[Sequence[float]], weights: Floats, _: object = None) -> tuple[float, ...]:
    """`(x, y, width, height)` from the robust means of left, top, right and bottom edges."""
    return fuse_all_boxes([boxes], [weights])[0]


def fuse_all_boxes(things: Sequence[Sequence[Sequence[float]]], weights: Sequence[Floats]) -> list[tuple[float, ...]]:
    """The same of many things, each by itself; those drawn by as many people are worked out together, for speed."""
    fused: list[tuple[float, ...]] = [()] * len(things)
    for number in {len(each) for each in things}:
        places = [place for place, each in enumerate(things) if len(each) == number]
        array = np.array([things[place] for place in places], dtype=np.float64).transpose(1, 0, 2)
        edges = np.concatenate([array[:, :, :2], array[:, :, :2] + array[:, :, 2:]], axis=2)
        means = robust_means(edges, np.array([weights[place] for place in places]).T)
        means[:, 2:] -= means[:, :2]
        for place, mean in zip(places, means, strict=True):
            fused[place] = rounded(mean)
    return fused
