"""Wawa (worker agreement with aggregate): a vote weighs as much as its worker agrees with the plain majority.

Source: the method "Worker Agreement with Aggregate" of Appen's platform, as documented by crowd-kit.
"""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.coin import coin_model, sorted_prior
from crowd.consensus.methods.majority import crowd_accuracy
from crowd.consensus.votes import Votes, softmax


def wawa(votes: Votes) -> CountedModel:
    """Weighted voting with an honest confidence.

    The weight is the share of a worker's answers that the majority gave too; the unit of weight is such that a vote of
    mean weight says as much as the crowd's accuracy warrants (see `majority`). Gold stands in for the majority.
    """
    classes = votes.class_count
    accuracy = crowd_accuracy(votes)
    if not classes:
        return coin_model(accuracy=accuracy, accuracies=np.zeros(0), prior=sorted_prior(0))
    consensus = votes.clamped(softmax(votes.shares * 1e3), np.arange(classes)).argmax(axis=1)
    answers = np.bincount(votes.workers, minlength=votes.worker_count)
    agreed = np.bincount(votes.workers, weights=consensus[votes.tasks] == votes.labels, minlength=votes.worker_count)
    weights = agreed / np.maximum(answers, 1)
    mean = float(agreed.sum() / max(answers.sum(), 1)) or 1.0
    strength = np.log(accuracy * max(classes - 1, 1) / (1 - accuracy)) / mean
    odds = np.exp(np.minimum(strength * weights, 30.0)) / max(classes - 1, 1)
    return coin_model(accuracy=accuracy, accuracies=odds / (1 + odds), prior=sorted_prior(classes))
