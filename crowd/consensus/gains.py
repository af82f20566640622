"""What one more answer is worth."""

from collections.abc import Callable, Sequence
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crowd.consensus.discounts import AHEAD
from crowd.consensus.models import STRANGER, ClassModel
from crowd.consensus.votes import Floats

_WAYS = tuple(comb(AHEAD, hits) for hits in range(AHEAD + 1))


def crowd_table(model: ClassModel, workers: Sequence[int] = (STRANGER,)) -> Floats:
    """`P(label | class)` of an answer by any of these, by default by nobody in particular: shape (classes, classes)."""
    table = np.mean([np.exp(model.table(worker)) for worker in workers], axis=0)
    weights = np.exp(model.log_prior)
    result = np.zeros((model.class_count, model.class_count))
    np.add.at(result, model.class_of, weights[:, None] * table)
    mass = np.bincount(model.class_of, weights=weights, minlength=model.class_count)
    return np.asarray(result / mass[:, None])


def expected_gains(chances: Floats, crowd: Floats, worth: ArrayLike = 1.0) -> Floats:
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
    worth : array_like, shape () or (tasks,)
        How sharply answers tell the two classes apart, against independent ones; see `Discount.worth`.

    Returns
    -------
    ndarray, shape (tasks,)
    """
    if chances.shape[1] < 2:
        return np.zeros(len(chances))
    rows = np.arange(len(chances))
    order = np.argsort(-chances, axis=1, kind="stable")
    best, second = order[:, 0], order[:, 1]
    return np.asarray(
        _ahead(
            chances[rows, best],
            chances[rows, second],
            *_blunted(
                _share(crowd[best, best], crowd[best, second]),
                _share(crowd[second, best], crowd[second, second]),
                worth,
            ),
            np.maximum,
        )
    )


def expected_gain(chances: Sequence[float], crowd: Floats, worth: float = 1.0) -> float:
    """The same of one task, without the cost of arrays."""
    if len(chances) < 2:
        return 0.0
    best, second = sorted(range(len(chances)), key=lambda place: -chances[place])[:2]
    here, there = crowd[best].tolist(), crowd[second].tolist()
    right = here[best] / max(here[best] + here[second], 1e-12)
    wrong = there[best] / max(there[best] + there[second], 1e-12)
    return float(_ahead(chances[best], chances[second], *_blunted(right, wrong, worth), max))


def _ahead(first: Any, other: Any, right: Any, wrong: Any, larger: Callable[[Any, Any], Any]) -> Any:
    """The gain, from both classes' chances and the shares of labels naming the first when it is right or wrong."""
    later = 0.0
    for hits, ways in enumerate(_WAYS):
        misses = AHEAD - hits
        later = later + ways * larger(
            first * right**hits * (1 - right) ** misses, other * wrong**hits * (1 - wrong) ** misses
        )
    return larger(later - first, 0.0) / AHEAD


def _blunted(right: Any, wrong: Any, worth: Any) -> tuple[Any, Any]:
    """Both shares moved towards their mean."""
    middle, half = (right + wrong) / 2, (right - wrong) / 2 * worth
    return middle + half, middle - half


def _share(one: Floats, other: Floats) -> Floats:
    return np.asarray(one / np.maximum(one + other, 1e-12))
