"""How far apart two marks may be: distances become similarities by the image's diagonal.

A distance d in an image of diagonal D has similarity `2 ** -(d / (0.02 D)) ** 2`: 1 at no distance, one half at 2 %
of the diagonal (16 pixels in 640 x 480), and counted as 0 beyond 8 % (below 2 ** -16).
"""

import math

import numpy as np
from numpy.typing import NDArray

HALF_AT = 0.02  # of the diagonal: where similarity is one half
NOTHING_BEYOND = 4.0  # times that distance


def half_distance(image_size: tuple[float, float]) -> float:
    """The distance in pixels at which similarity is one half."""
    return HALF_AT * math.hypot(*image_size)


def closeness(distance: NDArray[np.float64], *, image_size: tuple[float, float]) -> NDArray[np.float64]:
    """The similarity, 0 to 1, of each distance in pixels."""
    relative = np.asarray(distance, dtype=np.float64) / half_distance(image_size)
    return np.where(relative > NOTHING_BEYOND, 0.0, np.exp2(-(np.minimum(relative, NOTHING_BEYOND) ** 2)))
