"""Dawid–Skene: each worker has a confusion matrix of their own, learnt by expectation maximisation.

Source: A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm",
Applied Statistics 28 (1979) 20–28.
"""

import numpy as np

from crowd.consensus.counted import CountedModel
from crowd.consensus.votes import Floats, Votes, softmax

SMOOTHING = 0.01  # imagined answers in each cell: keeps a worker of few answers from having absolute certainties
_ROUNDS = 100
_TOLERANCE = 1e-4


def dawid_skene(votes: Votes, *, rounds: int = _ROUNDS, tolerance: float = _TOLERANCE) -> CountedModel:
    """Maximum likelihood from the majority's start; strangers answer as the whole crowd does."""
    chances = expected(votes, rounds=rounds, tolerance=tolerance)
    counts = votes.counts(chances)
    classes = votes.class_count
    crowd = counts.sum(axis=0) + np.eye(classes) + 1.0 / max(classes, 1)
    return CountedModel.learnt(
        prior=_prior(chances),
        crowd=crowd / crowd.sum(axis=1, keepdims=True),
        strength=SMOOTHING * classes,
        counts=counts,
    )


def expected(votes: Votes, *, rounds: int = _ROUNDS, tolerance: float = _TOLERANCE) -> Floats:
    """Probability of each class, shape (tasks, classes), after EM that ends once none moves by `tolerance`."""
    states = np.arange(votes.class_count)
    chances = votes.clamped(start(votes), states)
    for _ in range(rounds if len(votes) else 0):
        counts = votes.counts(chances)
        counts += SMOOTHING
        scores = votes.evidence(np.log(counts / counts.sum(axis=2, keepdims=True)))
        scores += np.log(_prior(chances))
        before, chances = chances, votes.clamped(softmax(scores), states)
        if tolerance > 0 and not _moved(before, chances, tolerance):
            break
    return chances


def start(votes: Votes) -> Floats:
    """Shares of the votes, even where there are none: shape (tasks, classes)."""
    shares = votes.shares
    total = (shares @ np.ones(votes.class_count))[:, None]
    result = shares * (1.0 / np.maximum(total, 1.0))
    result[total[:, 0] == 0] = 1.0 / max(votes.class_count, 1)
    return np.asarray(result)


def _moved(before: Floats, after: Floats, tolerance: float) -> bool:
    """Whether any probability changed by `tolerance` or more; `before` is spent."""
    before -= after
    return bool(before.max() >= tolerance or before.min() <= -tolerance)


def _prior(chances: Floats) -> Floats:
    mass = np.ones(len(chances)) @ chances + 1.0 / max(chances.shape[1], 1)  # faster than a sum over the long axis
    return np.asarray(mass / mass.sum())
