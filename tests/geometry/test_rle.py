import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from crowd.geometry import Mask, masks
from crowd.geometry.rle import decode_counts, encode_counts

lengths = st.integers(1, 2**20)
run_lists = st.builds(lambda first, rest: [first, *rest], st.integers(0, 2**20), st.lists(lengths, max_size=30))


@given(run_lists.filter(any))
def test_runs_of_any_length_are_written_and_read_as_coco_does(listed):
    runs = np.array(listed, dtype=np.int64)
    counts = encode_counts(runs)
    total = int(runs.sum())
    assert decode_counts(counts, pixels=total).tolist() == listed
    theirs = coco.frPyObjects({"size": [1, total], "counts": listed}, 1, total)
    assert theirs["counts"].decode() == counts
    assert coco.area({"size": [1, total], "counts": counts.encode()}) == sum(listed[1::2])


@given(st.text(st.characters(min_codepoint=0, max_codepoint=200), max_size=20), st.integers(1, 10_000))
def test_any_string_is_read_or_refused_and_what_is_read_covers_the_image(counts, pixels):
    with contextlib.suppress(ValueError):
        runs = decode_counts(counts, pixels=pixels)
        assert runs.sum() == pixels
        assert (runs[1:] > 0).all()
        assert runs[0] >= 0


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ("", "is empty; a mask needs at least one run"),
        ("é", "holds a character that compressed RLE does not use"),
        ("01p", "holds a character that compressed RLE does not use"),
        ("o", "ends in the middle of a run"),
        ("oooooooo0", "has a run longer than any image"),
        ("O", "has a run of negative length"),
        ("505", "has a run of length 0 after its first"),
        ("55", "covers 10 pixels; height times width is 12"),
    ],
)
def test_a_refusal_says_what_is_wrong(counts, words):
    with pytest.raises(ValueError, match="^" + words.replace(".", r"\.") + "$"):
        decode_counts(counts, pixels=12)


def test_sums_that_would_overflow_are_still_too_large():
    # growing differences: after 60,000 runs of +2**34 the lengths pass 2**49, and their sum 2**63
    longest = encode_counts(np.array([2**34 - 1]))
    with pytest.raises(ValueError, match="height times width is 12"):
        decode_counts(longest * 120_000, pixels=12)


def test_a_worked_example_by_hand():
    # 3 rows, 2 columns; column by column 0 1 1 | 1 0 0: one zero, three ones, two zeros
    picture = np.array([[0, 1], [1, 0], [1, 0]], dtype=bool)
    mask = masks.encode(picture)
    assert mask == Mask(height=3, width=2, counts="132")
    assert masks.runs(mask).tolist() == [1, 3, 2]
    assert masks.bounds(mask) == (0.0, 0.0, 2.0, 3.0)
    assert masks.area(mask) == 3


def test_masks_of_different_sizes_are_not_compared():
    with pytest.raises(ValueError, match="different sizes"):
        masks.iou_matrix([Mask(1, 2, "2")], [Mask(2, 1, "2")])
