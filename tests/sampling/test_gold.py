from hypothesis import given
from hypothesis import strategies as st

from crowd.sampling import gold_probability


def test_without_gold_there_is_none():
    assert gold_probability(0.0, seen=0, passed=0, min_checks=5) == 0.0


def test_newcomers_see_more_and_the_proven_less():
    newcomer, halfway, checked, proven = (gold_probability(0.1, seen=n, passed=n, min_checks=5) for n in (0, 3, 5, 200))
    assert newcomer == 0.4
    assert newcomer > halfway > checked > proven
    assert checked == 0.1


def test_the_doubtful_see_more_than_those_with_a_clean_record():
    assert gold_probability(0.1, seen=10, passed=6, min_checks=5) > gold_probability(
        0.1, seen=10, passed=10, min_checks=5
    )


@given(st.floats(0.001, 1), st.integers(0, 300), st.integers(0, 20), st.data())
def test_it_is_a_probability_and_never_nought(base, seen, min_checks, data):
    passed = data.draw(st.integers(0, seen))
    chance = gold_probability(base, seen=seen, passed=passed, min_checks=min_checks)
    assert 0 < chance <= max(0.5, base)
    assert chance >= 0.2 * base
