"""What one more answer is worth."""

from math import comb

import numpy as np

from crowd.consensus.models import STRANGER, ClassModel
from crowd.consensus.votes import Floats

_AHEAD = 5


def crowd_table(model: ClassModel) -> Floats:
    """`P(label | class)` of an answer by nobody in particular: shape (classes, classes)."""
    table = np.exp(model.table(STRANGER))
    weights = np.exp(model.log_prior)
    result = np.zeros((model.class_count, model.class_count))
    np.add.at(result, model.class_of, weights[:, None] * table)
    mass = np.bincount(model.class_of, weights=weights, minlength=model.class_count)
    return np.asarray(result / mass[:, None])


def expected_gains(chances: Floats, crowd: Floats) -> Floats:
    """By how much one more answer is expected to raise the probability that the best class is right.

    The expected maximum of the posterior after five more answers, less the present maximum, per answer: a single one
    often cannot turn a decision, and would seem worth nothing. Between the two most probable classes only, labels of
    neither left out. Never negative; 0 where nothing that five people could say would change the decision.

    Parameters
    ----------
    chances : ndarray, shape (tasks, classes)
        Posteriors so far.
    crowd : ndarray, shape (classes, classes)
        `P(label | class)` of the next worker.

    Returns
    -------
    ndarray, shape (tasks,)
    """
    if chances.shape[1] < 2:
        return np.zeros(len(chances))
    rows = np.arange(len(chances))
    order = np.argsort(-chances, axis=1, kind="stable")
    best, second = order[:, 0], order[:, 1]
    for_best = _share(crowd[best, best], crowd[best, second])
    for_best_wrongly = _share(crowd[second, best], crowd[second, second])
    first, other = chances[rows, best], chances[rows, second]
    later = np.zeros(len(chances))
    for hits in range(_AHEAD + 1):
        ways = comb(_AHEAD, hits)
        right = first * for_best**hits * (1 - for_best) ** (_AHEAD - hits)
        wrong = other * for_best_wrongly**hits * (1 - for_best_wrongly) ** (_AHEAD - hits)
        later += ways * np.maximum(right, wrong)
    return np.asarray(np.maximum(later - first, 0.0) / _AHEAD)


def _share(one: Floats, other: Floats) -> Floats:
    return np.asarray(one / np.maximum(one + other, 1e-12))
