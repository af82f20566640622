"""Our default: each worker's confusion is drawn from the crowd's, so that few answers say little and many say much.

A hierarchical (empirical Bayes) form of Dawid–Skene: H.-C. Kim and Z. Ghahramani, "Bayesian classifier combination",
AISTATS 2012, with the pooled confusion of the crowd as the Dirichlet prior of each worker's.
"""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.votes import Floats, Votes, softmax

STRENGTH = 4.0  # answers that the crowd's habits weigh
PRIOR_ANSWERS = 10.0  # imagined answers behind each row of the crowd's confusion, PRIOR_ACCURACY of them right
PRIOR_ACCURACY = 0.8
_ROUNDS = 100
_TOLERANCE = 1e-4


def auto(votes: Votes) -> CountedModel:
    """The crowd's confusion, each worker's own, and the classes' frequencies; with no votes, crowds in general."""
    classes = votes.class_count
    states = np.arange(classes)
    chances = votes.clamped(start(votes), states)
    for _ in range(_ROUNDS if len(votes) else 0):
        counts = votes.counts(chances)
        own = counts + STRENGTH * _crowd(counts)
        tables = np.log(own / own.sum(axis=2, keepdims=True))
        before, chances = (
            chances,
            votes.clamped(softmax(votes.evidence(tables) + np.log(_prior(chances, votes))), states),
        )
        if np.abs(before - chances).max() < _TOLERANCE:
            break
    counts = votes.counts(chances)
    return CountedModel.learnt(prior=_prior(chances, votes), crowd=_crowd(counts), strength=STRENGTH, counts=counts)


def _crowd(counts: Floats) -> Floats:
    classes = counts.shape[1]
    wrong = (1 - PRIOR_ACCURACY) / max(classes - 1, 1)
    imagined = np.full((classes, classes), wrong) + (PRIOR_ACCURACY - wrong) * np.eye(classes)
    total = counts.sum(axis=0)
    total = total + PRIOR_ANSWERS * imagined
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _prior(chances: Floats, votes: Votes) -> Floats:
    answered = (votes.shares.sum(axis=1) > 0) | (votes.known >= 0)
    mass = chances[answered].sum(axis=0) + 1.0
    return np.asarray(mass / mass.sum())
