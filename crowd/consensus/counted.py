"""Models that remember how often each worker gave each label in each state, pulled towards the crowd's habits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from crowd.consensus.models import STRANGER
from crowd.consensus.votes import Floats, Ints

SMALLEST_COUNT = 1e-3  # smaller expected counts are not kept: they would fill the row and change nothing


@dataclass(frozen=True, eq=False)
class CountedModel:
    """Dirichlet–multinomial workers: `P(label | state) = (strength * crowd + counts) / (strength + sum of counts)`.

    Parameters
    ----------
    prior : ndarray, shape (states,)
    crowd : ndarray, shape (states, classes)
        How people answer in each state; all a stranger is known by.
    strength : float
        Weight of the crowd's habits against a worker's own, in answers.
    counts : mapping from worker to ndarray of shape (states, classes)
        Expected number of times the worker gave each label in each state.
    """

    family: ClassVar[str] = "counted"
    prior: Floats
    crowd: Floats
    strength: float
    counts: Mapping[int, Floats]
    _tables: dict[int, Floats] = field(default_factory=dict, init=False, repr=False)  # those asked for so far

    @classmethod
    def learnt(cls, *, prior: Floats, crowd: Floats, strength: float, counts: Floats) -> Self:
        """From arrays, `counts` of shape (workers, states, classes), rounded to what will be kept."""
        kept = np.where(counts < SMALLEST_COUNT, 0.0, np.round(counts, 3))
        return cls(np.round(prior, 9), np.round(crowd, 9), round(float(strength), 6), dict(enumerate(kept)))

    @property
    def log_prior(self) -> Floats:
        """See `ClassModel`."""
        return np.asarray(np.log(self.prior))

    @property
    def class_of(self) -> Ints:
        """State and class are one."""
        return np.arange(len(self.prior))

    @property
    def class_count(self) -> int:
        """See `ClassModel`."""
        return len(self.prior)

    def table(self, worker: int) -> Floats:
        """See `ClassModel`."""
        known = worker if worker in self.counts else STRANGER
        if known not in self._tables:
            mine = self.strength * self.crowd + self.counts.get(known, 0.0)
            self._tables[known] = np.log(mine / mine.sum(axis=1, keepdims=True))
        return self._tables[known]

    def to_json(self) -> dict[str, Any]:
        """Counts sparsely: `[state, label, count, ...]` of each worker."""
        return {
            "family": self.family,
            "prior": self.prior.tolist(),
            "crowd": self.crowd.tolist(),
            "strength": self.strength,
            "counts": [[worker, *_sparse(counts)] for worker, counts in sorted(self.counts.items())],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The model of `to_json`, exactly."""
        crowd = np.asarray(data["crowd"], dtype=np.float64)
        counts = {int(row[0]): _dense(row[1:], crowd.shape) for row in data["counts"]}
        return cls(np.asarray(data["prior"], dtype=np.float64), crowd, float(data["strength"]), counts)


def _sparse(counts: Floats) -> list[float]:
    states, labels = np.nonzero(counts)
    rows = zip(states.tolist(), labels.tolist(), counts[states, labels].tolist(), strict=True)
    return [value for row in rows for value in row]


def _dense(row: list[float], shape: tuple[int, ...]) -> Floats:
    counts = np.zeros(shape)
    triples = np.asarray(row, dtype=np.float64).reshape(-1, 3)
    counts[triples[:, 0].astype(np.int64), triples[:, 1].astype(np.int64)] = triples[:, 2]
    return counts
