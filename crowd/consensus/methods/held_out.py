"""Answers held out of the learning and predicted from the rest: the evidence for every choice made without truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crowd.consensus.discounts import Discount
from crowd.consensus.models import ClassModel, by_class
from crowd.consensus.votes import Floats, Ints, Votes, softmax

FOLDS = 5


@dataclass(frozen=True)
class HeldOut:
    """Of each answer, hidden among a fifth of them: what the rest said of it. All of shape (answers,).

    Attributes
    ----------
    chances : ndarray
        Probability of the answer given the rest.
    hits : ndarray
        1 where it names the consensus of the rest, else 0.
    same, others : ndarray
        How many of the rest on its task gave this label, and how many there are.
    """

    chances: Floats
    hits: Floats
    same: Floats
    others: Floats

    @property
    def likelihood(self) -> Floats:
        """Log probability of each answer."""
        return np.log(self.chances + 1e-12)


def held_out(votes: Votes, learn: Callable[[Votes], ClassModel]) -> HeldOut:
    """Every answer predicted by what is learnt from four fifths of the others."""
    folds = _folds(votes)
    found = HeldOut(*(np.zeros(len(votes)) for _ in range(4)))
    for fold in range(FOLDS):
        hidden = folds == fold
        tasks, labels = votes.tasks[hidden], votes.labels[hidden]
        rest = votes.those(~hidden)
        model = learn(rest)
        tables = np.stack([model.table(worker) for worker in range(votes.worker_count)])
        raw = softmax(rest.evidence(tables) + model.log_prior)
        classes = by_class(raw, model.class_of, model.class_count)
        given = rest.shares.sum(axis=1)
        honest = (model.discount or Discount()).applied(classes, given) / np.maximum(classes, 1e-300)
        states = rest.clamped(raw * honest[:, model.class_of], model.class_of)[tasks]
        found.chances[hidden] = (states * np.exp(tables[votes.workers[hidden], :, labels])).sum(axis=1)
        found.hits[hidden] = by_class(states, model.class_of, model.class_count).argmax(axis=1) == labels
        found.same[hidden] = rest.shares[tasks, labels]
        found.others[hidden] = given[tasks]
    return found


def _folds(votes: Votes) -> Ints:
    """A fold for each answer, those of one task spread over all."""
    order = np.argsort(votes.tasks, kind="stable")
    first = np.searchsorted(votes.tasks[order], np.arange(votes.task_count))
    place = np.empty(len(votes), dtype=np.int64)
    place[order] = np.arange(len(votes)) - first[votes.tasks[order]]
    return np.asarray((place + votes.tasks) % FOLDS)
