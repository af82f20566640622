"""Learning the models of questions: answers about many units (images, or objects) as votes, one model a question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crowd.consensus.question_models import QuestionModel
from crowd.consensus.questions import BINARY, OPEN, chosen, classes, label, opened
from crowd.labels.types import Classification, Value

Said = tuple[str, int, Mapping[str, Value]]  # unit, worker, answers by address
Weights = Mapping[tuple[str, int], float]  # by unit and worker: how much that tells of the worker, where less than 1
Learnt = tuple[dict[str, QuestionModel], dict[str, dict[int, int]]]  # by key: the model; how often each worker answered

TRUTH = -1  # stands where the worker stands in what is known


@dataclass
class Heard:
    """All that was said to one question, truths among it: `(unit, worker, class or set of paths)`."""

    question: Classification
    single: list[tuple[str, int, str]] = field(default_factory=list)
    multiple: list[tuple[str, int, frozenset[str]]] = field(default_factory=list)


def learn_questions(
    said: Iterable[Said],
    truths: Mapping[str, Mapping[str, Value]],
    questions: Sequence[Classification],
    *,
    method: str,
    workers: int,
    weights: Weights | None = None,
) -> Learnt:
    """A model for each nominal question by its key, and how many times each worker answered it."""
    heard: dict[str, Heard] = {}
    for unit, worker, answers in said:
        hear(heard, unit, worker, answers, questions)
    for unit, answers in truths.items():
        hear(heard, unit, TRUTH, answers, questions)
    models: dict[str, QuestionModel] = {}
    answered: dict[str, dict[int, int]] = {}
    for address, each in heard.items():
        for key, names, votes in ballots(address, each):
            models[key] = _learn(votes, names, method=method, workers=workers, weights=weights or {})
            answered[key] = numbers(votes)
    return models, answered


def hear(
    heard: dict[str, Heard], unit: str, worker: int, answers: Mapping[str, Value], questions: Sequence[Classification]
) -> None:
    """Note what a worker, or for `TRUTH` what is known, said of a unit."""
    for address, question in opened(questions, answers):
        each = heard.setdefault(address, Heard(question))
        if question.kind == "multiple":
            each.multiple.append((unit, worker, chosen(answers.get(address))))
        elif (name := label(question, answers.get(address))) is not None:
            each.single.append((unit, worker, name))


def ballots(address: str, heard: Heard) -> Iterable[tuple[str, tuple[str, ...], list[tuple[str, int, str]]]]:
    """Key, classes and votes of each nominal question that this one amounts to."""
    if heard.question.kind != "multiple":
        yield address, classes(heard.question, (name for *_, name in heard.single)), heard.single
        return
    ever = {path for *_, paths in heard.multiple for path in paths}
    for path in (path for path in heard.question.by_path if path in ever):
        yield (
            f"{address}/{path}",
            BINARY,
            [(unit, worker, BINARY[path in paths]) for unit, worker, paths in heard.multiple],
        )


def _learn(
    votes: Sequence[tuple[str, int, str]], names: tuple[str, ...], *, method: str, workers: int, weights: Weights
) -> QuestionModel:
    told = [weights.get((unit, worker), 1.0) for unit, worker, _ in votes if worker != TRUTH] if weights else None
    units = {unit: place for place, unit in enumerate(sorted({unit for unit, *_ in votes}))}
    return QuestionModel.learn(
        [(units[unit], worker, name) for unit, worker, name in votes if worker != TRUTH],
        classes=names,
        method=method,
        shape=(len(units), workers),
        known={units[unit]: name for unit, worker, name in votes if worker == TRUTH},
        weights=told,
    )


def numbers(votes: Sequence[tuple[str, int, str]]) -> dict[int, int]:
    """How many times each worker answered."""
    found: dict[int, int] = {}
    for _, worker, name in votes:
        if worker != TRUTH and name != OPEN:  # leaving a question open says little of anybody
            found[worker] = found.get(worker, 0) + 1
    return found
