"""Models that remember how often each worker gave each label in each state, pulled towards the crowd's habits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from crowd.consensus.discounts import Discount
from crowd.consensus.models import STRANGER
from crowd.consensus.votes import Floats, Ints

SMALLEST_COUNT = 1e-3  # smaller expected counts are not kept: they would fill the row and change nothing


@dataclass(frozen=True, eq=False)
class CountedModel:
    """Dirichlet–multinomial workers: `P(label | state) = (strength * habits + counts) / (strength + sum of counts)`.

    Parameters
    ----------
    prior : ndarray, shape (states,)
    crowd : ndarray, shape (states, classes)
        How people answer in each state; all a stranger is known by.
    strength : float
        Weight of the habits against a worker's own counts, in answers.
    counts : mapping from worker to ndarray of shape (states, classes)
        Expected number of times the worker gave each label in each state.
    skills : mapping from worker to float
        A worker's habits are the crowd's with the odds of a right answer multiplied by this; 1 where it is not given.
    class_of : ndarray, shape (states,)
        The class of each state.
    discount : Discount, optional
        How confidence allows for workers erring together.
    """

    family: ClassVar[str] = "counted"
    prior: Floats
    crowd: Floats
    strength: float
    counts: Mapping[int, Floats]
    skills: Mapping[int, float]
    class_of: Ints
    discount: Discount | None = None
    _tables: dict[int, Floats] = field(default_factory=dict, init=False, repr=False)  # those asked for so far

    @classmethod
    def learnt(
        cls,
        *,
        prior: Floats,
        crowd: Floats,
        strength: float,
        counts: Floats,
        skills: Floats | None = None,
        class_of: Ints | None = None,
        discount: Discount | None = None,
    ) -> Self:
        """From arrays, `counts` of shape (workers, states, classes), rounded to what will be kept."""
        kept = np.where(counts < SMALLEST_COUNT, 0.0, np.round(counts, 3))
        seen = [worker for worker, each in enumerate(kept) if each.any()]
        rated = seen if len(seen) or skills is None else range(len(skills))
        return cls(
            prior=np.round(prior, 9),
            crowd=np.round(crowd, 9),
            strength=round(float(strength), 6),
            counts={worker: kept[worker] for worker in seen},
            skills={} if skills is None else {worker: round(float(skills[worker]), 6) for worker in rated},
            class_of=np.arange(len(prior)) if class_of is None else class_of,
            discount=discount,
        )

    @property
    def log_prior(self) -> Floats:
        """See `ClassModel`."""
        return np.asarray(np.log(self.prior))

    @property
    def class_count(self) -> int:
        """See `ClassModel`."""
        return int(self.crowd.shape[1])

    def table(self, worker: int) -> Floats:
        """See `ClassModel`."""
        known = worker if worker in self.counts or worker in self.skills else STRANGER
        if known not in self._tables:
            skill = np.array([self.skills.get(known, 1.0)])
            mine = self.strength * habits(self.crowd, self.class_of, skill)[0] + self.counts.get(known, 0.0)
            self._tables[known] = np.log(mine / mine.sum(axis=1, keepdims=True))
        return self._tables[known]

    def to_json(self) -> dict[str, Any]:
        """Counts sparsely: `[worker, skill, state, label, count, state, label, count, ...]`."""
        return {
            "family": self.family,
            "prior": self.prior.tolist(),
            "crowd": self.crowd.tolist(),
            "strength": self.strength,
            "class_of": self.class_of.tolist(),
            "discount": self.discount.to_json() if self.discount else None,
            "workers": [
                [worker, self.skills.get(worker), *_sparse(self.counts.get(worker, np.zeros((0, 0))))]
                for worker in sorted({*self.skills, *self.counts})
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The model of `to_json`, exactly."""
        crowd = np.asarray(data["crowd"], dtype=np.float64)
        return cls(
            prior=np.asarray(data["prior"], dtype=np.float64),
            crowd=crowd,
            strength=float(data["strength"]),
            counts={int(row[0]): _dense(row[2:], crowd.shape) for row in data["workers"] if len(row) > 2},
            skills={int(row[0]): float(row[1]) for row in data["workers"] if row[1] is not None},
            class_of=np.asarray(data["class_of"], dtype=np.int64),
            discount=_discount(data),
        )


def habits(crowd: Floats, class_of: Ints, skills: Floats) -> Floats:
    """The crowd's table with the odds of a right answer multiplied by each skill: shape (len(skills), states, classes).

    Wrong answers keep the crowd's proportions among themselves.
    """
    states = np.arange(len(class_of))
    right = crowd[states, class_of]
    scaled = right * skills[:, None] / (1.0 - right + right * skills[:, None])
    wrong = crowd * ((1.0 - scaled) / np.maximum(1.0 - right, 1e-12))[:, :, None]
    wrong[:, states, class_of] = scaled
    return np.asarray(wrong)


def _discount(data: Mapping[str, Any]) -> Discount | None:
    if "discount" not in data:  # as written by the first edition
        return Discount() if data["correlated"] else None
    return Discount.from_json(data["discount"]) if data["discount"] else None


def _sparse(counts: Floats) -> list[float]:
    states, labels = np.nonzero(counts)
    rows = zip(states.tolist(), labels.tolist(), counts[states, labels].tolist(), strict=True)
    return [value for row in rows for value in row]


def _dense(row: list[float], shape: tuple[int, ...]) -> Floats:
    counts = np.zeros(shape)
    triples = np.asarray(row, dtype=np.float64).reshape(-1, 3)
    counts[triples[:, 0].astype(np.int64), triples[:, 1].astype(np.int64)] = triples[:, 2]
    return counts
