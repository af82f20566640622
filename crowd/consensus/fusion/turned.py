"""Rotated boxes and ellipses `(cx, cy, a, b, degrees)`: numbers by robust means, the angle on its circle."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.fusion.robust import robust_mean, rounded

Floats = NDArray[np.float64]


def fuse_turned(shapes: Sequence[Sequence[float]], weights: Floats, reference: int) -> tuple[float, ...]:
    """Robust means after writing every shape in the way that is closest in angle to `shapes[reference]`.

    One shape can be written in four ways within a full turn (half turns, and quarter turns with both sides swapped);
    averaging numbers written in different ways would give a shape nobody drew.
    """
    array = np.asarray(shapes, dtype=np.float64)
    middle = array[reference, 4]
    quarters = np.round((array[:, 4] - middle) / 90.0)
    swapped = quarters % 2 == 1
    array[swapped] = array[swapped][:, [0, 1, 3, 2, 4]]
    array[:, 4] -= 90.0 * quarters
    fused = robust_mean(array, weights)
    fused[4] %= 180.0
    return rounded(fused)
