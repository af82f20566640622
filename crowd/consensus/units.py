"""What several answers to one image say of the same things: each question, and each object that any of them drew."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from crowd.agreement.scores import OBJECTS
from crowd.consensus.answers import Answer
from crowd.consensus.candidates import NOTHING, candidates
from crowd.consensus.questions import MAX_CLASSES, chosen, label, opened
from crowd.labels.types import Classification, Schema


class Unit(NamedTuple):
    """One thing and what each worker said of it; `only` names the one path that it asks for, of a multiple question.

    `NOTHING` stands for what was left open, not chosen or not drawn.
    """

    question: str
    labels: Mapping[str, str]
    only: str = ""


def units(answers: Sequence[Answer], *, schema: Schema, iou_threshold: float) -> list[Unit]:
    """Everything that at least two of the answers to one image speak of.

    Parameters
    ----------
    answers : sequence of Answer
        To one task, valid against `schema`.
    iou_threshold : float
        The least mean similarity at which objects of different workers are taken for one.

    Returns
    -------
    list of Unit
        A binary or single question is one thing, of those who face it; a multiple one is a thing for each path (of very
        many, for each that somebody chose); an object that anybody drew is one, under `OBJECTS`, of all workers.
    """
    ordered = sorted(answers, key=lambda one: one.worker)
    found = [*_questions(ordered, schema)]
    if any(one.annotation.objects for one in ordered):
        workers = [one.worker for one in ordered]
        found += [
            Unit(OBJECTS, dict(each.labels(workers)))
            for each in candidates(ordered, schema=schema, iou_threshold=iou_threshold)
        ]
    return [one for one in found if len(one.labels) >= 2]


def _questions(answers: Sequence[Answer], schema: Schema) -> Iterator[Unit]:
    faced: dict[str, tuple[Classification, dict[str, str]]] = {}
    many: dict[str, tuple[Classification, dict[str, frozenset[str]]]] = {}
    for one in answers:
        given = one.annotation.classifications
        for address, question in opened(schema.classifications, given):
            if question.kind == "multiple":
                many.setdefault(address, (question, {}))[1][one.worker] = chosen(given.get(address))
            elif (said := label(question, given.get(address))) is not None:
                faced.setdefault(address, (question, {}))[1][one.worker] = said
    yield from (Unit(address, labels) for address, (_, labels) in faced.items())
    for address, (question, paths) in many.items():
        known = set(question.by_path) if len(question.by_path) <= MAX_CLASSES else set()
        for path in sorted(known.union(*paths.values())):
            yield Unit(address, {who: path if path in theirs else NOTHING for who, theirs in paths.items()}, path)
