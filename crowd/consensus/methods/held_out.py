"""Tasks held out of the learning, their answers predicted in turn: the evidence for every choice made without truth.

The evidence must not depend on when asking stopped. Where tasks close as soon as people agree, an answer predicted from
all others on its task is predicted too well: that the task has no more answers says that these agree. The probability
of all answers of a task, each predicted from those before it alone, is free of this: the rule by which asking stopped
cancels out of it, as it does of every likelihood (J. Berger and R. Wolpert, "The likelihood principle", 1984).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.consensus.discounts import Discount
from crowd.consensus.models import ClassModel, by_class
from crowd.consensus.votes import Floats, Ints, Votes, softmax

FOLDS = 5
_SCATTER = 2_654_435_761  # an odd number near 2^32 divided by the golden ratio: neighbours come into different folds


@dataclass(frozen=True)
class HeldOut:
    """Of each answer of a task the learning has not seen: what those before it said of it. All of shape (answers,).

    Attributes
    ----------
    likelihood : ndarray
        Log probability of the answer given those before it, as modelled: with no discount, since that people err
        together is for a structure to explain.
    chances : ndarray
        Probability of the answer given those before it, after the discount of crowds in general.
    hits : ndarray
        1 where it names the consensus of those before it, else 0; 0 where there is none before it.
    same, others : ndarray
        How many of those before it gave this label, and how many there are.
    """

    likelihood: Floats
    chances: Floats
    hits: Floats
    same: Floats
    others: Floats


def held_out(votes: Votes, learn: Callable[[Votes], ClassModel]) -> HeldOut:
    """Every task's answers predicted in turn by what is learnt from four fifths of the other tasks, and its gold."""
    found = HeldOut(*(np.zeros(len(votes)) for _ in range(5)))
    folds = (np.arange(votes.task_count) * _SCATTER % 2**32) * FOLDS // 2**32
    turns = _turns(votes)
    for fold in range(FOLDS):
        hidden = np.flatnonzero((folds == fold)[votes.tasks])
        if len(hidden):
            model = learn(votes.of_tasks(folds != fold))
            _predict(found, votes, model, hidden[np.argsort(turns[hidden], kind="stable")], turns)
    return found


def _predict(found: HeldOut, votes: Votes, model: ClassModel, hidden: Ints, turns: Ints) -> None:
    """Note what the model says of these answers, which are in the order of their turns."""
    tables = np.stack([model.table(worker) for worker in range(votes.worker_count)])
    discount = model.discount or Discount()
    scores = np.tile(model.log_prior, (votes.task_count, 1))
    shares = np.zeros((votes.task_count, votes.class_count))
    allowed = (votes.known[:, None] < 0) | (model.class_of == votes.known[:, None])
    ends = np.flatnonzero(np.diff(turns[hidden], append=-1)) + 1
    for turn, these in enumerate(np.split(hidden, ends)[:-1]):
        tasks, labels = votes.tasks[these], votes.labels[these]
        modelled = _clamped(softmax(scores[tasks]), allowed[tasks])
        classes = by_class(modelled, model.class_of, model.class_count)
        honest = discount.applied(classes, turn) / np.maximum(classes, 1e-300)
        states = _clamped(modelled * honest[:, model.class_of], allowed[tasks])
        said = tables[votes.workers[these], :, labels]
        found.likelihood[these] = np.log((modelled * np.exp(said)).sum(axis=1) + 1e-12)
        found.chances[these] = (states * np.exp(said)).sum(axis=1)
        if turn:
            found.hits[these] = by_class(states, model.class_of, model.class_count).argmax(axis=1) == labels
        found.same[these] = shares[tasks, labels]
        found.others[these] = turn
        scores[tasks] += said
        shares[tasks, labels] += 1.0


def _clamped(states: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Confined to the states that are allowed."""
    kept = (states + 1e-12) * allowed
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def _turns(votes: Votes) -> Ints:
    """The turn of each answer among those of its task, nobody being always the first: 0, 1, ..."""
    order = np.lexsort((votes.workers, votes.tasks))
    answers = np.bincount(votes.tasks, minlength=votes.task_count)
    first = np.cumsum(answers) - answers
    turns = np.empty(len(votes), dtype=np.int64)
    turns[order] = np.arange(len(votes)) - first[votes.tasks[order]]
    return np.asarray((turns + votes.tasks) % answers[votes.tasks])
