"""Known mistakes, and how probable it was that another worker made them too."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

IMAGINED = 2.0  # imagined others behind an image's difficulty


@dataclass(frozen=True)
class Question:
    """One question about one image whose true answer is known, and what each worker said."""

    truth: Hashable
    given: Mapping[str, Hashable]


def shared_mistakes(questions: Sequence[Question], worker: str) -> dict[str, tuple[list[bool], list[float]]]:
    """For each peer and each mistake of the worker that the peer might have made: whether they did, and the chance.

    The chance is the share of all the others who made that mistake (the image may be hard), drawn towards how often
    anybody repeats anybody's mistake, then shifted on the log-odds scale by how much more than others the peer errs.
    """
    usual = _usual(questions, worker)
    shifts = _shifts(questions)
    found: dict[str, tuple[list[bool], list[float]]] = {}
    for question in questions:
        mine = question.given.get(worker, question.truth)
        if mine == question.truth:
            continue
        others = {who: said for who, said in question.given.items() if who != worker}
        repeated = sum(said == mine for said in others.values())
        for who, said in others.items():
            share = (repeated - (said == mine) + IMAGINED * usual) / (len(others) - 1 + IMAGINED)
            same, chances = found.setdefault(who, ([], []))
            same.append(said == mine)
            chances.append(1.0 / (1.0 + exp(-(_log_odds(share) + shifts[who]))))
    return found


def _usual(questions: Sequence[Question], worker: str) -> float:
    """How often the mistake of one other worker is repeated by another."""
    again, asked = 0, 0
    for question in questions:
        said = Counter(each for who, each in question.given.items() if who != worker)
        for each, number in said.items():
            if each != question.truth:
                again += number * (number - 1)
                asked += number * (said.total() - 1)
    return (again + 1.0) / (asked + 5.0)


def _shifts(questions: Sequence[Question]) -> dict[str, float]:
    """By how much more than all together each worker errs, in log odds; nothing for those who err less."""
    wrong: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for question in questions:
        answers.update(question.given.keys())
        wrong.update(who for who, said in question.given.items() if said != question.truth)
    crowd = _log_odds((wrong.total() + 0.5) / (answers.total() + 1.0))
    return {who: max(_log_odds((wrong[who] + 0.5) / (answers[who] + 1.0)) - crowd, 0.0) for who in answers}


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return log(share / (1.0 - share))
