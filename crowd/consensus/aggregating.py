"""Plain labels, `(task, worker, label)`, merged without a schema or a project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from crowd.consensus.methods import METHODS
from crowd.consensus.models import posteriors, reliability
from crowd.consensus.votes import Ints, Votes, index
from crowd.errors import Invalid

Column: TypeAlias = Sequence[str] | pa.Array | pa.ChunkedArray


@dataclass(frozen=True)
class Table:
    """Votes with the names behind the indices; `truth` holds the known class of each task, else -1."""

    votes: Votes
    tasks: tuple[str, ...]
    workers: tuple[str, ...]
    labels: tuple[str, ...]
    truth: Ints


@dataclass(frozen=True)
class Merged:
    """`rows` are `(task, label, confidence)` sorted by task, `workers` are `(worker, answers, reliability)` by name."""

    rows: Sequence[tuple[str, str, float]]
    workers: Sequence[tuple[str, int, float]]


def tabulate(
    answers: Iterable[tuple[str, str, str]], *, truth: Mapping[str, str] | None = None, gold: bool = False
) -> Table:
    """Index the answers; a worker's later answer to a task replaces the earlier one.

    Parameters
    ----------
    answers : iterable of (task, worker, label)
    truth : mapping from task to label, optional
    gold : bool
        Whether methods may learn from the truth, or only the reader compares with it.
    """
    rows = list(answers)
    tasks, workers, labels = ([row[place] for row in rows] for place in range(3))
    return tabulate_columns(tasks, workers, labels, truth=truth, gold=gold)


def tabulate_columns(
    tasks: Column, workers: Column, labels: Column, *, truth: Mapping[str, str] | None = None, gold: bool = False
) -> Table:
    """The same of columns of equal length: sequences of strings, or Arrow's, which takes a fraction of the time."""
    if not len(tasks):
        raise Invalid("There are no answers to merge.", code="no_answers")
    known = truth or {}
    (task_names, of_tasks), (worker_names, of_workers) = index(tasks), index(workers)
    given, of_labels = index(labels)
    latest = _latest(of_tasks * len(worker_names) + of_workers)
    seen = {given[place] for place in np.unique(of_labels[latest]).tolist()}
    names = tuple(sorted(seen | {known[task] for task in task_names if task in known}, key=_numbers_first))
    place = {label: number for number, label in enumerate(names)}
    right = np.full(len(task_names), -1, dtype=np.int64)
    if known:
        right[:] = [place[known[task]] if task in known else -1 for task in task_names]
    renumbered = np.array([place.get(label, -1) for label in given], dtype=np.int64)
    votes = Votes(
        of_tasks[latest],
        of_workers[latest],
        renumbered[of_labels[latest]],
        len(task_names),
        len(worker_names),
        len(names),
        right if gold else np.full(len(task_names), -1, dtype=np.int64),
    )
    return Table(votes, task_names, worker_names, names, right)


def _latest(keys: Ints) -> Ints:
    """The last place of each key, by key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return np.asarray(order[np.append(ordered[1:] != ordered[:-1], True)])


def merge_labels(
    answers: Iterable[tuple[str, str, str]], *, method: str = "auto", gold: Mapping[str, str] | None = None
) -> Merged:
    """The label of every task with its confidence, and every worker's estimated reliability.

    Parameters
    ----------
    answers : iterable of (task, worker, label)
    method : str
        A name of `METHODS`.
    gold : mapping from task to label, optional
        Known labels, from which the workers' models are learnt; their confidence is 1.

    Raises
    ------
    Invalid
        No such method, or no answers.
    """
    return merge(tabulate(answers, truth=gold, gold=True), method=method)


def merge(table: Table, *, method: str = "auto") -> Merged:
    """The same of answers already indexed."""
    if method not in METHODS:
        names = ", ".join(sorted(METHODS))
        raise Invalid(f"There is no consensus method “{method}”; there are: {names}.", code="unknown_method")
    model = METHODS[method](table.votes)
    chances = posteriors(model, table.votes)
    best = chances.argmax(axis=1).tolist()
    sure = np.round(chances.max(axis=1), 6).tolist()
    given = np.bincount(table.votes.workers, minlength=len(table.workers)).tolist()
    return Merged(
        rows=[(task, table.labels[label], chance) for task, label, chance in zip(table.tasks, best, sure, strict=True)],
        workers=[(name, given[place], round(reliability(model, place), 6)) for place, name in enumerate(table.workers)],
    )


def _numbers_first(label: str) -> tuple[int, float, str]:
    return (0, float(label), label) if label.lstrip("-").isdecimal() else (1, 0.0, label)
