"""How far people's answers to the same images agree: class by class, pair by pair, image by image, person by person.

Answers are compared thing by thing (`crowd.consensus.units`): a question, or an object that somebody drew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from crowd.agreement import Reliability, reliability
from crowd.consensus import Answer
from crowd.consensus.units import Unit, units
from crowd.labels.types import Schema
from crowd.queries.agreeing import bootstrap

SHARPEN = 6  # pairs suggested at most
LEAST_APART, LEAST_SHARE = 1, 0.05  # rarer than this, two classes are not called confused

Interval = tuple[float, float]


@dataclass(frozen=True)
class Class:
    """One class of a question: how often it was given, and how reliably it is told from the rest."""

    question: str
    name: str
    given: int
    reliability: Reliability


@dataclass(frozen=True)
class Pair:
    """Two classes of a question: of `of` pairs of answers that say either, `apart` say one and the other."""

    question: str
    one: str
    other: str
    apart: int
    of: int

    @property
    def share(self) -> float:
        """How often they are taken for each other."""
        return self.apart / self.of


@dataclass(frozen=True)
class Ranked:
    """An image or a worker (`key`): the mean share of others that say the same, with its interval where one is told."""

    key: str
    agreement: float
    interval: Interval | None
    number: int


@dataclass(frozen=True)
class Comparison:
    """What a set of answers says. Images are those of two answers and more; figures None where there are none."""

    images: int
    answers: int
    agreement: float | None
    interval: Interval | None
    questions: Mapping[str, Reliability]
    classes: Sequence[Class]
    crossed: Mapping[str, Mapping[tuple[str, str], int]]
    confused: Sequence[Pair]
    disputed: Sequence[Ranked]
    workers: Sequence[Ranked]


def compare(images: Iterable[Sequence[Answer]], *, schema: Schema, iou_threshold: float) -> Comparison:
    """Compare the answers to each image with each other; each image's name its task."""
    kept = [answers for answers in images if len(answers) >= 2]
    things = [units(answers, schema=schema, iou_threshold=iou_threshold) for answers in kept]
    by_question: dict[str, list[list[Unit]]] = {}
    for place, found in enumerate(things):
        for unit in found:
            by_question.setdefault(unit.question, [[] for _ in kept])[place].append(unit)
    crossed = {question: _crossed(unit for image in rows for unit in image) for question, rows in by_question.items()}
    shares = [_shares(found) for found in things]
    disputed = [
        Ranked(answers[0].task, fmean(by_worker.values()), None, len(answers))
        for answers, by_worker in zip(kept, shares, strict=True)
        if by_worker
    ]
    values = [one.agreement for one in disputed]
    return Comparison(
        images=len(kept),
        answers=sum(len(answers) for answers in kept),
        agreement=fmean(values) if values else None,
        interval=bootstrap(values),
        questions={question: _overall(rows) for question, rows in by_question.items()},
        classes=[one for question, rows in by_question.items() for one in _classes(question, rows)],
        crossed=crossed,
        confused=sorted(_pairs(crossed), key=lambda pair: (-pair.apart, pair.question, pair.one, pair.other))[:SHARPEN],
        disputed=sorted(disputed, key=lambda one: (one.agreement, one.key)),
        workers=_workers(shares),
    )


def _overall(rows: Sequence[Sequence[Unit]]) -> Reliability:
    """Return the agreement about a whole question; each path of a multiple one is a thing of its own."""
    return reliability(
        [[{who: (unit.only, said) for who, said in unit.labels.items()} for unit in row] for row in rows]
    )


def _classes(question: str, rows: Sequence[Sequence[Unit]]) -> Iterator[Class]:
    given = Counter(label for row in rows for unit in row for label in unit.labels.values() if label)
    for name, number in sorted(given.items(), key=lambda item: (-item[1], item[0])):
        asked = [[unit.labels for unit in row if unit.only in ("", name)] for row in rows]
        yield Class(question, name, number, reliability(asked, category=name))


def _crossed(found: Iterable[Unit]) -> dict[tuple[str, str], int]:
    """Return how many pairs of answers say one label and another, each pair of labels once, in order.

    That two say alike of a path that neither chose it is no agreement on a class, and is left out.
    """
    cells: Counter[tuple[str, str]] = Counter()
    for unit in found:
        counts = Counter(unit.labels.values())
        for label, number in counts.items():
            if label and number > 1:
                cells[label, label] += number * (number - 1) // 2
        for one, other in combinations(sorted(counts), 2):
            cells[one, other] += counts[one] * counts[other]
    return dict(cells)


def _pairs(crossed: Mapping[str, Mapping[tuple[str, str], int]]) -> Iterator[Pair]:
    for question, cells in crossed.items():
        for (one, other), apart in cells.items():
            if one == other:
                continue
            of = sum(number for labels, number in cells.items() if {one, other} - {""} & set(labels))
            if apart >= LEAST_APART and apart >= LEAST_SHARE * of:
                yield Pair(question, one, other, apart, of)


def _shares(found: Sequence[Unit]) -> dict[str, float]:
    """Return, for each worker, how many of the others say the same: the mean over questions of that over things."""
    told: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for unit in found:
        counts = Counter(unit.labels.values())
        for worker, label in unit.labels.items():
            told[worker][unit.question].append((counts[label] - 1) / (len(unit.labels) - 1))
    return {worker: fmean(fmean(values) for values in by.values()) for worker, by in told.items()}


def _workers(shares: Sequence[Mapping[str, float]]) -> list[Ranked]:
    values: dict[str, list[float]] = defaultdict(list)
    for by_worker in shares:
        for worker, value in by_worker.items():
            values[worker].append(value)
    found = [Ranked(worker, fmean(each), bootstrap(each), len(each)) for worker, each in values.items()]
    return sorted(found, key=lambda one: (one.agreement, one.key))
