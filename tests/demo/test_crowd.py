from collections import Counter

import numpy as np
import pytest

from crowd.demo import images, measures
from crowd.demo.crowd import PEOPLE
from crowd.demo.efforts import digits, photographs

BY_NAME = {person.name: person for person in PEOPLE}


@pytest.fixture(scope="module")
def pictures():
    return images.digits(1000, seed=5)


@pytest.fixture(scope="module")
def scenes():
    return images.photographs(300, seed=6)


def right(person, pictures):
    return np.mean([person.answer(one)["classifications"]["digit"] == one.digit for one in pictures])


def quality(person, scenes):
    return measures.quality((measures.boxes_of(person.answer(one)), one.boxes) for one in scenes)


def test_there_are_at_least_a_dozen_people_of_every_kind():
    assert Counter(person.kind for person in PEOPLE) == {"good": 6, "sloppy": 3, "biased": 2, "spamming": 3}
    assert len(BY_NAME) == len(PEOPLE)


def test_a_person_answers_the_same_image_the_same_way_every_time(pictures, scenes):
    for person in PEOPLE:
        for picture in (*pictures[:20], *scenes[:20]):
            assert person.answer(picture) == person.answer(picture)
            assert person.time_on(picture) == person.time_on(picture) > 0


@pytest.mark.parametrize("person", [one for one in PEOPLE if one.kind in {"good", "sloppy"}], ids=lambda one: one.name)
def test_an_honest_person_is_wrong_as_often_as_stated(person, pictures):
    assert right(person, pictures) == pytest.approx(1 - person.mistakes, abs=0.03)


def test_honest_mistakes_fall_on_hard_images_and_on_what_they_look_like(pictures):
    wrong = [one for one in pictures if BY_NAME["jun"].answer(one) != one.annotation]
    said = [BY_NAME["jun"].answer(one)["classifications"]["digit"] for one in wrong]
    assert np.mean([one.difficulty for one in wrong]) > np.mean([one.difficulty for one in pictures]) + 0.1
    assert np.mean([answer == one.lookalike for answer, one in zip(said, wrong, strict=True)]) > 0.6


@pytest.mark.parametrize("name", ["kofi", "lena"])
def test_a_biased_person_says_one_class_too_often_and_is_right_otherwise(name, pictures):
    person = BY_NAME[name]
    said = Counter(person.answer(one)["classifications"]["digit"] for one in pictures)
    assert said.most_common(1)[0][0] == person.favourite
    assert said[person.favourite] / len(pictures) == pytest.approx(0.1 + 0.9 * person.favours, abs=0.03)
    assert 0.78 < right(person, pictures) < 0.86


def test_spammers_are_as_right_as_chance(pictures, scenes):
    for person in PEOPLE:
        if person.kind == "spamming":
            assert right(person, pictures) == pytest.approx(0.1, abs=0.03)
            assert quality(person, scenes).f1 < 0.1


def test_two_who_answer_at_random_do_not_answer_alike(pictures):
    mika, nadia = BY_NAME["mika"], BY_NAME["nadia"]
    assert np.mean([mika.answer(one) == nadia.answer(one) for one in pictures]) == pytest.approx(0.1, abs=0.03)


def test_good_people_draw_closely_and_overlook_little(scenes):
    for person in PEOPLE:
        if person.kind == "good":
            found = quality(person, scenes)
            assert found.reaches(measures.BoxQuality(f1=0.98, iou=0.85))


def test_sloppy_people_draw_roughly_overlook_some_and_see_what_is_not_there(scenes):
    for person in PEOPLE:
        if person.kind != "sloppy":
            continue
        found = quality(person, scenes)
        assert 0.9 < found.f1 < 0.97
        assert 0.7 < found.iou < 0.85
        drawn = sum(len(person.answer(one)["objects"]) for one in scenes)
        assert drawn / sum(len(one.boxes) for one in scenes) == pytest.approx(1 - 0.08 + 0.08 / 3, abs=0.03)


def test_people_who_draw_with_a_margin_draw_too_large(scenes):
    for name in ("kofi", "lena"):
        area = [w * h for one in scenes for _, _, w, h in measures.boxes_of(BY_NAME[name].answer(one))]
        true = [w * h for one in scenes for _, _, w, h in one.boxes]
        assert np.mean(area) > 1.3 * np.mean(true)


def test_every_box_that_anybody_draws_lies_inside_the_image(scenes):
    for person in PEOPLE:
        for one in scenes:
            for x, y, w, h in measures.boxes_of(person.answer(one)):
                assert 0 <= x <= x + w <= one.size[0]
                assert 0 <= y <= y + h <= one.size[1]
                assert min(w, h) >= 4


def test_only_some_give_images_back_and_seldom(pictures):
    shares = {person.name: np.mean([person.skip(one) for one in pictures]) for person in PEOPLE}
    assert 0 < shares["amara"] < 0.015
    assert 0 < shares["jun"] < 0.03
    assert shares["otto"] == 0
    assert all(person.skip(one) for person in PEOPLE for one in images.smudges(3, seed=1))


def test_the_efforts_have_enough_gold_to_catch_a_spammer_and_keep_some_images_back():
    for effort in (digits(), photographs()):
        assert len(effort.planted) >= 20
        assert len(effort.planted) + len(effort.asked) == len(effort.pictures) == len(set(effort.pictures))
        assert not {one.sha256 for one in effort.left_over} & {one.sha256 for one in effort.pictures}
