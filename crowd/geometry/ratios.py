"""Intersection over union from the three areas, safe where nothing has any area."""

import numpy as np
from numpy.typing import NDArray


def over_union(
    shared: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`shared / (first + second - shared)`, element by element, within 0 to 1; 0 where the union has no area."""
    union = first + second - shared
    ratio = np.zeros(union.shape)
    np.divide(shared, union, out=ratio, where=union > 0)
    return np.clip(ratio, 0.0, 1.0, out=ratio)
