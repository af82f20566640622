"""What methods share that know one accuracy a worker, errors being spread evenly over the other classes."""

import numpy as np
from numpy.typing import ArrayLike

from crowd.consensus.counted import CountedModel
from crowd.consensus.votes import Floats

MIDDLE_RIGHT, MIDDLE_WRONG = 8.0, 2.0  # imagined answers behind the crowd's accuracy before any is seen


def even(accuracy: ArrayLike, classes: int) -> Floats:
    """Confusion matrices with one accuracy each and even errors, shape (*accuracy.shape, classes, classes)."""
    right = np.asarray(accuracy, dtype=np.float64)[..., None, None]
    wrong = (1 - right) / max(classes - 1, 1)
    return np.asarray(wrong + (right - wrong) * np.eye(classes))


def odds(accuracy: Floats) -> Floats:
    """Accuracy as odds; certainty is kept finite."""
    return np.asarray(accuracy / np.maximum(1.0 - accuracy, 1e-6))


def coin_model(*, accuracy: float, accuracies: Floats, prior: Floats) -> CountedModel:
    """One accuracy for strangers, and one for each worker."""
    classes = len(prior)
    return CountedModel.learnt(
        prior=prior,
        crowd=even(accuracy, classes),
        strength=1.0,
        counts=np.zeros((0, classes, classes)),
        skills=odds(accuracies) / odds(np.array(accuracy)),
    )


def sorted_prior(classes: int) -> Floats:
    """Even, but for a tilt that decides ties in favour of the earlier class, too small for anything else."""
    tilted = 1.0 - 1e-6 * np.arange(classes) / max(classes, 1)
    return np.asarray(tilted / tilted.sum())
