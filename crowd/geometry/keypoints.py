"""Keypoints `[[x, y, v], ...]`: v is 0 where not labelled, 1 occluded, 2 visible."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crowd.geometry.boxes import Bounds

# nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles: cocodataset.org, "Keypoint Evaluation"
COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072,
    0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089,
)  # fmt: skip
DEFAULT_SIGMA = 0.05  # near the mean of COCO's where the schema gives none
_LEAST_OF_IMAGE = 0.02  # of the image's diagonal: the side of the smallest square an object is taken for


def bounds(keypoints: ArrayLike) -> Bounds:
    """Left, top, right, bottom of the labelled keypoints (v > 0); all 0 where there are none."""
    array = np.asarray(keypoints, dtype=np.float64).reshape(-1, 3)
    points = array[array[:, 2] > 0, :2]
    if not len(points):
        return (0.0, 0.0, 0.0, 0.0)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top, right, bottom)


def sigmas_for(count: int, sigmas: Sequence[float] | None) -> NDArray[np.float64]:
    """The given sigmas; where there are none, COCO's for 17 keypoints, else `DEFAULT_SIGMA` for each."""
    if sigmas is not None and len(sigmas):
        return np.asarray(sigmas, dtype=np.float64)
    return np.asarray(COCO_SIGMAS) if count == len(COCO_SIGMAS) else np.full(count, DEFAULT_SIGMA)


def scale_areas(keypoints: NDArray[np.float64], *, image_size: tuple[float, float]) -> NDArray[np.float64]:
    """Each object's area in square pixels, from the bounds of its labelled keypoints: (n, k, 3) to (n,).

    COCO takes the area of the segment, which a document of keypoints does not have. Where the bounds are thin (points
    on a line, or a single one) the area is that of a quarter of the square on their longer side, and at least that of
    a square with 2 % of the image's diagonal as its side.
    """
    extents = np.array([_extent(each) for each in keypoints]).reshape(-1, 2)
    least = (_LEAST_OF_IMAGE * math.hypot(*image_size)) ** 2
    return np.asarray(
        np.maximum.reduce(
            [extents.prod(axis=1), extents.max(axis=1, initial=0.0) ** 2 / 4, np.full(len(extents), least)]
        )
    )


def _extent(keypoints: NDArray[np.float64]) -> tuple[float, float]:
    left, top, right, bottom = bounds(keypoints)
    return (right - left, bottom - top)


def oks_matrix(
    xs: ArrayLike, ys: ArrayLike, *, image_size: tuple[float, float], sigmas: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """Object keypoint similarity of every pair, made symmetric.

    Parameters
    ----------
    xs, ys : array_like, shapes (n, k, 3) and (m, k, 3)
    image_size : (width, height) in pixels
    sigmas : k numbers, optional
        Each keypoint's spread relative to the root of the object's area; see `sigmas_for`.

    Returns
    -------
    ndarray, shape (n, m)
        Mean of `exp(-d^2 / (2 area (2 sigma)^2))` over the keypoints labelled in either; one labelled in only one of
        the two counts 0. The area is the geometric mean of both (see `scale_areas`). COCO's own measure asks for the
        truth's area and keypoints alone, which two workers do not have; where both label the same keypoints the two
        agree. Source: cocodataset.org, "Keypoint Evaluation", 1.3 (OKS).
    """
    a = np.asarray(xs, dtype=np.float64)
    b = np.asarray(ys, dtype=np.float64)
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)))
    spread = (2.0 * sigmas_for(a.shape[1], sigmas)) ** 2
    areas = np.sqrt(scale_areas(a, image_size=image_size)[:, None] * scale_areas(b, image_size=image_size)[None, :])
    squared = ((a[:, None, :, :2] - b[None, :, :, :2]) ** 2).sum(axis=-1)
    in_a, in_b = a[:, None, :, 2] > 0, b[None, :, :, 2] > 0
    each = np.exp(-squared / (2.0 * areas[..., None] * spread)) * (in_a & in_b)
    counted = (in_a | in_b).sum(axis=-1)
    return np.asarray(np.where(counted > 0, each.sum(axis=-1) / np.maximum(counted, 1), 1.0))
