import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crowd.consensus.gains import expected_gain, expected_gains
from tests.consensus.crowds import even

(CROWD,) = even([0.8], 3)


def test_doubt_is_worth_an_answer_and_certainty_is_not():
    doubt, leaning, sure = expected_gains(np.array([[0.5, 0.5, 0], [0.8, 0.2, 0], [1.0, 0, 0]]), CROWD)
    assert doubt > leaning > sure == 0


def test_answers_of_people_who_guess_are_worth_nothing():
    assert expected_gains(np.array([[0.5, 0.3, 0.2]]), np.full((3, 3), 1 / 3)).tolist() == [0.0]


def test_a_question_with_one_class_has_nothing_to_gain():
    assert expected_gains(np.ones((2, 1)), np.ones((1, 1))).tolist() == [0.0, 0.0]
    assert expected_gain([1.0], np.ones((1, 1))) == 0.0


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.floats(0.34, 0.99))
def test_one_task_is_worth_the_same_as_among_many_and_never_less_than_nothing(raw, accuracy):
    chances = np.array(raw) / sum(raw)
    (crowd,) = even([accuracy], 3)
    (among,) = expected_gains(chances[None, :], crowd)
    assert abs(expected_gain(chances.tolist(), crowd) - among) < 1e-12
    assert 0 <= among <= 1 - chances.max() + 1e-12
