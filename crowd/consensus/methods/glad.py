"""GLAD: a worker's ability and a task's ease together say how probable a right answer is.

Source: J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma and J. Movellan, "Whose vote should count more" (NIPS 2009). The
tasks' ease is not a point estimate here but integrated out, over the nodes of a Gauss–Hermite rule for its log-normal
prior.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from crowd.consensus.methods.coin import sorted_prior
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.votes import Floats, Ints, Votes, softmax

MIDDLE_ABILITY = 1.5  # the prior's mean: right four times of five at middling ease
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
EASE = np.exp(0.7 * _NODES)
_LOG_SHARE = np.log(_WEIGHTS / _WEIGHTS.sum())
_ROUNDS = 100
_NEWTON = 5
_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class GladModel:
    """`P(right) = 1 / (1 + exp(-ability * ease))`, errors even; a state is a class at one of seven levels of ease.

    `abilities`, of shape (workers + 1,), has the strangers' last.
    """

    family: ClassVar[str] = "glad"
    prior: Floats
    abilities: Floats

    @property
    def log_prior(self) -> Floats:
        """See `ClassModel`."""
        return np.asarray((np.log(self.prior)[:, None] + _LOG_SHARE).ravel())

    @property
    def class_of(self) -> Ints:
        """See `ClassModel`."""
        return np.repeat(np.arange(len(self.prior)), len(EASE))

    @property
    def class_count(self) -> int:
        """See `ClassModel`."""
        return len(self.prior)

    @property
    def discount(self) -> None:
        """As published: workers err independently."""

    def table(self, worker: int) -> Floats:
        """See `ClassModel`."""
        place = worker if 0 <= worker < len(self.abilities) - 1 else -1
        return np.asarray(_tables(self.abilities[place : place + 1 or None], len(self.prior))[0])

    def to_json(self) -> dict[str, Any]:
        """See `ClassModel`."""
        return {"family": self.family, "prior": self.prior.tolist(), "abilities": self.abilities.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """See `ClassModel`."""
        return cls(np.asarray(data["prior"], dtype=np.float64), np.asarray(data["abilities"], dtype=np.float64))


def glad(votes: Votes) -> GladModel:
    """Learnt by expectation maximisation from the majority's start; abilities by Newton's method."""
    classes = votes.class_count
    abilities = np.full(votes.worker_count + 1, MIDDLE_ABILITY)
    states = (start(votes)[:, :, None] * np.exp(_LOG_SHARE)).reshape(votes.task_count, classes * len(EASE))
    class_of = np.repeat(np.arange(classes), len(EASE))
    log_prior = (np.log(sorted_prior(classes))[:, None] + _LOG_SHARE).ravel()
    states = votes.clamped(states, class_of)
    for _ in range(_ROUNDS if len(votes) else 0):
        counts = votes.counts(states).reshape(-1, classes, len(EASE), classes)
        right = counts[:, np.arange(classes), :, np.arange(classes)].sum(axis=0)
        abilities = _abilities(right, counts.sum(axis=(1, 3)) - right, abilities)
        scores = votes.evidence(_tables(abilities[:-1], classes)) + log_prior
        before, states = states, votes.clamped(softmax(scores), class_of)
        if np.abs(before - states).max() < _TOLERANCE:
            break
    return GladModel(sorted_prior(classes), np.round(abilities, 6))


def _abilities(right: Floats, wrong: Floats, abilities: Floats) -> Floats:
    """Each worker's ability, the mean as the stranger's: `right` and `wrong` of shape (workers, levels of ease)."""
    mine = abilities[:-1].copy()
    for _ in range(_NEWTON):
        chance = 1.0 / (1.0 + np.exp(-mine[:, None] * EASE))
        slope = ((right - (right + wrong) * chance) * EASE).sum(axis=1) - (mine - MIDDLE_ABILITY)
        bend = ((right + wrong) * chance * (1 - chance) * EASE**2).sum(axis=1) + 1.0
        mine = np.clip(mine + np.clip(slope / bend, -1.0, 1.0), -8.0, 8.0)
    answers = (right + wrong).sum(axis=1)
    return np.append(mine, np.average(mine, weights=answers + 1e-12) if len(mine) else MIDDLE_ABILITY)


def _tables(abilities: Floats, classes: int) -> Floats:
    """Log probabilities, shape (len(abilities), states, classes)."""
    chance = 1.0 / (1.0 + np.exp(-abilities[:, None] * EASE))
    wrong = (1 - chance) / max(classes - 1, 1)
    tables = np.broadcast_to(wrong[:, None, :, None], (len(abilities), classes, len(EASE), classes)).copy()
    tables[:, np.arange(classes), :, np.arange(classes)] = chance
    return np.asarray(np.log(np.maximum(tables, 1e-12)).reshape(len(abilities), -1, classes))
