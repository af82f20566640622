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
    """Weighted median along the first axis; the mean of both middle values where the weights part evenly.

    Parameters
    ----------
    values : ndarray, shape (n, ...)
    weights : ndarray, shape (n,), or of as many axes as `values`, those after the first being 1 or as long
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    columns = np.broadcast_to(_column(weights, values.ndim), values.shape)
    shares = np.cumsum(np.take_along_axis(columns, order, axis=0), axis=0) / columns.sum(axis=0)
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
    flat = robust_means(values.reshape(len(values), 1, -1), weights[:, None])
    return np.asarray(flat[0].reshape(values.shape[1:]))


def robust_means(values: Floats, weights: Floats) -> Floats:
    """The same of many things at once, each by itself.

    Parameters
    ----------
    values : ndarray, shape (n, things, k)
    weights : ndarray, shape (n, things)

    Returns
    -------
    ndarray, shape (things, k)
    """
    column = (weights / weights.mean(axis=0))[:, :, None]
    if len(values) < 3:
        return np.asarray((column * values).sum(axis=0) / column.sum(axis=0))
    centre = weighted_median(values, column)
    root = np.sqrt(column)
    reach = _HUBER * _TO_SIGMA * np.median(np.abs(values - centre) * root, axis=0)
    moving = np.arange(values.shape[1])
    for _ in range(_ROUNDS):
        part = values[:, moving]
        deviation = np.abs(part - centre[moving]) * root[:, moving]
        far = (reach[moving] + 1e-9) / np.maximum(deviation, 1e-9)
        pull = column[:, moving] * np.where(deviation > reach[moving], far, 1.0)
        fresh = (pull * part).sum(axis=0) / pull.sum(axis=0)
        moved = np.abs(fresh - centre[moving]).max(axis=1) >= _CLOSE
        centre[moving] = fresh
        moving = moving[moved]
        if not len(moving):
            break
    return np.asarray(centre)


def _column(weights: Floats, axes: int) -> Floats:
    return weights if weights.ndim == axes else weights.reshape(-1, *[1] * (axes - 1))


def rounded(values: Floats) -> tuple[float, ...]:
    """A row of numbers as it goes into a document."""
    return tuple(np.round(values, DIGITS).tolist())


def rounded_points(values: Floats) -> tuple[tuple[float, ...], ...]:
    """Points, shape (n, k), as they go into a document."""
    return tuple(tuple(row) for row in np.round(values, DIGITS).tolist())
