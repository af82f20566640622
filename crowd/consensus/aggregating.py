"""Plain labels, `(task, worker, label)`, merged without a schema or a project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crowd.consensus.methods import METHODS
from crowd.consensus.models import posteriors, reliability
from crowd.consensus.votes import Ints, Votes, index
from crowd.errors import Invalid


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
    latest = {(task, worker): label for task, worker, label in answers}
    if not latest:
        raise Invalid("There are no answers to merge.", code="no_answers")
    known = truth or {}
    tasks, of_tasks = index([task for task, _ in latest])
    workers, of_workers = index([worker for _, worker in latest])
    labels, _ = index([*latest.values(), *(known[task] for task in tasks if task in known)])
    labels = tuple(sorted(labels, key=_numbers_first))
    place = {label: number for number, label in enumerate(labels)}
    right = np.array([place[known[task]] if task in known else -1 for task in tasks], dtype=np.int64)
    votes = Votes(
        of_tasks,
        of_workers,
        np.array([place[label] for label in latest.values()], dtype=np.int64),
        len(tasks),
        len(workers),
        len(labels),
        right if gold else np.full(len(tasks), -1, dtype=np.int64),
    )
    return Table(votes, tasks, workers, labels, right)


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
    if method not in METHODS:
        names = ", ".join(sorted(METHODS))
        raise Invalid(f"There is no consensus method “{method}”; there are: {names}.", code="unknown_method")
    table = tabulate(answers, truth=gold, gold=True)
    model = METHODS[method](table.votes)
    chances = posteriors(model, table.votes)
    best = chances.argmax(axis=1)
    given = np.bincount(table.votes.workers, minlength=len(table.workers))
    return Merged(
        rows=[
            (task, table.labels[label], round(chance, 6))
            for task, label, chance in zip(table.tasks, best.tolist(), chances.max(axis=1).tolist(), strict=True)
        ],
        workers=[
            (name, int(given[place]), round(reliability(model, place), 6)) for place, name in enumerate(table.workers)
        ],
    )


def _numbers_first(label: str) -> tuple[int, float, str]:
    return (0, float(label), label) if label.lstrip("-").isdecimal() else (1, 0.0, label)
