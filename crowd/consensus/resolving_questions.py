"""Questions of one task resolved along the tree, each from the workers who face it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crowd.consensus.fits import Fit
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.questions import BINARY, chosen, classes, label, settle
from crowd.labels.types import Classification, Value, attached


@dataclass(frozen=True)
class Asked:
    """Workers, sorted by name, with their answers to the same questions; `models` by key, where the fit has one."""

    fit: Fit
    workers: tuple[str, ...]
    answers: tuple[Mapping[str, Value], ...]
    models: Mapping[str, QuestionModel]
    prefix: str = ""


@dataclass(frozen=True)
class Settled:
    """One question: its answer, None where it stays open, the confidence, and the expected gain of one more answer."""

    value: Value | None
    confidence: float
    gain: float


def resolve_questions(asked: Asked, questions: Sequence[Classification]) -> dict[str, Settled]:
    """Every question by address, in the schema's order, those left open too.

    A question that an option opens is asked of the workers who chose that option, and of nobody if consensus did not.
    """
    settled: dict[str, Settled] = {}
    waiting = [(question.name, question, tuple(range(len(asked.workers)))) for question in questions]
    while waiting:
        address, question, voters = waiting.pop(0)
        settled[address] = _resolve_one(asked, address, question, voters)
        value = settled[address].value
        if value is None:
            continue
        waiting[:0] = [
            (name, each, tuple(voter for voter in voters if _opens(asked, voter, address, question, name)))
            for name, each in attached(question, address, value)
        ]
    return settled


def values(settled: Mapping[str, Settled]) -> dict[str, Value]:
    """The answers of the questions that are not left open."""
    return {address: each.value for address, each in settled.items() if each.value is not None}


def _opens(asked: Asked, voter: int, address: str, question: Classification, name: str) -> bool:
    answers = asked.answers[voter]
    return address in answers and name in dict(attached(question, address, answers[address]))


def _resolve_one(asked: Asked, address: str, question: Classification, voters: Sequence[int]) -> Settled:
    given = [asked.answers[voter].get(address) for voter in voters]
    places = [asked.fit.place(asked.workers[voter]) for voter in voters]
    if question.kind == "multiple":
        return _resolve_multiple(asked, address, question, list(zip(places, map(chosen, given), strict=True)))
    votes = [
        (place, said)
        for place, answer in zip(places, given, strict=True)
        if (said := label(question, answer)) is not None
    ]
    if not votes and not question.required:
        return Settled(None, 1.0, 0.0)
    model = _model(asked, address, classes(question, (said for _, said in votes)))
    chances = model.chances(votes)
    return Settled(*settle(question, chances), model.gain(chances, len(votes)))


def _resolve_multiple(
    asked: Asked, address: str, question: Classification, sets: Sequence[tuple[int, frozenset[str]]]
) -> Settled:
    """Each path that anybody ever chose, by itself; a child needs its parent. Confidence: that all are right."""
    picked: list[str] = []
    confidence, gain = 1.0, 0.0
    for path in question.by_path:
        key = f"{address}/{path}"
        if f"{asked.prefix}{key}" not in asked.models and not any(path in each for _, each in sets):
            continue
        above = path.rpartition("/")[0]
        if above and above not in picked:
            continue
        model = _model(asked, key, BINARY)
        chances = model.chances([(place, BINARY[path in each]) for place, each in sets])
        gain += model.gain(chances, len(sets))
        if chances["true"] > 0.5:
            picked.append(path)
        confidence *= max(chances.values())
    deepest = tuple(path for path in picked if not any(other.startswith(f"{path}/") for other in picked))
    return Settled(deepest, confidence, min(gain, 1.0 - confidence))


def _model(asked: Asked, key: str, names: tuple[str, ...]) -> QuestionModel:
    known = asked.models.get(f"{asked.prefix}{key}")
    return known or QuestionModel.learn([], classes=names, method=asked.fit.method)
