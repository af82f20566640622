import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.geometry import SHAPES, similarity, similarity_matrix
from tests.geometry.strategies import BY_SHAPE, SIZE, moved

every_shape = pytest.mark.parametrize("shape", SHAPES)


def matrix(shape, first, second):
    return similarity_matrix(shape, first, second, image_size=SIZE)


@every_shape
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_similarity_is_symmetric_and_lies_between_0_and_1(shape, data):
    first = data.draw(st.lists(BY_SHAPE[shape], min_size=1, max_size=4))
    second = data.draw(st.lists(BY_SHAPE[shape], min_size=1, max_size=4))
    found = matrix(shape, first, second)
    assert found.shape == (len(first), len(second))
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_allclose(found, matrix(shape, second, first).T, atol=1e-9)


@every_shape
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_everything_is_fully_similar_to_itself(shape, data):
    geometry = data.draw(BY_SHAPE[shape])
    assert similarity(shape, geometry, geometry, image_size=SIZE) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "mask"])
@settings(max_examples=40, deadline=None)
@given(data=st.data(), dx=st.integers(-50, 50), dy=st.integers(-50, 50))
def test_moving_both_changes_nothing(shape, data, dx, dy):
    first, second = data.draw(BY_SHAPE[shape]), data.draw(BY_SHAPE[shape])
    before = similarity(shape, first, second, image_size=SIZE)
    after = similarity(shape, moved(shape, first, dx, dy), moved(shape, second, dx, dy), image_size=SIZE)
    assert after == pytest.approx(before, abs=1e-7)


@every_shape
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_matrix_holds_what_pairs_give_one_by_one(shape, data):
    first = data.draw(st.lists(BY_SHAPE[shape], min_size=1, max_size=3))
    second = data.draw(st.lists(BY_SHAPE[shape], min_size=1, max_size=3))
    one_by_one = [[similarity(shape, a, b, image_size=SIZE) for b in second] for a in first]
    np.testing.assert_allclose(matrix(shape, first, second), one_by_one, atol=1e-12)


@every_shape
def test_nothing_compared_with_anything_is_an_empty_matrix(shape):
    assert similarity_matrix(shape, [], [], image_size=SIZE).shape == (0, 0)
    assert similarity_matrix(shape, [], [None, None], image_size=SIZE).shape == (0, 2)
    assert similarity_matrix(shape, [None], [], image_size=SIZE).shape == (1, 0)
