"""The answers to one question as arrays, and the sparse products that every method is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SMALLEST = 1e-200  # sums of weights that keep their digits


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
    weights : ndarray, shape (n,), optional
        How much each answer tells of its worker, all alike if left out; to its task each counts in full.
    """

    tasks: Ints
    workers: Ints
    labels: Ints
    task_count: int
    worker_count: int
    class_count: int
    known: Ints
    weights: Floats | None = None

    @classmethod
    def of(
        cls,
        tasks: ArrayLike,
        workers: ArrayLike,
        labels: ArrayLike,
        *,
        shape: tuple[int, int, int] | None = None,
        known: Mapping[int, int] | None = None,
        weights: ArrayLike | None = None,
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
        told = None if weights is None else np.asarray(weights, dtype=np.float64)
        return cls(of_tasks, of_workers, of_labels, *counts, known=truth, weights=told)

    def __len__(self) -> int:
        return len(self.tasks)

    @cached_property
    def by_task(self) -> csr_array:
        """How often each worker gave each label to each task: shape (task_count, worker_count * class_count)."""
        return self._by_task(None)

    @cached_property
    def _told(self) -> csr_array:
        """The same, each answer by its weight."""
        return self.by_task if self.weights is None else self._by_task(self.weights)

    def _by_task(self, weights: Floats | None) -> csr_array:
        shape = (self.task_count, self.worker_count * self.class_count)
        width = np.int32 if max(*shape, len(self)) < 2**31 else np.int64
        columns = (self.workers * self.class_count + self.labels).astype(width)
        if len(self) and (self.tasks[1:] < self.tasks[:-1]).any():
            order = np.argsort(self.tasks, kind="stable")
            columns = columns[order]
            weights = weights if weights is None else weights[order]
        ends = np.zeros(self.task_count + 1, dtype=width)
        np.cumsum(np.bincount(self.tasks, minlength=self.task_count), out=ends[1:])
        return csr_array((np.ones(len(self)) if weights is None else weights, columns, ends), shape=shape)

    @cached_property
    def shares(self) -> Floats:
        """How often each class was given to each task: shape (task_count, class_count)."""
        shares = np.zeros(self.task_count * self.class_count)
        places = self.tasks * self.class_count
        places += self.labels
        np.add.at(shares, places, 1.0)  # into numbers that need no conversion: faster than counting
        return shares.reshape(self.task_count, self.class_count)

    def those(self, kept: NDArray[np.bool_]) -> "Votes":
        """Only the answers marked; tasks, workers and classes stay."""
        return replace(
            self,
            tasks=self.tasks[kept],
            workers=self.workers[kept],
            labels=self.labels[kept],
            weights=None if self.weights is None else self.weights[kept],
        )

    def every(self, step: int) -> "Votes":
        """Only every so manieth task, with all its answers."""
        return self.of_tasks(np.arange(self.task_count) % step == 0)

    def of_tasks(self, kept: NDArray[np.bool_]) -> "Votes":
        """Only the tasks marked, with all their answers, numbered anew in the same order."""
        those = self.those(kept[self.tasks])
        known = self.known[kept]
        return replace(those, tasks=(np.cumsum(kept) - 1)[those.tasks], task_count=len(known), known=known)

    def forgetting(self, tasks: Ints) -> "Votes":
        """The same answers, but these tasks' truth is not known."""
        known = self.known.copy()
        known[tasks] = -1
        return replace(self, known=known)

    def counts(self, posteriors: Floats) -> Floats:
        """Expected number of times each worker said each label in each state: shape (workers, states, classes).

        Each answer counts by its weight.
        """
        product = self._told.T @ posteriors  # by columns: it reads the tasks in order, and writes to what fits a cache
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


def index(values: Sequence[str] | pa.Array | pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """The distinct values in sorted order, and each value's place among them."""
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type=pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks()
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    found: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    place = np.empty(len(found), dtype=np.int64)
    place[order] = np.arange(len(found))
    return tuple(found[each] for each in order), place[coded.indices.to_numpy(zero_copy_only=False)]


def softmax(scores: Floats) -> Floats:
    """Rows of probabilities proportional to `exp(scores)`."""
    with np.errstate(over="ignore", under="ignore"):
        weights = np.exp(scores)
        totals = weights @ np.ones(weights.shape[1])  # much faster than a sum over so short an axis
    # a maximum over so short an axis is slow too, and is needed only where the sum leaves the range of numbers
    extreme = np.flatnonzero(~((totals > _SMALLEST) & (totals < 1.0 / _SMALLEST)))
    if len(extreme):
        weights[extreme] = np.exp(scores[extreme] - scores[extreme].max(axis=1, keepdims=True))
        totals[extreme] = weights[extreme].sum(axis=1)
    weights *= (1.0 / totals)[:, None]
    return np.asarray(weights)
