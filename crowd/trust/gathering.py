"""From answers to evidence: a worker's newest answers beside the others' to the same images."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from crowd.labels.types import Annotation, LabelledObject
from crowd.trust.evidence import Column, Evidence, Peer
from crowd.trust.likeness import alike, without
from crowd.trust.mistakes import Question, shared_mistakes
from crowd.trust.pace import compared, credible_seconds

QUESTIONS = 20  # looked at in one project
DRAWN = 150  # images whose outlines are compared
USUAL_PAIRS = 3  # pairs of others compared on one image


@dataclass(frozen=True)
class Answer:
    """One worker's answer to one image; moments in seconds since any epoch."""

    task: str
    worker: str
    annotation: Annotation
    seconds: float = 0.0
    leased: float = 0.0
    submitted: float = 0.0


@dataclass(frozen=True)
class Shown:
    """An image: its size in pixels, the true answer where it is known, and what a machine had proposed."""

    size: tuple[float, float]
    truth: Annotation | None = None
    proposed: Annotation | None = None


@dataclass
class _Sheets:
    """The answers by image, in the order in which the worker answered them."""

    worker: str
    images: Mapping[str, Shown]
    mine: dict[str, Answer] = field(default_factory=dict)
    others: dict[str, list[Answer]] = field(default_factory=dict)


def gather(
    worker: str,
    answers: Sequence[Answer],
    images: Mapping[str, Shown],
    *,
    bar: float,
    min_checks: int,
    seen: int = 0,
    passed: int = 0,
    checks: Sequence[bool] = (),
) -> Evidence:
    """The evidence on a worker.

    Parameters
    ----------
    worker : str
    answers : sequence of Answer
        The worker's newest, and other workers' answers to the same images.
    images : mapping
        Every image that occurs, by its task.
    bar, min_checks, seen, passed, checks
        See `Evidence`.
    """
    sheets = _Sheets(worker, images)
    for each in sorted(answers, key=lambda each: (each.submitted, each.task, each.worker)):
        if each.worker == worker:
            sheets.mine[each.task] = each
    for each in answers:
        if each.worker != worker and each.task in sheets.mine:
            sheets.others.setdefault(each.task, []).append(each)
    near, exact, drawn = _drawings(sheets)
    seconds, others_seconds = _pace(sheets)
    return Evidence(
        bar=bar,
        min_checks=min_checks,
        seen=seen,
        passed=passed,
        checks=tuple(checks),
        seconds=seconds,
        others_seconds=others_seconds,
        columns=_columns(sheets),
        peers=_peers(sheets, drawn),
        near=near,
        exact=exact,
    )


def _pace(sheets: _Sheets) -> tuple[np.ndarray, np.ndarray]:
    rows = list(sheets.mine.values())
    took = credible_seconds(
        *(
            np.array([getattr(row, name) for row in rows], dtype=np.float64)
            for name in ("seconds", "leased", "submitted")
        )
    )
    theirs = {task: [each.seconds for each in others] for task, others in sheets.others.items()}
    return compared(dict(zip(sheets.mine, took.tolist(), strict=True)), theirs)


def _columns(sheets: _Sheets) -> dict[str, Column]:
    """The newest answers, each question a column, and the whole documents one more where they say more than that."""
    addresses = list(dict.fromkeys(name for each in sheets.mine.values() for name in each.annotation.classifications))
    columns = {name: _column(sheets, name) for name in addresses[:QUESTIONS]}
    if len(columns) != 1 or any(each.annotation.objects for each in sheets.mine.values()):
        columns[""] = _column(sheets, "")
    return columns


def _column(sheets: _Sheets, address: str) -> Column:
    own, others = [], []
    for task, mine in sheets.mine.items():
        said = _said(mine.annotation, address)
        if said is None:
            continue
        truth = sheets.images[task].truth
        right = truth is not None and _said(truth, address) == said
        theirs = [] if right else [_said(each.annotation, address) for each in sheets.others.get(task, ())]
        own.append(said)
        others.append([each for each in theirs if each is not None])
    return Column(own, others)


def _said(annotation: Annotation, address: str) -> Hashable | None:
    """The answer to one question; without an address all that the document says."""
    if address:
        return annotation.classifications.get(address)
    drawn = tuple((each.label, each.shape, each.geometry) for each in annotation.objects)
    return (tuple(sorted(annotation.classifications.items(), key=lambda each: each[0])), drawn)


def _peers(sheets: _Sheets, drawn: Mapping[str, tuple[int, int, int]]) -> tuple[Peer, ...]:
    mistakes = shared_mistakes(_known(sheets), sheets.worker)
    names = sorted({each.worker for others in sheets.others.values() for each in others})
    peers = []
    for name in names:
        same, chance = mistakes.get(name, ((), ()))
        matched, near, exact = drawn.get(name, (0, 0, 0))
        peers.append(Peer(name, matched=matched, near=near, exact=exact, same=tuple(same), chance=tuple(chance)))
    return tuple(peers)


def _known(sheets: _Sheets) -> list[Question]:
    """The questions whose true answer is known."""
    found = []
    for task, mine in sheets.mine.items():
        truth = sheets.images[task].truth
        for address, right in (truth.classifications if truth else {}).items():
            said = {each.worker: each.annotation.classifications.get(address) for each in sheets.others.get(task, ())}
            said[sheets.worker] = mine.annotation.classifications.get(address)
            found.append(Question(right, {who: each for who, each in said.items() if each is not None}))
    return found


Count = tuple[int, int]


def _drawings(sheets: _Sheets) -> tuple[Count, Count, dict[str, tuple[int, int, int]]]:
    """What is usual among others, and each peer's outlines that came before the worker's own and are like them."""
    usual = [0, 0, 0]
    peers: dict[str, list[int]] = {}
    drawn = [task for task, mine in sheets.mine.items() if mine.annotation.objects and task in sheets.others]
    for task in drawn[-DRAWN:]:
        size = sheets.images[task].size
        objects = {each.worker: _own(each, sheets.images[task]) for each in (*sheets.others[task], sheets.mine[task])}
        for each in sheets.others[task]:
            if each.submitted <= sheets.mine[task].submitted:
                found = alike(objects[sheets.worker], objects[each.worker], size=size)
                _add(peers.setdefault(each.worker, [0, 0, 0]), found)
        pairs = list(combinations(sheets.others[task], 2))[:USUAL_PAIRS]
        for one, other in pairs:
            _add(usual, alike(objects[one.worker], objects[other.worker], size=size))
    matched, near, exact = usual
    return (near, matched), (exact, matched), {name: (one[0], one[1], one[2]) for name, one in peers.items()}


def _own(answer: Answer, image: Shown) -> list[LabelledObject]:
    """The objects that the worker drew themselves."""
    proposed = image.proposed.objects if image.proposed is not None else ()
    return without(answer.annotation.objects, proposed, size=image.size)


def _add(total: list[int], more: Sequence[int]) -> None:
    for place, number in enumerate(more):
        total[place] += number
