from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.geometry import match

similarities = st.integers(0, 20).map(lambda each: each / 20)


@st.composite
def matrices(draw):
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    listed = draw(st.lists(similarities, min_size=rows * columns, max_size=rows * columns))
    return np.array(listed).reshape(rows, columns)


def best_total(similarity, threshold):
    """The greatest total over all one-to-one assignments, by trying each."""
    allowed = np.where(similarity >= threshold, similarity, 0.0)
    if allowed.shape[0] > allowed.shape[1]:
        allowed = allowed.T
    rows, columns = allowed.shape
    return max(
        sum(allowed[row, column] for row, column in enumerate(order)) for order in permutations(range(columns), rows)
    )


@given(matrices(), st.sampled_from([0.0, 0.25, 0.5, 0.75]))
def test_pairs_are_one_to_one_above_the_threshold_and_the_best_there_are(similarity, threshold):
    pairs = match(similarity, threshold=threshold)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(similarity[pair] >= threshold and similarity[pair] > 0 for pair in pairs)
    assert sum(similarity[pair] for pair in pairs) == pytest.approx(best_total(similarity, threshold))


def test_the_greatest_single_pair_gives_way_to_a_better_whole():
    assert match(np.array([[0.9, 0.8], [0.8, 0.1]]), threshold=0.5) == ((0, 1), (1, 0))


def test_nothing_matches_nothing():
    assert match(np.zeros((0, 3)), threshold=0.5) == ()
    assert match(np.zeros((2, 2)), threshold=0.0) == ()
