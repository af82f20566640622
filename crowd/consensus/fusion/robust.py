"""Robust location of numbers from sources of unequal precision."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIGITS = 3  # of fused coordinates
_HUBER = 1.345  # 95 % efficiency at the normal distribution
_TO_SIGMA = 1.4826  # of a median absolute deviation, at the normal distribution
_ROUNDS = 10
_CLOSE = 0.005  # pixels


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Weighted median along the first axis; the mean of both middle values where the weights part evenly."""
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    shares = np.cumsum(weights[order], axis=0) / weights.sum()
    low = np.argmax(shares >= 0.5 - 1e-12, axis=0)
    high = np.argmax(shares > 0.5 + 1e-12, axis=0)
    middle = [np.take_along_axis(ordered, place[None], axis=0)[0] for place in (low, high)]
    return np.asarray((middle[0] + middle[1]) / 2.0)


def robust_mean(values: Floats, weights: Floats) -> Floats:
    """Huber's M-estimate of location along the first axis, from the weighted median on.

    Parameters
    ----------
    values : ndarray, shape (n, ...)
    weights : ndarray, shape (n,)
        Relative precisions.

    Returns
    -------
    ndarray, shape (...)
        The weighted mean, in which a value farther than 1.345 standard deviations (of its own source) pulls no
        harder than at that distance. The deviation comes from the median absolute one. Of two values: their weighted
        mean.

    Source: P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35 (1964)
    73–101.
    """
    column = (weights / weights.mean()).reshape(-1, *[1] * (values.ndim - 1))
    if len(values) < 3:
        return np.asarray((column * values).sum(axis=0) / column.sum(axis=0))
    centre = weighted_median(values, weights)
    reach = _HUBER * _TO_SIGMA * np.median(np.abs(values - centre) * np.sqrt(column), axis=0)
    for _ in range(_ROUNDS):
        deviation = np.abs(values - centre) * np.sqrt(column)
        pull = column * np.where(deviation > reach, (reach + 1e-9) / np.maximum(deviation, 1e-9), 1.0)
        before, centre = centre, (pull * values).sum(axis=0) / pull.sum(axis=0)
        if np.abs(before - centre).max() < _CLOSE:
            break
    return np.asarray(centre)


def rounded(values: Floats) -> tuple[float, ...]:
    """A row of numbers as it goes into a document."""
    return tuple(np.round(values, DIGITS).tolist())


def rounded_points(values: Floats) -> tuple[tuple[float, ...], ...]:
    """Points, shape (n, k), as they go into a document."""
    return tuple(tuple(row) for row in np.round(values, DIGITS).tolist())
