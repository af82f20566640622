"""What was learnt of objects of one shape: misses, false additions and confusions, localisation, how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.candidates import NOTHING, Candidate
from crowd.consensus.models import STRANGER
from crowd.consensus.question_models import QuestionModel

PRIOR_OBJECTS = 6.0  # imagined objects behind a worker's localisation error
PRIOR_ERROR = 0.2  # 1 - similarity to the others' object, of a worker nobody knows
PRIOR_DENSITY = 1.0  # objects in an image, before any is seen


@dataclass(frozen=True, eq=False)
class ObjectModel:
    """The worker model of one shape.

    Attributes
    ----------
    existence : QuestionModel
        Its classes are `NOTHING` and the labels: P(NOTHING | label) is a worker's miss rate, 1 - P(NOTHING | NOTHING)
        the rate of false additions, the rest confusion.
    errors : mapping
        Root mean square of 1 - similarity to the fused object, of each worker; strangers have `error`.
    density : float
        Mean number of objects in an image.
    """

    existence: QuestionModel
    errors: Mapping[int, float]
    error: float
    density: float

    def precision(self, worker: int) -> float:
        """Weight of a worker's geometry: the inverse of its mean square error, relative to a stranger's."""
        return (self.error / self.errors.get(worker, self.error)) ** 2

    def missed(self, workers: Sequence[int]) -> float:
        """Expected number of objects that all these workers missed."""
        chances = np.exp(self.existence.model.log_prior)
        nothing = self.existence.classes.index(NOTHING)
        real = self.existence.model.class_of != nothing  # states, of which a class may have several
        if chances[real].sum() <= 0:
            return 0.0
        share = chances[real] / chances[real].sum()
        for worker in workers:
            share = share * np.exp(self.existence.model.table(worker)[real, nothing])
        return float(self.density * share.sum())

    def to_json(self) -> dict[str, Any]:
        """Exactly."""
        return {
            "existence": self.existence.to_json(),
            "errors": [[worker, error] for worker, error in sorted(self.errors.items())],
            "error": self.error,
            "density": self.density,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The one of `to_json`."""
        return cls(
            QuestionModel.from_json(data["existence"]),
            {int(worker): float(error) for worker, error in data["errors"]},
            float(data["error"]),
            float(data["density"]),
        )


def localisation(
    found: Sequence[tuple[Candidate, NDArray[np.float64]]], places: Mapping[str, int]
) -> tuple[dict[int, float], float]:
    """Each worker's localisation error and a stranger's, from each member's similarity to its candidate's fused object.

    Root mean squares, each worker's pulled towards the crowd's by `PRIOR_OBJECTS` imagined objects.
    """
    squares: dict[int, float] = {}
    numbers: dict[int, int] = {}
    for candidate, closeness in found:
        if len(candidate.workers) < 2:
            continue
        # a fused object lies closer to its members than the true one does: by n / (n - 1) in the squares
        correction = len(candidate.workers) / (len(candidate.workers) - 1)
        for name, near in zip(candidate.workers, closeness.tolist(), strict=True):
            worker = places.get(name, STRANGER)
            squares[worker] = squares.get(worker, 0.0) + correction * (1.0 - near) ** 2
            numbers[worker] = numbers.get(worker, 0) + 1
    prior = PRIOR_OBJECTS * PRIOR_ERROR**2
    crowd = (sum(squares.values()) + prior) / (sum(numbers.values()) + PRIOR_OBJECTS)
    errors = {
        worker: round(float(np.sqrt((squares[worker] + PRIOR_OBJECTS * crowd) / (numbers[worker] + PRIOR_OBJECTS))), 6)
        for worker in sorted(squares)
        if worker != STRANGER
    }
    return errors, round(float(np.sqrt(crowd)), 6)
