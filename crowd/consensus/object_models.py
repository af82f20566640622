"""What was learnt of objects of one shape: misses, false additions and confusions, localisation, how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from crowd.consensus.candidates import NOTHING
from crowd.consensus.localisation import Localisation
from crowd.consensus.question_models import QuestionModel

PRIOR_DENSITY = 1.0  # objects in an image, before any is seen


@dataclass(frozen=True, eq=False)
class ObjectModel:
    """The worker model of one shape.

    Attributes
    ----------
    existence : QuestionModel
        Its classes are `NOTHING` and the labels: P(NOTHING | label) is a worker's miss rate, 1 - P(NOTHING | NOTHING)
        the rate of false additions, the rest confusion.
    density : float
        Mean number of objects in an image.
    localisation : Localisation
        How exactly they are drawn.
    """

    existence: QuestionModel
    density: float = PRIOR_DENSITY
    localisation: Localisation = field(default_factory=Localisation)

    def missed(self, workers: Sequence[int], next_by: Sequence[int] = ()) -> float:
        """Expected number of objects that all these workers missed, and then one more, who may be any of `next_by`."""
        chances = np.exp(self.existence.model.log_prior)
        nothing = self.existence.classes.index(NOTHING)
        real = self.existence.model.class_of != nothing  # states, of which a class may have several
        if chances[real].sum() <= 0:
            return 0.0
        share = chances[real] / chances[real].sum()
        for worker in workers:
            share = share * np.exp(self.existence.model.table(worker)[real, nothing])
        if next_by:
            share = share * np.mean(
                [np.exp(self.existence.model.table(each)[real, nothing]) for each in next_by], axis=0
            )
        return float(self.density * share.sum())

    def to_json(self) -> dict[str, Any]:
        """Exactly."""
        return {
            "existence": self.existence.to_json(),
            "density": self.density,
            "localisation": self.localisation.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The one of `to_json`, or of a fit of version 1, which knew one error a worker for all classes."""
        if "localisation" in data:
            localisation = Localisation.from_json(data["localisation"])
        else:
            factors = {int(worker): float(error) / float(data["error"]) for worker, error in data["errors"]}
            localisation = Localisation(error=float(data["error"]), factors=factors)
        return cls(QuestionModel.from_json(data["existence"]), float(data["density"]), localisation)
