"""What one shard's workers said to each question, as arrays; what all shards' questions amount to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crowd.consensus.fitting_questions import TRUTH, Heard, Said, Weights, hear
from crowd.consensus.packing import Arrays, within
from crowd.consensus.questions import BINARY, OPEN, classes
from crowd.consensus.votes import Floats, Ints, Votes, index
from crowd.labels.types import Classification, Value


@dataclass(frozen=True)
class Key:
    """A nominal question: all of a binary or single one, or one `path` of a multiple one."""

    name: str
    address: str
    path: str | None
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Poll:
    """All that was said to one question, truths among it, one row for each who said it.

    Attributes
    ----------
    tasks, workers : ndarray of int, shape (rows,)
        Tasks are numbered within the shard, in the order of their names; `TRUTH` stands where a worker stands.
    task_count : int
    names : tuple of str
        The classes or paths that were named.
    weights : ndarray, shape (rows,)
        How much each tells of its worker.
    rows, named : ndarray of int, shape (n,)
        Who named which: one for each row of a binary or single question, any number for a multiple one.
    """

    tasks: Ints
    workers: Ints
    task_count: int
    weights: Floats
    names: tuple[str, ...]
    rows: Ints
    named: Ints

    @classmethod
    def of(cls, heard: Heard, weights: Weights) -> "Poll":
        """From what was heard, and how much it tells of the workers."""
        if heard.question.kind == "multiple":
            rows = [(unit, worker, sorted(paths)) for unit, worker, paths in heard.multiple]
        else:
            rows = [(unit, worker, [name]) for unit, worker, name in heard.single]
        units, tasks = index([unit for unit, *_ in rows])
        names, named = index([name for *_, each in rows for name in each])
        return cls(
            tasks,
            np.array([worker for _, worker, _ in rows], dtype=np.int64),
            len(units),
            np.array([weights.get((unit, worker), 1.0) for unit, worker, _ in rows], dtype=np.float64),
            names,
            np.repeat(np.arange(len(rows)), [len(each) for *_, each in rows]).astype(np.int64),
            named,
        )

    def votes(self, key: Key, workers: int) -> Votes:
        """The votes and truths on one nominal question."""
        said = np.zeros(len(self.tasks), dtype=np.int64)
        place = {name: at for at, name in enumerate(key.classes)}
        if key.path is None:
            said[self.rows] = np.array([place[name] for name in self.names], dtype=np.int64)[self.named]
        elif key.path in self.names:
            said[self.rows[self.named == self.names.index(key.path)]] = 1
        by_workers = self.workers != TRUTH
        known = np.full(self.task_count, -1, dtype=np.int64)
        known[self.tasks[~by_workers]] = said[~by_workers]
        return Votes(
            self.tasks[by_workers],
            self.workers[by_workers],
            said[by_workers],
            self.task_count,
            workers,
            len(key.classes),
            known,
            self.weights[by_workers] if (self.weights < 1.0).any() else None,
        )

    def to_arrays(self) -> Arrays:
        """For `pack`."""
        return {
            "tasks": self.tasks.astype(np.int32),
            "workers": self.workers.astype(np.int32),
            "task_count": np.array(self.task_count),
            "weights": self.weights,
            "names": np.array(self.names, dtype=np.str_),
            "rows": self.rows.astype(np.int32),
            "named": self.named.astype(np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Poll":
        """The one of `to_arrays`."""
        tasks, workers, rows, named = (arrays[each].astype(np.int64) for each in ("tasks", "workers", "rows", "named"))
        names = tuple(arrays["names"].tolist())
        return cls(tasks, workers, int(arrays["task_count"]), arrays["weights"], names, rows, named)


_NONE = np.zeros(0, dtype=np.int64)
EMPTY = Poll(_NONE, _NONE, 0, np.zeros(0), (), _NONE, _NONE)


def polls(
    said: Iterable[Said],
    truths: Mapping[str, Mapping[str, Value]],
    questions: Sequence[Classification],
    weights: Weights | None = None,
) -> dict[str, Poll]:
    """What was said to each question, by address."""
    heard: dict[str, Heard] = {}
    for unit, worker, answers in said:
        hear(heard, unit, worker, answers, questions)
    for unit, answers in truths.items():
        hear(heard, unit, TRUTH, answers, questions)
    return {address: Poll.of(each, weights or {}) for address, each in heard.items()}


def polls_to_arrays(found: Mapping[str, Poll]) -> Arrays:
    """For `pack`."""
    addresses = sorted(found)
    arrays: Arrays = {"addresses": np.array(addresses, dtype=np.str_)}
    for place, address in enumerate(addresses):
        arrays |= {f"{place}.{name}": each for name, each in found[address].to_arrays().items()}
    return arrays


def polls_from_arrays(arrays: Arrays) -> dict[str, Poll]:
    """Those of `polls_to_arrays`."""
    addresses = enumerate(arrays["addresses"].tolist())
    return {address: Poll.from_arrays(within(arrays, str(place))) for place, address in addresses}


def keys(questions: Sequence[Classification], named: Mapping[str, set[str]]) -> list[Key]:
    """The nominal questions that these come to; `named` are the classes or paths named at each address, by anybody."""
    found = []
    for address, question in _everywhere(questions, ""):
        if address not in named:
            continue
        if question.kind != "multiple":
            found.append(Key(address, address, None, classes(question, sorted(named[address]))))
        else:
            paths = (path for path in question.by_path if path in named[address])
            found += [Key(f"{address}/{path}", address, path, BINARY) for path in paths]
    return found


def numbers(votes: Votes, key: Key) -> Ints:
    """How many times each worker answered, shape (workers,); leaving a question open says little of anybody."""
    counts = np.ones(len(votes)) if OPEN not in key.classes else votes.labels != key.classes.index(OPEN)
    return np.bincount(votes.workers, weights=counts, minlength=votes.worker_count).astype(np.int64)


def _everywhere(questions: Iterable[Classification], above: str) -> Iterator[tuple[str, Classification]]:
    for question in questions:
        address = f"{above}{question.name}"
        yield address, question
        for path, option in question.by_path.items():
            yield from _everywhere(option.attributes, f"{address}/{path}/")
