"""Open lines `[[x, y], ...]` in pixels; their direction means nothing to similarity."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds
from crowd.geometry.scales import NOTHING_BEYOND, closeness, half_distance

Line = Sequence[Sequence[float]]
_SAMPLES = 32


def length(line: ArrayLike) -> float:
    """Length in pixels."""
    points = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def bounds(line: ArrayLike) -> Bounds:
    """Left, top, right, bottom of its points."""
    points = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top, right, bottom)


def resample(line: ArrayLike, count: int) -> NDArray[np.float64]:
    """`count` >= 2 points at equal steps along the line, its two ends included, shape (count, 2)."""
    points = np.asarray(line, dtype=np.float64).reshape(-1, 2)
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    at = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])], axis=1)


def distance_matrix(xs: Sequence[Line], ys: Sequence[Line]) -> NDArray[np.float64]:
    """The modified Hausdorff distance of every pair, in pixels, shape (n, m).

    The larger of two means: of the distances from 32 equally spaced points of one line to the other line, and back.
    So a line that covers half of another is far from it, while one stray vertex is not. Symmetric; 0 for lines of one
    course, whatever their vertices and direction.

    Source: Dubuisson and Jain, "A modified Hausdorff distance for object matching" (ICPR 1994), d6 with f2 (maximum).
    """
    return _distances(xs, ys, np.ones((len(xs), len(ys)), dtype=bool))


def similarity_matrix(
    xs: Sequence[Line], ys: Sequence[Line], *, image_size: tuple[float, float]
) -> NDArray[np.float64]:
    """Closeness (see `crowd.geometry.scales`) of every pair by their modified Hausdorff distance, shape (n, m).

    Pairs whose bounds are farther apart than similarity reaches are 0 and cost nothing.
    """
    if not len(xs) or not len(ys):
        return np.zeros((len(xs), len(ys)))
    a = np.array([bounds(line) for line in xs])[:, None]
    b = np.array([bounds(line) for line in ys])[None]
    # no point of one line is nearer to the other than their bounds are, and so neither is the mean
    gap = np.maximum(a[..., :2] - b[..., 2:], b[..., :2] - a[..., 2:]).clip(0.0)
    near = np.hypot(gap[..., 0], gap[..., 1]) <= NOTHING_BEYOND * half_distance(image_size)
    return closeness(_distances(xs, ys, near), image_size=image_size)


def _distances(xs: Sequence[Line], ys: Sequence[Line], wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The distances of the wanted pairs; infinity for the others."""
    there = _one_way(xs, ys, wanted)
    back = there if ys is xs else _one_way(ys, xs, wanted.T)
    return np.asarray(np.maximum(there, back.T))


def _one_way(xs: Sequence[Line], ys: Sequence[Line], wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    result = np.full(wanted.shape, np.inf)
    first, second = np.nonzero(wanted)
    if first.size:
        samples = shapely.points(np.stack([resample(line, _SAMPLES) for line in xs]))
        lines = np.array([shapely.LineString(line) for line in ys], dtype=object)
        result[first, second] = shapely.distance(samples[first], lines[second][:, None]).mean(axis=1)
    return result
