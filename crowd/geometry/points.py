"""Points `[x, y]` in pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from crowd.geometry.boxes import Bounds
from crowd.geometry.scales import closeness


def bounds(point: Sequence[float]) -> Bounds:
    """Left, top, right, bottom: the point itself."""
    x, y = map(float, point)
    return (x, y, x, y)


def similarity_matrix(xs: ArrayLike, ys: ArrayLike, *, image_size: tuple[float, float]) -> NDArray[np.float64]:
    """Closeness (see `crowd.geometry.scales`) of every pair of shapes (n, 2) and (m, 2): ndarray (n, m)."""
    a = np.asarray(xs, dtype=np.float64).reshape(-1, 2)
    b = np.asarray(ys, dtype=np.float64).reshape(-1, 2)
    return closeness(cdist(a, b), image_size=image_size)
