"""The answers to one question as arrays, and the sparse products that every method is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Votes:
    """Who said what of which task: `workers[i]` answered `labels[i]` to `tasks[i]`, all as indices.

    Parameters
    ----------
    tasks, workers, labels : ndarray of int, shape (n,)
    task_count, worker_count, class_count : int
        Indices are below these; a task or a worker may have no answer.
    known : ndarray of int, shape (task_count,)
        The true class of each task as far as it is known, else -1.
    """

    tasks: Ints
    workers: Ints
    labels: Ints
    task_count: int
    worker_count: int
    class_count: int
    known: Ints

    @classmethod
    def of(
        cls,
        tasks: ArrayLike,
        workers: ArrayLike,
        labels: ArrayLike,
        *,
        shape: tuple[int, int, int] | None = None,
        known: Mapping[int, int] | None = None,
    ) -> "Votes":
        """Votes from any sequences of indices; `shape` is (tasks, workers, classes), by default just what occurs."""
        of_tasks, of_workers, of_labels = (
            np.asarray(each, dtype=np.int64).reshape(-1) for each in (tasks, workers, labels)
        )
        seen = [int(each.max(initial=-1)) + 1 for each in (of_tasks, of_workers, of_labels)]
        counts = shape or (seen[0], seen[1], seen[2])
        truth = np.full(counts[0], -1, dtype=np.int64)
        for task, label in (known or {}).items():
            truth[task] = label
        return cls(of_tasks, of_workers, of_labels, *counts, known=truth)

    def __len__(self) -> int:
        return len(self.tasks)

    @cached_property
    def by_task(self) -> csr_array:
        """How often each worker gave each label to each task: shape (task_count, worker_count * class_count)."""
        columns = self.workers * self.class_count + self.labels
        shape = (self.task_count, self.worker_count * self.class_count)
        return csr_array((np.ones(len(self)), (self.tasks, columns)), shape=shape)

    @cached_property
    def by_answer(self) -> csr_array:
        """The transpose of `by_task`, laid out for fast products."""
        return csr_array(self.by_task.T.tocsr())

    @cached_property
    def shares(self) -> Floats:
        """How often each class was given to each task: shape (task_count, class_count)."""
        flat = np.bincount(self.tasks * self.class_count + self.labels, minlength=self.task_count * self.class_count)
        return flat.reshape(self.task_count, self.class_count).astype(np.float64)

    def those(self, kept: NDArray[np.bool_]) -> "Votes":
        """Only the answers marked; tasks, workers and classes stay."""
        return replace(self, tasks=self.tasks[kept], workers=self.workers[kept], labels=self.labels[kept])

    def every(self, step: int) -> "Votes":
        """Only every so manieth task, with all its answers."""
        kept = self.those(self.tasks % step == 0)
        known = self.known[::step]
        return replace(kept, tasks=kept.tasks // step, task_count=len(known), known=known)

    def forgetting(self, tasks: Ints) -> "Votes":
        """The same answers, but these tasks' truth is not known."""
        known = self.known.copy()
        known[tasks] = -1
        return replace(self, known=known)

    def counts(self, posteriors: Floats) -> Floats:
        """Expected number of times each worker said each label in each state: shape (workers, states, classes)."""
        product = self.by_answer @ posteriors
        return np.ascontiguousarray(
            product.reshape(self.worker_count, self.class_count, posteriors.shape[1]).transpose(0, 2, 1)
        )

    def evidence(self, tables: Floats) -> Floats:
        """Sum over each task's answers of `tables[worker, state, label]`: shape (tasks, states)."""
        flat = tables.transpose(0, 2, 1).reshape(self.worker_count * self.class_count, tables.shape[1])
        return np.asarray(self.by_task @ np.ascontiguousarray(flat))

    def clamped(self, posteriors: Floats, class_of: Ints) -> Floats:
        """The posteriors with gold tasks' states confined to those of the known class."""
        gold = np.flatnonzero(self.known >= 0)
        if not len(gold):
            return posteriors
        allowed = class_of[None, :] == self.known[gold, None]
        kept = np.where(allowed, posteriors[gold] + 1e-12, 0.0)
        result = posteriors.copy()
        result[gold] = kept / kept.sum(axis=1, keepdims=True)
        return result


def index(values: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The distinct values in sorted order, and each value's place among them."""
    names, places = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    return tuple(names.tolist()), places.astype(np.int64).reshape(-1)


def softmax(scores: Floats) -> Floats:
    """Rows of probabilities proportional to `exp(scores)`."""
    weights = scores - scores.max(axis=1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= (weights @ np.ones(weights.shape[1]))[:, None]  # much faster than a sum over so short an axis
    return np.asarray(weights)
