import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from crowd.demo import images
from crowd.geometry import boxes


@pytest.fixture(scope="module")
def photographs():
    return images.photographs(30, seed=2)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    first, again, other = images.digits(20, seed=1), images.digits(20, seed=1), images.digits(20, seed=2)
    assert [one.sha256 for one in first] == [one.sha256 for one in again]
    assert [one.sha256 for one in first] != [one.sha256 for one in other]
    assert [one.content for one in images.photographs(3, seed=1)] == [
        one.content for one in images.photographs(3, seed=1)
    ]


def test_all_ten_digits_come_as_often_as_one_another_and_none_twice():
    found = images.digits(300, seed=1)
    assert Counter(one.digit for one in found) == dict.fromkeys(images.DIGITS, 30)
    assert len({one.sha256 for one in found}) == len({one.name for one in found}) == 300


def test_a_digit_is_a_picture_of_a_comfortable_size():
    (one,) = images.digits(1, seed=1)
    picture = Image.open(io.BytesIO(one.content))
    assert (picture.format, picture.size) == ("PNG", one.size) == ("PNG", (96, 96))


def test_a_digit_is_never_its_own_lookalike_and_few_are_hard():
    found = images.digits(300, seed=1)
    assert all(one.lookalike in images.DIGITS and one.lookalike != one.digit for one in found)
    assert all(0.0 <= one.difficulty <= 1.0 for one in found)
    assert 0.3 < np.mean([one.difficulty for one in found]) < 0.4


def test_a_photograph_has_one_to_five_cards_inside_it_that_do_not_touch(photographs):
    assert {len(one.boxes) for one in photographs} == {1, 2, 3, 4, 5}
    for one in photographs:
        width, height = one.size
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in one.boxes)
        assert (boxes.iou_matrix(one.boxes, one.boxes) == np.eye(len(one.boxes))).all()


def test_where_the_truth_says_that_a_card_lies_there_is_light_paper(photographs):
    for one in photographs:
        picture = Image.open(io.BytesIO(one.content))
        assert (picture.format, picture.size) == ("JPEG", one.size)
        pixels = np.asarray(picture.convert("L"))
        for x, y, w, h in one.boxes:
            card = pixels[int(y) : int(y + h), int(x) : int(x + w)]
            assert np.concatenate([card[1], card[-2], card[:, 1], card[:, -2]]).mean() > 235
            assert card.min() < 120  # and ink on it


def test_truth_is_an_annotation_document(photographs):
    (digit,) = images.digits(1, seed=1)
    assert digit.annotation == {"classifications": {"digit": digit.digit}, "objects": []}
    assert photographs[0].annotation == {
        "classifications": {},
        "objects": [{"label": "digit", "box": list(box)} for box in photographs[0].boxes],
    }


def test_nothing_can_be_made_out_on_a_smudge():
    clear, wiped = images.digits(5, seed=3), images.smudges(5, seed=3)
    assert [one.digit for one in clear] == [one.digit for one in wiped]
    assert all(one.illegible for one in wiped)
    for before, after in zip(clear, wiped, strict=True):
        sharp, soft = (np.asarray(Image.open(io.BytesIO(one.content)), dtype=float) for one in (before, after))
        assert np.ptp(soft) < 0.8 * np.ptp(sharp)
