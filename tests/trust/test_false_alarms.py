"""Honest people are left alone: whoever looks at each image is not accused, however fast or unbalanced it all is."""

from collections import Counter

import numpy as np
import pytest

from crowd.trust import examine
from tests.trust.crowds import Crowd, crowd, honest

BAR = 0.7
# Of 40 honest workers each: accuracies from 0.6 to 0.98, some three times as fast as others.
CROWDS = {
    "three classes": {"shares": (0.5, 0.3, 0.2)},
    "nearly all of one class": {"shares": (0.95, 0.05)},
    "sorted by class": {"shares": (0.95, 0.05), "ordered": True},
    "four classes, sorted": {"shares": (0.4, 0.3, 0.2, 0.1), "ordered": True},
    "with outlines": {"shares": (0.5, 0.5), "boxes": 2},
}
PACES = (1.0, 0.3, 0.6, 1.5, 0.35)


def filled(seed: int, **how: object) -> Crowd:
    made = crowd(seed, **how)  # type: ignore[arg-type]
    for number in range(40):
        give = honest(0.6 + 0.38 * number / 39, classes=made.classes, pace=PACES[number % 5])
        made.work(f"w{number}", give, share=0.7 if number % 3 else 0.2)
    return made


def accuracy(made: Crowd, worker: str) -> float:
    """The share of right answers the worker would give in the long run, as far as all their answers tell."""
    truths = {task.name: str(task.truth) for task in made.tasks}
    return float(np.mean([one.annotation.classifications["class"] == truths[one.task] for one in made.answers[worker]]))


def accusations(made: Crowd) -> Counter[tuple[str, str]]:
    """What is wrongly found on each worker after a third, two thirds and all of their answers, each thing once."""
    found: Counter[tuple[str, str]] = Counter()
    for worker, done in list(made.answers.items()):
        rightly = accuracy(made, worker) < BAR
        wrongs = set()
        for part in (1, 2, 3):
            made.answers[worker] = done[: len(done) * part // 3]
            for one in examine(made.evidence(worker, newest=150, bar=BAR)):
                if not (rightly and one.rule == "accuracy"):
                    wrongs.add((one.rule, one.severity))
        made.answers[worker] = done
        found.update(wrongs)
    return found


@pytest.mark.slow
def test_of_two_hundred_honest_workers_two_at_most_are_warned_and_none_paused_but_for_accuracy() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for seed, how in enumerate(CROWDS.values()):
        found.update(accusations(filled(seed, **how)))
    assert sum(number for (_, severity), number in found.items() if severity != "note") <= 2, found
    assert [rule for rule, severity in found if severity == "pause" and rule != "accuracy"] == []


def test_judged_after_every_check_a_good_worker_is_hardly_ever_below_the_bar() -> None:
    """Two hundred looks at workers of 0.85 and of 0.7 itself: without patience, the latter fall in one of five."""
    from crowd.trust import Evidence
    from crowd.trust.accuracy import accuracy as rule

    def paused(skill: float, rng: np.random.Generator) -> bool:
        passed = np.cumsum(rng.random(200) < skill)
        seen = ((n, int(passed[n - 1])) for n in range(5, 201))
        found = (rule(Evidence(bar=BAR, min_checks=5, seen=n, passed=k), None) for n, k in seen)
        return any(one is not None and one.severity == "pause" for one in found)

    rng = np.random.default_rng(11)
    assert sum(paused(0.85, rng) for _ in range(200)) <= 4
    assert sum(paused(0.7, rng) for _ in range(200)) <= 32
