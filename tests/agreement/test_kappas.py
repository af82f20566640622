"""Published worked examples, and the properties that every chance-corrected measure has."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha

LABELS = st.sampled_from("abc")


def test_cohens_kappa_of_the_textbook_table_is_two_fifths():
    # 50 grant applications, two readers: 20 both yes, 5 and 10 split, 15 both no
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@pytest.mark.parametrize(("table", "kappa"), [((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)])
def test_cohens_kappa_tells_apart_two_tables_of_the_same_observed_agreement(table, kappa):
    both, only_first, only_second, neither = table
    first = [1] * (both + only_first) + [0] * (only_second + neither)
    second = [1] * both + [0] * only_first + [1] * only_second + [0] * neither
    assert cohen_kappa(first, second) == pytest.approx(kappa, abs=5e-5)


def test_krippendorffs_alpha_of_three_coders_who_skip_much_is_as_published():
    x = None
    values = [
        [x, x, x, x, x, 3, 4, 1, 2, 1, 1, 3, 3, x, 3],
        [1, x, 2, 1, 3, 3, 4, 3, x, x, x, x, x, x, x],
        [x, x, 2, 1, 3, 4, 4, x, 2, 1, 1, 3, 3, x, 4],
    ]
    assert krippendorff_alpha(values) == pytest.approx(0.691, abs=5e-4)


def test_fleiss_kappa_of_the_fourteen_raters_is_as_published():
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_krippendorffs_alpha_of_four_observers_with_missing_data_is_as_published():
    x = None
    values = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, x, x, x],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, x, 3],
        [x, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, x],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, x],
    ]
    assert krippendorff_alpha(values) == pytest.approx(0.743, abs=5e-4)


def test_krippendorffs_alpha_of_two_observers_and_binary_data_is_as_published():
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert krippendorff_alpha([first, second]) == pytest.approx(0.095, abs=5e-4)


def test_nothing_to_compare_is_nan():
    assert math.isnan(cohen_kappa([], []))
    assert math.isnan(fleiss_kappa([]))
    assert math.isnan(krippendorff_alpha([]))
    assert math.isnan(krippendorff_alpha([[1, None], [None, 2]]))


def test_raters_of_different_units_are_refused():
    with pytest.raises(ValueError, match="same units"):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss_kappa([[2, 0], [1, 2]])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=30))
def test_kappa_and_alpha_are_symmetric_and_at_most_one(pairs):
    first, second = zip(*pairs, strict=True)
    assert cohen_kappa(first, second) == pytest.approx(cohen_kappa(second, first))
    assert krippendorff_alpha([first, second]) == pytest.approx(krippendorff_alpha([second, first]))
    assert max(cohen_kappa(first, second), krippendorff_alpha([first, second])) <= 1


@given(st.lists(LABELS, min_size=1, max_size=30))
def test_raters_who_never_differ_have_one(labels):
    assert cohen_kappa(labels, labels) == 1
    assert krippendorff_alpha([labels, labels]) == 1


@given(
    st.lists(st.lists(st.none() | LABELS, min_size=6, max_size=6), min_size=2, max_size=5), st.permutations(range(6))
)
def test_alpha_does_not_depend_on_the_order_of_units(values, order):
    shuffled = [[row[unit] for unit in order] for row in values]
    assert krippendorff_alpha(shuffled) == pytest.approx(krippendorff_alpha(values), nan_ok=True)
