"""Majority: every worker counts alike and the class given most often wins; ties go to the earlier class."""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.coin import MIDDLE_RIGHT, MIDDLE_WRONG, coin_model, sorted_prior
from crowd.consensus.votes import Votes, softmax

_ROUNDS = 100


def majority(votes: Votes) -> CountedModel:
    """Plurality voting with an honest confidence.

    One accuracy for the whole crowd with errors spread evenly, learnt by expectation maximisation: under it the class
    with the most votes is the most probable one, whatever the accuracy, as long as it beats chance.
    """
    return coin_model(accuracy=crowd_accuracy(votes), accuracies=np.zeros(0), prior=sorted_prior(votes.class_count))


def crowd_accuracy(votes: Votes) -> float:
    """The crowd's accuracy if all are alike."""
    classes = max(votes.class_count, 1)
    accuracy = MIDDLE_RIGHT / (MIDDLE_RIGHT + MIDDLE_WRONG)
    for _ in range(_ROUNDS if len(votes) else 0):
        weight = np.log(accuracy * max(classes - 1, 1) / (1 - accuracy))
        chances = votes.clamped(softmax(votes.shares * weight), np.arange(classes))
        right = float((chances * votes.shares).sum())
        before = accuracy
        accuracy = (right + MIDDLE_RIGHT) / (len(votes) + MIDDLE_RIGHT + MIDDLE_WRONG)
        accuracy = max(accuracy, 1.5 / (classes + 0.5))  # at chance votes would count for nothing, below it backwards
        if abs(before - accuracy) < 1e-9:
            break
    return accuracy
