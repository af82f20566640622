"""Points, keypoints and cuboids: corner by corner."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_mean, rounded, rounded_points, weighted_median

Floats = NDArray[np.float64]


def fuse_points(points: Sequence[Sequence[float]], weights: Floats, _: object = None) -> tuple[float, ...]:
    """The robust mean of `(x, y)`."""
    return rounded(robust_mean(np.asarray(points, dtype=np.float64), weights))


def fuse_cuboids(
    cuboids: Sequence[Sequence[Sequence[float]]], weights: Floats, _: object = None
) -> tuple[tuple[float, ...], ...]:
    """The robust mean of each of the eight corners."""
    return rounded_points(robust_mean(np.asarray(cuboids, dtype=np.float64), weights))


def fuse_keypoints(
    skeletons: Sequence[Sequence[Sequence[float]]], weights: Floats, _: object = None
) -> tuple[tuple[float, ...], ...]:
    """Each keypoint: labelled or not by weighted vote, then visible or occluded by vote, at the weighted median.

    A keypoint that is not labelled is `(0, 0, 0)`. Where the vote leaves none labelled, the one most often labelled
    stays.
    """
    array = np.asarray(skeletons, dtype=np.float64)
    share = ((array[:, :, 2] > 0) * weights[:, None]).sum(axis=0) / weights.sum()
    labelled = share > 0.5
    if not labelled.any():
        labelled[int(share.argmax())] = True
    fused = []
    for place, keep in enumerate(labelled.tolist()):
        if not keep:
            fused.append((0.0, 0.0, 0))
            continue
        use = array[:, place, 2] > 0
        x, y = np.round(weighted_median(array[use, place, :2], weights[use]), 3).tolist()
        visible = weights[use][array[use, place, 2] == 2].sum() * 2 >= weights[use].sum()
        fused.append((x, y, 2 if visible else 1))
    return tuple(fused)
