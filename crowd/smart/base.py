"""What proposers are given and what they answer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]  # x, y, width, height
Click = tuple[float, float, bool]  # x, y, whether it is on the thing


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a person showed: a rough box around the thing, points on it and points beside it, or both."""

    box: Box | None = None
    points: tuple[Click, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The pixels meant, booleans of shape (height, width) of the picture that was given; score from 0 to 1."""

    pixels: NDArray[np.bool_]
    score: float


class Proposer(Protocol):
    """One way to find out what is meant."""

    def propose(self, picture: NDArray[np.uint8], prompt: Prompt) -> Proposal:
        """Return what is meant in a picture of shape (height, width, 3), RGB; the prompt is in its pixels.

        No pixel is set where nothing is found. Raises Unavailable where it cannot be asked now.
        """
