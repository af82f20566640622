"""Robust location of numbers from sources of unequal precision."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HUBER = 1.345  # 95 % efficiency at the normal distribution
_ROUNDS = 20


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Weighted median along the first axis; the mean of both middle values where the weights part evenly."""
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    spread = np.broadcast_to(weights.reshape(-1, *[1] * (values.ndim - 1)), values.shape)
    shares = np.cumsum(np.take_along_axis(spread, order, axis=0), axis=0) / weights.sum()
    low = np.argmax(shares >= 0.5 - 1e-12, axis=0)
    high = np.argmax(shares > 0.5 + 1e-12, axis=0)
    middle = [np.take_along_axis(ordered, place[None], axis=0)[0] for place in (low, high)]
    return np.asarray((middle[0] + middle[1]) / 2.0)


def robust_mean(values: Floats, weights: Floats, scale: Floats) -> Floats:
    """Huber's M-estimate of location along the first axis, from the weighted median on.

    Parameters
    ----------
    values : ndarray, shape (n, ...)
    weights : ndarray, shape (n,)
        Relative precisions.
    scale : ndarray, shape (...)
        Standard deviation of a source of weight 1; deviations beyond 1.345 of it count less.

    Source: P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964)
    73–101.
    """
    column = weights.reshape(-1, *[1] * (values.ndim - 1))
    centre = weighted_median(values, weights)
    for _ in range(_ROUNDS):
        deviation = np.abs(values - centre) * np.sqrt(column)
        pull = column * np.minimum(1.0, _HUBER * scale / np.maximum(deviation, 1e-12))
        before, centre = centre, (pull * values).sum(axis=0) / pull.sum(axis=0)
        if np.abs(before - centre).max() < 1e-6:
            break
    return np.asarray(centre)
