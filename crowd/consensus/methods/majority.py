"""Majority: every worker counts alike, the class given most often wins; ties go to the class more frequent overall."""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.votes import Floats, Votes, softmax

PRIOR_RIGHT, PRIOR_WRONG = 8.0, 2.0  # imagined answers behind the crowd's accuracy before any is seen
TIE = 1e-6  # weight of the overall frequencies: enough to break ties, too little for anything else
_ROUNDS = 100


def majority(votes: Votes) -> CountedModel:
    """One accuracy for the whole crowd, errors spread evenly; learnt by expectation maximisation.

    The class with the most votes is the most probable one whatever the accuracy (as long as it beats chance), so this
    is plurality voting with an honest confidence.
    """
    classes = max(votes.class_count, 1)
    accuracy = PRIOR_RIGHT / (PRIOR_RIGHT + PRIOR_WRONG)
    for _ in range(_ROUNDS if len(votes) else 0):
        chances = votes.clamped(softmax(votes.shares * _log_odds(accuracy, classes)), np.arange(classes))
        right = float((chances * votes.shares).sum())
        before = accuracy
        accuracy = (right + PRIOR_RIGHT) / (len(votes) + PRIOR_RIGHT + PRIOR_WRONG)
        accuracy = max(
            accuracy, 1.5 / (classes + 0.5)
        )  # at or below chance the votes would count for nothing, or backwards
        if abs(before - accuracy) < 1e-9:
            break
    frequency = votes.shares.sum(axis=0) + 1.0
    prior = np.full(classes, 1.0 / classes) * (1 - TIE) + TIE * frequency / frequency.sum()
    return CountedModel.learnt(
        prior=prior, crowd=_even(accuracy, classes), strength=1.0, counts=np.zeros((0, classes, classes))
    )


def _log_odds(accuracy: float, classes: int) -> float:
    return float(np.log(accuracy * max(classes - 1, 1) / (1 - accuracy)))


def _even(accuracy: float, classes: int) -> Floats:
    wrong = (1 - accuracy) / max(classes - 1, 1)
    return np.full((classes, classes), wrong) + (accuracy - wrong) * np.eye(classes)
