import pytest

from crowd.agreement import class_agreement, over_time


def test_agreement_on_a_label_is_how_probably_the_other_one_gives_it_too():
    # both yes 20, split 15, both no 15: yes 40 of 55, no 30 of 45
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert class_agreement([first, second]) == {"yes": pytest.approx(40 / 55), "no": pytest.approx(30 / 45)}


def test_missing_labels_make_no_pairs():
    assert class_agreement([["a", None, "b"], [None, "a", "b"]]) == {"b": 1.0}


def test_scores_are_averaged_by_windows_of_time():
    assert over_time([(0, 1.0), (9, 0.5), (25, 0.2)], window=10) == ((0, 2, 0.75), (20, 1, 0.2))
    assert over_time([], window=10) == ()
    with pytest.raises(ValueError, match="length"):
        over_time([], window=0)
