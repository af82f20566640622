"""One-to-one matching of two answers' objects."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def match(similarity: NDArray[np.float64], *, threshold: float) -> tuple[tuple[int, int], ...]:
    """The one-to-one pairs with the greatest total similarity, none below `threshold`.

    Parameters
    ----------
    similarity : ndarray, shape (n, m)
    threshold : float
        Pairs below it are never matched; 0 similarity is no match either.

    Returns
    -------
    tuple of (row, column), in the order of rows
        Optimal by the Hungarian method (scipy's `linear_sum_assignment`), and the same on every run.
    """
    allowed = np.where((similarity >= threshold) & (similarity > 0), similarity, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return tuple(
        (row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True) if allowed[row, column] > 0
    )
