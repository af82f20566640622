"""What a method has learnt of one question, and the probability of each class that follows from it.

A truth is one of `states`; each state belongs to a class (mostly one state a class). Given the state, workers answer
independently: `log P(truth | answers) = log prior[state] + sum over answers of log P(label | state, worker) + const`.
The methods differ in how they model and learn `P(label | state, worker)`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from crowd.consensus.discounts import Discount
from crowd.consensus.votes import Floats, Ints, Votes, softmax

STRANGER = -1  # the index of any worker that the model has never seen


class ClassModel(Protocol):
    """A question's model: pure, immutable, and equal after a round trip through JSON."""

    family: ClassVar[str]

    @property
    def log_prior(self) -> Floats:
        """Log probability of each state before any answer, shape (states,)."""

    @property
    def class_of(self) -> Ints:
        """The class of each state, shape (states,)."""

    @property
    def class_count(self) -> int:
        """How many classes there are."""

    @property
    def discount(self) -> Discount | None:
        """How confidence allows for workers erring together; None where it does not."""

    def table(self, worker: int) -> Floats:
        """`log P(label | state)` of one worker, or of a stranger: shape (states, classes)."""

    def to_json(self) -> dict[str, Any]:
        """The parameters, exactly."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The model of `to_json`, exactly."""


class Method(Protocol):
    """A strategy: learns the model of one question from all its votes (none at all being the prior alone)."""

    def __call__(self, votes: Votes) -> ClassModel:
        """The model learnt; deterministic."""


def by_class(states: Floats, class_of: Ints, class_count: int) -> Floats:
    """Probabilities of classes from those of states: the last axis summed by class."""
    if len(class_of) == class_count:
        return states  # one state a class, in order
    result = np.zeros((*states.shape[:-1], class_count))
    for state, each in enumerate(class_of.tolist()):
        result[..., each] += states[..., state]
    return result


def posteriors(model: ClassModel, votes: Votes) -> Floats:
    """Probability of each class of each task: shape (tasks, classes); gold tasks are certain."""
    tables = [model.table(worker) for worker in range(votes.worker_count)]
    scores = votes.evidence(np.stack(tables)) if tables else np.zeros((votes.task_count, len(model.class_of)))
    scores += model.log_prior
    chances = by_class(softmax(scores), model.class_of, model.class_count)
    if model.discount is not None:
        chances = model.discount.applied(chances, votes.shares.sum(axis=1))
    return votes.clamped(chances, np.arange(model.class_count))


def posterior(model: ClassModel, answers: Sequence[tuple[int, int]]) -> Floats:
    """Probability of each class of one task from `(worker, label)` pairs: shape (classes,)."""
    scores = model.log_prior.copy()
    for worker, label in answers:
        scores += model.table(worker)[:, label]
    chances = by_class(softmax(scores[None, :]), model.class_of, model.class_count)
    return np.asarray((model.discount.applied(chances, len(answers)) if model.discount else chances)[0])


def reliability(model: ClassModel, worker: int) -> float:
    """Probability that the worker's answer is right, 0 to 1, where no class weighs more than in even shares.

    So a common class does not drown the others, and one that hardly ever occurs hardly counts.
    """
    table = np.exp(model.table(worker))
    chances = np.exp(model.log_prior)
    right = chances * table[np.arange(len(chances)), model.class_of]
    mass = by_class(chances, model.class_of, model.class_count)
    rate = by_class(right, model.class_of, model.class_count) / np.maximum(mass, 1e-300)
    weights = np.minimum(mass, 1.0 / model.class_count)
    return float(np.clip((weights * rate).sum() / weights.sum(), 0.0, 1.0))
