"""One coin: each worker is right with one probability in all classes, and errs evenly.

Source: Y. Zhang, X. Chen, D. Zhou and M. Jordan, "Spectral methods meet EM" (JMLR 2016), the one-coin model.
"""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.methods.coin import coin_model, even, sorted_prior
from crowd.consensus.methods.dawid_skene import start
from crowd.consensus.votes import Votes, softmax

PRIOR_RIGHT, PRIOR_WRONG = 4.0, 1.0  # imagined answers of each worker
ROUNDS = 100
TOLERANCE = 2e-5  # mean change of a task's probabilities at which learning ends


def one_coin(votes: Votes, *, right: float = PRIOR_RIGHT, wrong: float = PRIOR_WRONG) -> CountedModel:
    """Learnt by expectation maximisation from the majority's start, all classes being equally frequent.

    `right` and `wrong` are the imagined answers of each worker.
    """
    classes = votes.class_count
    states = np.arange(classes)
    told = np.ones(len(votes)) if votes.weights is None else votes.weights
    answers = np.bincount(votes.workers, weights=told, minlength=votes.worker_count)
    chances = votes.clamped(start(votes), states)
    accuracies = np.full(votes.worker_count, right / (right + wrong))
    for _ in range(ROUNDS if len(votes) else 0):
        hits = np.bincount(
            votes.workers, weights=told * chances[votes.tasks, votes.labels], minlength=votes.worker_count
        )
        accuracies = (hits + right) / (answers + right + wrong)
        tables = np.log(even(accuracies, classes))
        before, chances = chances, votes.clamped(softmax(votes.evidence(tables)), states)
        if np.abs(before - chances).sum() < TOLERANCE * len(chances):
            break
    mean = float((accuracies * answers).sum() / answers.sum()) if len(votes) else right / (right + wrong)
    return coin_model(accuracy=mean, accuracies=accuracies, prior=sorted_prior(classes))
