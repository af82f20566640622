"""The share of wrong labels: unbiased, and with intervals that hold what they promise."""

from itertools import product
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.sampling import reviews
from crowd.sampling.error_rates import Looked, by_category, error_rate, horvitz_thompson

PEOPLE = 3000


def test_the_total_is_right_on_average_over_everything_that_could_be_drawn() -> None:
    wrong, chances = (1.0, 0.0, 1.0, 1.0), (0.1, 0.5, 0.9, 0.3)
    mean = 0.0
    for drawn in product((False, True), repeat=4):
        likely = float(np.prod([c if d else 1 - c for c, d in zip(chances, drawn, strict=True)]))
        chosen = [n for n, d in enumerate(drawn) if d]
        mean += likely * horvitz_thompson([wrong[n] for n in chosen], [chances[n] for n in chosen])
    assert mean == pytest.approx(3.0)


def population(rng: np.random.Generator, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels whose errors are likelier where confidence is low, and the chance of each to be drawn."""
    confidence = 0.9 + 0.1 * rng.beta(2, 1, PEOPLE)
    likely = np.clip(rate * 3 * (1 - (confidence - 0.9) / 0.1), 0, 1)
    chances = np.array([reviews.chance(0.1, confidence=float(one), target=0.9) for one in confidence])
    return rng.random(PEOPLE) < likely, chances


@pytest.mark.parametrize("rate", [0.002, 0.02, 0.15])
def test_the_interval_covers_the_truth_as_often_as_it_says(rate: float) -> None:
    rng = np.random.default_rng(7)
    covered, estimates, truths = 0, [], []
    for _ in range(400):
        wrong, chances = population(rng, rate)
        drawn = rng.random(PEOPLE) < chances
        found = error_rate([Looked(bool(w), float(c)) for w, c in zip(wrong[drawn], chances[drawn], strict=True)])
        low, high = found.interval
        covered += low <= wrong.mean() <= high
        estimates.append(found.rate or 0.0)
        truths.append(float(wrong.mean()))
    assert covered / 400 >= 0.93
    assert fmean(estimates) == pytest.approx(fmean(truths), rel=0.06, abs=0.0005)


def test_those_looked_at_stand_for_those_still_to_be_looked_at() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(300):
        wrong = rng.random(400) < 0.1
        first = rng.permutation(400)[:80]  # all were drawn, and a fifth was looked at
        found = error_rate([Looked(bool(wrong[n]), 1.0) for n in first], drawn=400)
        covered += found.interval[0] <= wrong.mean() <= found.interval[1]
        assert found.wrong == pytest.approx(5 * wrong[first].sum())
    assert covered / 300 >= 0.93


def test_whoever_has_looked_at_everything_knows() -> None:
    found = error_rate([Looked(n < 3, 1.0) for n in range(12)])
    assert (found.rate, found.interval, found.reviewed, found.wrong) == (0.25, (0.25, 0.25), 12, 3.0)


def test_whoever_has_looked_at_nothing_does_not() -> None:
    assert error_rate([]) == error_rate([], drawn=10)
    assert (error_rate([]).rate, error_rate([]).interval) == (None, (0.0, 1.0))


def test_each_class_is_a_sample_of_its_own() -> None:
    looked = [Looked(n % 2 == 0, 0.5, "cat") for n in range(10)] + [Looked(False, 0.25, "dog") for _ in range(4)]
    found = by_category(looked)
    assert {name: (one.rate, one.reviewed) for name, one in found.items()} == {"cat": (0.5, 10), "dog": (0.0, 4)}
    assert found["dog"].interval[0] == 0.0 < found["dog"].interval[1]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1.0)), min_size=1, max_size=30))
def test_the_estimate_lies_in_its_interval(rows: list[tuple[bool, float]]) -> None:
    found = error_rate([Looked(*row) for row in rows])
    assert found.rate is not None
    assert 0.0 <= found.interval[0] <= found.rate + 1e-9
    assert found.rate <= found.interval[1] + 1e-9 <= 1.0 + 2e-9


def test_a_lot_is_the_same_every_time_and_even() -> None:
    lots = [reviews.lot("seed", key) for key in range(4000)]
    assert lots == [reviews.lot("seed", key) for key in range(4000)]
    assert lots[:3] != [reviews.lot("another", key) for key in range(3)]
    assert fmean(lots) == pytest.approx(0.5, abs=0.02)
    assert np.histogram(lots, bins=8, range=(0, 1))[0] == pytest.approx(np.full(8, 500), abs=90)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"rate": 0.0, "confidence": 0.9}, 0.0),
        ({"rate": 1.0, "confidence": 1.0}, 1.0),
        ({"rate": 0.1, "confidence": 1.0}, 0.1),
        ({"rate": 0.1, "confidence": 0.9}, 1 - 0.9**2),
        ({"rate": 0.1, "confidence": 0.9, "of_class": 0, "of_worker": 0}, 1 - 0.9**4),
        ({"rate": 0.1, "confidence": 1.0, "of_worker": 29}, 1 - 0.9**2),
    ],
)
def test_the_chance_grows_with_doubt_and_never_leaves_the_range(given_: dict[str, float], expected: float) -> None:
    assert reviews.chance(given_.pop("rate"), target=0.9, **given_) == pytest.approx(expected)
