import math

import numpy as np
import pytest

from crowd.geometry import area, masks, rasters, similarity, similarity_matrix
from crowd.geometry.cuboids import silhouette
from crowd.geometry.polylines import distance_matrix, resample

VGA = (640, 480)  # its diagonal is 800, so that half similarity is at 16 pixels
CUBOID = ((10, 10), (20, 10), (20, 20), (10, 20), (13, 7), (23, 7), (23, 17), (13, 17))


@pytest.mark.parametrize(("distance", "expected"), [(0, 1.0), (16, 0.5), (32, 1 / 16), (64, 2.0**-16), (64.1, 0.0)])
def test_points_are_half_similar_at_2_percent_of_the_diagonal(distance, expected):
    assert similarity("point", (100, 100), (100 + distance, 100), image_size=VGA) == pytest.approx(expected, abs=1e-12)


def test_parallel_lines_are_as_far_as_they_lie_apart():
    line, below = ((0, 0), (100, 0)), ((100, 16), (50, 16), (0, 16))
    assert distance_matrix([line], [below])[0, 0] == pytest.approx(16.0)
    assert similarity("polyline", line, below, image_size=VGA) == pytest.approx(0.5)


def test_half_a_line_is_far_from_the_whole():
    # of the longer line's far half the mean distance is 50 / 2, and over the whole line half of that
    found = distance_matrix([((0, 0), (100, 0))], [((0, 0), (50, 0))])[0, 0]
    assert found == pytest.approx(12.5, rel=0.05)


def test_lines_beyond_reach_have_nothing_in_common():
    assert similarity("polyline", ((0, 0), (9, 9)), ((300, 300), (309, 309)), image_size=VGA) == 0.0


def test_a_line_is_resampled_at_equal_steps():
    assert resample([[0, 0], [4, 0], [4, 4]], 5).tolist() == [[0, 0], [2, 0], [4, 0], [4, 2], [4, 4]]
    assert resample([[3, 3], [3, 3]], 2).tolist() == [[3, 3], [3, 3]]


def test_cuboids_that_differ_in_front_and_back_are_told_apart():
    swapped = CUBOID[4:] + CUBOID[:4]
    # silhouettes are the same; of each face 7 x 7 of 10 x 10 is shared
    face = 49 / 151
    assert similarity("cuboid", CUBOID, swapped, image_size=VGA) == pytest.approx((1 + 2 * face) / 3)
    assert area("cuboid", CUBOID) == pytest.approx(160)
    assert len(silhouette(CUBOID)) == 6


def test_a_face_seen_edge_on_by_both_does_not_count():
    flat = tuple((20 if place < 4 else x, y) for place, (x, y) in enumerate(CUBOID))
    assert similarity("cuboid", flat, flat, image_size=VGA) == 1.0
    moved = tuple((x + 1, y) for x, y in flat)
    assert 0.5 < similarity("cuboid", flat, moved, image_size=VGA) < 1.0


def test_empty_masks_are_alike_and_unlike_any_other():
    empty, full = masks.encode(np.zeros((4, 5), dtype=bool)), masks.encode(np.ones((4, 5), dtype=bool))
    found = similarity_matrix("mask", [empty, full], [empty, full], image_size=(5, 4))
    assert found.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_keypoints_without_sigmas_take_the_default():
    person = ((10, 10, 2), (20, 30, 2))
    assert similarity("keypoints", person, person, image_size=VGA, sigmas=()) == 1.0


@pytest.mark.parametrize(
    ("shape", "geometry", "count"),
    [
        ("box", (1, 1, 4, 3), 12),
        ("box", (1.6, 1, 3, 3), 9),
        ("box", (-5, -5, 7, 7), 4),
        ("rotated_box", (5, 5, 4, 2, 90), 8),
        ("polygon", (((0, 0), (6, 0), (6, 6), (0, 6)), ((2, 2), (4, 2), (4, 4), (2, 4))), 32),
        ("cuboid", ((1, 3), (5, 3), (5, 7), (1, 7), (1, 3), (5, 3), (5, 7), (1, 7)), 16),
    ],
)
def test_a_shape_covers_the_pixels_whose_centres_it_holds(shape, geometry, count):
    assert rasters.pixels(shape, geometry, height=10, width=10).sum() == count


def test_a_filled_circle_has_nearly_its_area():
    mask = rasters.to_mask("ellipse", (50, 50, 40, 40, 0), height=100, width=100)
    assert masks.area(mask) == pytest.approx(math.pi * 40**2, rel=0.005)
    assert rasters.to_mask("mask", mask, height=100, width=100) == mask


def test_what_covers_no_pixels_or_another_image_is_refused():
    with pytest.raises(ValueError, match="a point covers no pixels"):
        rasters.pixels("point", (1, 1), height=2, width=2)
    with pytest.raises(ValueError, match="the mask is 2 x 2, not 3 x 3"):
        rasters.pixels("mask", masks.encode(np.zeros((2, 2), dtype=bool)), height=3, width=3)
