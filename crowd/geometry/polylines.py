"""Open lines `[[x, y], ...]` in pixels; their direction means nothing to similarity."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds
from crowd.geometry.scales import NOTHING_BEYOND, closeness, half_distance

Line = Sequence[Sequence[float]]
_SAMPLES = 64


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

    The larger of two means: of the distances from 64 equally spaced points of one line to the other line, and back.
    So a line that covers half of another is far from it, while one stray vertex is not. Symmetric; 0 for lines of one
    course, whatever their vertices and direction.

    Source: Dubuisson and Jain, "A modified Hausdorff distance for object matching" (ICPR 1994), d6 with f2 (maximum).
    """
    if not xs or not ys:
        return np.zeros((len(xs), len(ys)))
    first, second = np.meshgrid(np.arange(len(xs)), np.arange(len(ys)), indexing="ij")
    return _distances(xs, ys, first.ravel(), second.ravel()).reshape(first.shape)


def _distances(
    xs: Sequence[Line], ys: Sequence[Line], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float64]:
    lines_x, lines_y = _lines(xs), _lines(ys)
    there = shapely.distance(_samples(xs)[first], lines_y[second][:, None]).mean(axis=1)
    back = shapely.distance(_samples(ys)[second], lines_x[first][:, None]).mean(axis=1)
    return np.asarray(np.maximum(there, back), dtype=np.float64)


def _lines(lines: Sequence[Line]) -> NDArray[np.object_]:
    result = np.empty(len(lines), dtype=object)
    for index, line in enumerate(lines):
        result[index] = shapely.LineString(np.asarray(line, dtype=np.float64))
    return result


def _samples(lines: Sequence[Line]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(np.stack([resample(line, _SAMPLES) for line in lines])))


def similarity_matrix(
    xs: Sequence[Line], ys: Sequence[Line], *, image_size: tuple[float, float]
) -> NDArray[np.float64]:
    """Closeness (see `crowd.geometry.scales`) of every pair by their modified Hausdorff distance, shape (n, m).

    Pairs whose bounds are farther apart than similarity reaches are 0 and cost nothing.
    """
    result = np.zeros((len(xs), len(ys)))
    if not xs or not ys:
        return result
    reach = NOTHING_BEYOND * half_distance(image_size)
    a, b = np.array([bounds(line) for line in xs])[:, None], np.array([bounds(line) for line in ys])[None]
    # each side of the bounds is touched by some point, and the mean over points cannot be below the nearest approach
    gap = np.maximum(a[..., :2] - b[..., 2:], b[..., :2] - a[..., 2:]).clip(0.0)
    first, second = np.nonzero(np.hypot(gap[..., 0], gap[..., 1]) <= reach)
    if first.size:
        result[first, second] = closeness(_distances(xs, ys, first, second), image_size=image_size)
    return result
