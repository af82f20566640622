"""Confidence that allows for workers who err together.

What misleads one person misleads the next: answers to one task are not independent, and evidence that a model of
independent workers adds up grows faster than the truth of it. A discount divides the log odds of the best class.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from crowd.consensus.votes import Floats

SHARED = 0.25  # what any two answers to one task have in common, in crowds in general
AHEAD = 5  # answers over which the worth of one more is averaged


@dataclass(frozen=True)
class Discount:
    """Log odds become `modelled / ((1 + (answers - 1) * shared) * divisor) - offset`.

    The first part is the design effect of clustered samples: so many answers, every two correlated by `shared`, tell
    as much as `answers / (1 + (answers - 1) * shared)` independent ones (L. Kish, "Survey sampling", 1965). The others
    are learnt from the answers and from gold; see `crowd.consensus.methods.discounting`.

    Parameters
    ----------
    shared : float
        0 and above.
    divisor : float
        Above 0; 1 where nothing shows more dependence than crowds have in general.
    offset : float
        In units of log odds.
    """

    shared: float = SHARED
    divisor: float = 1.0
    offset: float = 0.0

    def applied(self, chances: Floats, answers: ArrayLike) -> Floats:
        """The probabilities after the discount; the best class stays the best, the others share what it loses.

        Parameters
        ----------
        chances : ndarray, shape (n, classes)
            As a model of independent workers has them.
        answers : array_like of int, shape (n,) or ()
            How many answers they come from.
        """
        if chances.shape[1] < 2:
            return chances
        rows = np.arange(len(chances))
        best = chances.argmax(axis=1)
        top = chances[rows, best]
        rest = chances.copy()
        rest[rows, best] = 0.0
        left = np.maximum(rest @ np.ones(rest.shape[1]), 1e-300)
        odds = (np.log(top) - np.log(left)) * self._factor(answers) - self.offset
        odds = np.maximum(odds, np.log(np.maximum(rest.max(axis=1) / left, 1e-300)))
        lost = 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0)))
        rest *= (lost / left)[:, None]
        rest[rows, best] = 1.0 - lost
        return np.asarray(rest)

    def worth(self, answers: ArrayLike) -> Floats:
        """How sharply one more answer tells classes apart, against an independent one: shape as `answers`, 0 to 1.

        `answers` is how many there are so far. What an answer tells (in nats) grows with the square of how far its
        probabilities differ, so that these shrink by the root of the discount.
        """
        return np.minimum(np.sqrt(self._factor(np.asarray(answers, dtype=np.float64) + AHEAD)), 1.0)

    def _factor(self, answers: ArrayLike) -> Floats:
        more = np.maximum(np.asarray(answers, dtype=np.float64) - 1.0, 0.0)
        return np.asarray(1.0 / ((1.0 + more * self.shared) * self.divisor))

    def to_json(self) -> dict[str, float]:
        """Exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The one of `to_json`."""
        return cls(float(data["shared"]), float(data["divisor"]), float(data["offset"]))
