"""MACE: a worker either knows the answer or spams by a distribution of their own.

Source: D. Hovy, T. Berg-Kirkpatrick, A. Vaswani and E. Hovy, "Learning whom to trust with MACE" (NAACL 2013).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from crowd.consensus.methods.coin import sorted_prior
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.models import STRANGER
from crowd.consensus.votes import Floats, Ints, Votes, softmax

KNOWS, SPAMS = 4.0, 1.0  # imagined answers of each worker
SPAM_ANSWERS = 1.0  # imagined spam, spread over the classes
_ROUNDS = 100
_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class MaceModel:
    """`P(label | class) = honesty [label = class] + (1 - honesty) spam[label]`.

    `honesty` and `spam`, of shape (workers + 1,) and (workers + 1, classes), have the strangers' in the last row.
    """

    family: ClassVar[str] = "mace"
    prior: Floats
    honesty: Floats
    spam: Floats

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

    @property
    def discount(self) -> None:
        """As published: workers err independently."""

    def table(self, worker: int) -> Floats:
        """See `ClassModel`."""
        row = worker if 0 <= worker < len(self.honesty) - 1 else STRANGER
        return np.asarray(np.log(_tables(self.honesty[row], self.spam[row])))

    def to_json(self) -> dict[str, Any]:
        """See `ClassModel`."""
        return {
            "family": self.family,
            "prior": self.prior.tolist(),
            "honesty": self.honesty.tolist(),
            "spam": self.spam.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """See `ClassModel`."""
        prior = np.asarray(data["prior"], dtype=np.float64)
        spam = np.asarray(data["spam"], dtype=np.float64).reshape(-1, len(prior))
        return cls(prior, np.asarray(data["honesty"], dtype=np.float64), spam)


def mace(votes: Votes) -> MaceModel:
    """Learnt by smoothed expectation maximisation from the majority's start (the paper's restarts are random)."""
    states = np.arange(votes.class_count)
    chances = votes.clamped(start(votes), states)
    honesty = np.full(votes.worker_count, KNOWS / (KNOWS + SPAMS))
    spam = np.full((votes.worker_count, votes.class_count), 1.0 / max(votes.class_count, 1))
    for _ in range(_ROUNDS if len(votes) else 0):
        tables = _tables(honesty, spam)
        counts = votes.counts(chances)
        knew = counts * (np.eye(votes.class_count) * honesty[:, None, None]) / tables
        known = knew.sum(axis=(1, 2))
        spammed = (counts - knew).sum(axis=1)
        honesty = (known + KNOWS) / (known + spammed.sum(axis=1) + KNOWS + SPAMS)
        spam = spammed + SPAM_ANSWERS / votes.class_count
        spam /= spam.sum(axis=1, keepdims=True)
        before, chances = chances, votes.clamped(softmax(votes.evidence(np.log(_tables(honesty, spam)))), states)
        if np.abs(before - chances).max() < _TOLERANCE:
            break
    answers = np.bincount(votes.workers, minlength=votes.worker_count) + 1e-12
    crowd_honesty = np.average(honesty, weights=answers) if votes.worker_count else KNOWS / (KNOWS + SPAMS)
    crowd_spam = (
        np.average(spam, axis=0, weights=answers)
        if votes.worker_count
        else spam.sum(axis=0) + 1.0 / max(votes.class_count, 1)
    )
    return MaceModel(
        sorted_prior(votes.class_count),
        np.round(np.append(honesty, crowd_honesty), 6),
        np.round(np.vstack([spam, crowd_spam]) + 1e-6, 6),
    )


def _tables(honesty: Floats, spam: Floats) -> Floats:
    classes = spam.shape[-1]
    mine = honesty[..., None, None]
    return np.asarray(mine * np.eye(classes) + (1 - mine) * spam[..., None, :])
