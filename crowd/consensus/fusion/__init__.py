"""One geometry out of many answers for the same object, by shape."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.boxes import fuse_boxes

Floats = NDArray[np.float64]
Fuse = Callable[[Sequence[Any], Floats], Any]

_BY_SHAPE: Mapping[str, Fuse] = {"box": fuse_boxes}


def fuse(shape: str, geometries: Sequence[Any], weights: Floats, alike: Floats) -> Any:
    """The geometry of the object that all these mean.

    Parameters
    ----------
    geometries : sequence of n geometries of one shape
    weights : ndarray, shape (n,)
        Precision of each worker, relative.
    alike : ndarray, shape (n, n)
        Similarity of every pair.
    """
    if len(geometries) == 1:
        return geometries[0]
    if shape in _BY_SHAPE:
        return _BY_SHAPE[shape](geometries, weights)
    return geometries[int(np.argmax(alike @ weights))]
