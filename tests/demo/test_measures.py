import pytest

from crowd.demo.measures import (
    Accuracy,
    BoxQuality,
    accuracy,
    boxes_of,
    digit_of,
    majority_accuracy,
    majority_boxes,
    quality,
)

A, B = (10.0, 10.0, 20.0, 20.0), (100.0, 50.0, 30.0, 30.0)


def test_accuracy_is_the_share_of_equal_answers():
    assert accuracy([("1", "1"), ("2", "1"), ("", "3"), ("4", "4")]) == Accuracy(0.5)


def test_a_majority_wins_and_a_tie_is_drawn_by_lot():
    assert majority_accuracy([(["1", "1", "2"], "1")]) == Accuracy(1.0)
    assert majority_accuracy([(["1", "2"], "1")]) == Accuracy(0.5)
    assert majority_accuracy([(["1", "2", "3"], "4")]) == Accuracy(0.0)
    assert majority_accuracy([(["1", "2", "3"], "3"), (["1"], "1")]) == Accuracy(pytest.approx(2 / 3))
    assert majority_accuracy([([], "3")]) == Accuracy(0.0)


def test_boxes_that_most_answers_have_are_kept_as_their_mean():
    shifted = (12.0, 10.0, 20.0, 20.0)
    assert majority_boxes([[A, B], [shifted], [A]]) == (pytest.approx((10 + 2 / 3, 10, 20, 20)),)


def test_a_box_that_only_half_of_the_answers_have_is_dropped():
    assert majority_boxes([[A], []]) == ()
    assert majority_boxes([]) == ()


def test_one_answer_counts_once_in_a_group_even_if_it_draws_the_thing_twice():
    assert majority_boxes([[A, A], [], []]) == ()


def test_quality_pairs_things_one_to_one():
    half = (10.0, 10.0, 20.0, 10.0)
    assert quality([([A, B], [A, B])]) == BoxQuality(f1=1.0, iou=1.0)
    assert quality([([half], [A])]) == BoxQuality(f1=1.0, iou=0.5)
    assert quality([([A, A], [A])]) == BoxQuality(f1=pytest.approx(2 / 3), iou=1.0)
    assert quality([([], [A]), ([A], [])]) == BoxQuality(f1=0.0, iou=0.0)
    assert quality([([], [])]) == BoxQuality(f1=1.0, iou=0.0)


def test_a_quality_reaches_a_floor_in_every_respect():
    assert BoxQuality(0.9, 0.8).reaches(BoxQuality(0.9, 0.8))
    assert not BoxQuality(0.99, 0.7).reaches(BoxQuality(0.9, 0.8))
    assert not BoxQuality(0.8, 0.99).reaches(BoxQuality(0.9, 0.8))
    assert Accuracy(0.93).reaches(Accuracy(0.93))
    assert not Accuracy(0.92).reaches(Accuracy(0.93))


def test_what_an_annotation_says_is_read_from_it_and_nothing_where_there_is_none():
    assert digit_of({"classifications": {"digit": "7"}, "objects": []}) == "7"
    assert digit_of(None) == digit_of({"classifications": {}}) == ""
    assert boxes_of({"objects": [{"label": "digit", "box": list(A)}]}) == (A,)
    assert boxes_of(None) == ()
