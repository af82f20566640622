import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from crowd.agreement import proportion_interval


def test_no_trial_says_nothing():
    assert proportion_interval(0, 0) == (0.0, 1.0)


def test_a_perfect_record_reaches_one_and_a_failed_one_zero():
    assert proportion_interval(5, 5)[1] == 1.0
    assert proportion_interval(0, 5)[0] == 0.0


def test_more_successes_than_trials_are_refused():
    with pytest.raises(ValueError, match="not a proportion"):
        proportion_interval(3, 2)


@given(st.integers(1, 200), st.data())
def test_it_is_the_quantiles_of_jeffreys_posterior_and_mirrors(trials, data):
    successes = data.draw(st.integers(0, trials))
    low, high = proportion_interval(successes, trials)
    if 0 < successes < trials:
        assert (low, high) == pytest.approx(beta.ppf([0.025, 0.975], successes + 0.5, trials - successes + 0.5))
    assert low <= successes / trials <= high
    mirrored = proportion_interval(trials - successes, trials)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_it_covers_the_truth_about_as_often_as_it_says():
    from scipy.stats import binom

    coverage = []
    for truth in (0.3, 0.5, 0.7, 0.9):
        inside = [low <= truth <= high for low, high in (proportion_interval(k, 20) for k in range(21))]
        coverage.append(sum(binom.pmf(k, 20, truth) for k in range(21) if inside[k]))
    assert sum(coverage) / len(coverage) == pytest.approx(0.95, abs=0.02)
