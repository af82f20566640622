"""Each kind of cheat is caught, within a stated number of answers."""

import numpy as np
import pytest

from crowd.trust import Answer
from tests.trust.crowds import Crowd, caught, copier, crowd, handed_in, hasty, honest, spammer, tiring

SEEDS = (0, 1, 2)


def among_honest(seed: int, *, gold: float = 0.15, boxes: int = 0, share: float = 0.15) -> Crowd:
    """Twenty who are right in about 85 of 100; about three answer each image."""
    made = crowd(seed, tasks=1000, gold=gold, boxes=boxes)
    for number in range(20):
        made.work(f"w{number}", honest(0.85, classes=3), share=share)
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_always_the_same_answer_is_warned_after_25_and_paused_after_80(seed: int) -> None:
    made = among_honest(seed)
    made.work("x", spammer(0), share=0.1)
    assert (caught(made, "x", "repetition") or 999) <= 25
    assert (caught(made, "x", "repetition", severity="pause") or 999) <= 80


@pytest.mark.parametrize("seed", SEEDS)
def test_who_hardly_looks_is_watched_after_45_answers_and_warned_after_120(seed: int) -> None:
    made = among_honest(seed)
    made.work("x", hasty(0.4, classes=3), share=0.15)
    assert (caught(made, "x", "speed", severity="note") or 999) <= 45
    assert (caught(made, "x", "speed") or 999) <= 120


def test_claiming_to_have_taken_long_does_not_help() -> None:
    made = among_honest(3)
    made.work("x", hasty(0.4, classes=3), share=0.15)
    made.answers["x"] = [
        Answer(one.task, "x", one.annotation, 15.0, one.leased, one.submitted) for one in made.answers["x"]
    ]
    assert (caught(made, "x", "speed", severity="note") or 999) <= 45


def test_answers_handed_in_all_at_once_after_a_time_without_connection_are_not_too_fast() -> None:
    made = among_honest(4)
    made.work("x", honest(0.85, classes=3), share=0.15)
    done = made.answers["x"]
    end = done[-1].submitted
    made.answers["x"] = [Answer(one.task, "x", one.annotation, one.seconds, done[0].leased, end) for one in done]
    assert caught(made, "x", "speed", severity="note") is None


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_elses_outlines_are_warned_after_10_answers_and_paused_after_20(seed: int) -> None:
    for shake in (0.0, 0.1):
        made = among_honest(seed, boxes=2)
        made.work("y", honest(0.85, classes=3), share=0.1)
        given = handed_in(made, "y")
        made.work("x", copier(given, shake=shake), tasks=[task for task in made.tasks if task.name in given])
        made.answers["x"] = [
            Answer(one.task, "x", one.annotation, one.seconds, one.leased + 1e6, one.submitted + 1e6)
            for one in made.answers["x"]
        ]
        assert (caught(made, "x", "copies") or 999) <= 10
        assert (caught(made, "x", "copies", severity="pause") or 999) <= 20
        assert caught(made, "y", "copies") is None  # whose they were is not to blame


@pytest.mark.parametrize("seed", SEEDS)
def test_two_who_share_their_mistakes_are_warned_after_200_answers(seed: int) -> None:
    """Where three in ten answers are known: gold, and what reviewers or the crowd settled."""
    made = among_honest(seed, gold=0.3)
    made.work("y", honest(0.7, classes=3), share=0.25)
    given = handed_in(made, "y")
    made.work("x", copier(given), tasks=[task for task in made.tasks if task.name in given])
    assert (caught(made, "x", "collusion") or 999) <= 200
    assert caught(made, "w0", "collusion") is None


def test_a_fall_from_good_to_bad_is_noticed_long_before_the_average_is_below_the_bar() -> None:
    noticed = []
    for seed in range(5):
        made = crowd(seed, tasks=1400)
        made.work("x", tiring(0.95, 0.35, at=200, classes=3), share=0.5)
        noticed.append((caught(made, "x", "drift", step=10) or 9999) - 200)
    assert min(noticed) > 0
    assert float(np.median(noticed)) <= 200
