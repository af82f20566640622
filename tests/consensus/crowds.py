"""Crowds whose truth is known, made with a given seed."""

import numpy as np

from crowd.consensus import Answer
from crowd.labels.types import Annotation


def votes(*, seed, tasks, workers, answers, confusion, prior=None):
    """`(task, worker, label)` triples and the truth; `confusion` has shape (workers, classes, classes)."""
    rng = np.random.default_rng(seed)
    classes = confusion.shape[1]
    truth = rng.choice(classes, size=tasks, p=prior)
    triples = [
        (task, int(worker), int(rng.choice(classes, p=confusion[worker, truth[task]])))
        for task in range(tasks)
        for worker in rng.choice(workers, size=answers, replace=False)
    ]
    return triples, truth


def even(accuracies, classes):
    """Confusion matrices of workers who err evenly."""
    return np.stack(
        [
            np.full((classes, classes), (1 - a) / (classes - 1)) + (a - (1 - a) / (classes - 1)) * np.eye(classes)
            for a in accuracies
        ]
    )


def classified(task, worker, width=100, height=100, **answers):
    """One worker's answers to questions."""
    return Answer(task, worker, Annotation(answers), width, height)


def drawn(task, worker, *objects, width=100, height=100):
    """One worker's objects."""
    return Answer(task, worker, Annotation({}, tuple(objects)), width, height)
