"""One geometry out of many, shape by shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.consensus.fusion import FUSIONS, fuse
from crowd.consensus.fusion.robust import robust_mean, weighted_median
from crowd.geometry import SHAPES, Mask, masks, similarity, similarity_matrix
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject

SIZE = (200, 200)


def fused(shape, geometries, weights=None):
    alike = similarity_matrix(shape, geometries, geometries, image_size=SIZE)
    return fuse(shape, geometries, np.ones(len(geometries)) if weights is None else np.asarray(weights, float), alike)


def jittered(shape, rng):  # noqa: C901 -- one arm a shape
    """The same thing as one more person would draw it; the thing itself for no spread."""

    def draw(spread):
        def move(points):
            return tuple(
                tuple(row) for row in (np.asarray(points, float) + rng.normal(0, spread, np.shape(points))).tolist()
            )

        square = ((40, 40), (120, 40), (120, 120), (40, 120))
        match shape:
            case "box":
                x, y, right, bottom = np.array([40, 40, 120, 100]) + rng.normal(0, spread, 4)
                return (x, y, right - x, bottom - y)
            case "rotated_box" | "ellipse":
                return tuple((np.array([100, 100, 60, 25, 30]) + rng.normal(0, spread, 5)).tolist())
            case "polygon":
                return (move(square), move(((60, 60), (100, 60), (100, 100), (60, 100))))
            case "polyline":
                return move(((20, 100), (60, 60), (100, 120), (180, 90)))
            case "point":
                return move(((90, 80),))[0]
            case "keypoints":
                return tuple(
                    (x, y, v) for (x, y), v in zip(move(((60, 60), (120, 60), (90, 150))), (2, 1, 2), strict=True)
                )
            case "mask":
                y, x = np.mgrid[:200, :200]
                cx, cy, r = np.array([100, 100, 50]) + rng.normal(0, spread, 3)
                return masks.encode((x - cx) ** 2 + (y - cy) ** 2 < r**2)
            case "cuboid":
                return move((*square, *((x + 20, y - 15) for x, y in square)))
        raise AssertionError(shape)

    return draw


def test_every_shape_has_its_fusion():
    assert set(FUSIONS) == set(SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
def test_seven_drawings_are_together_better_than_one(shape):
    rng = np.random.default_rng(5)
    draw = jittered(shape, rng)
    truth = draw(0.0)
    ours, single = [], []
    for _ in range(12):
        drawings = [draw(3.0) for _ in range(7)]
        ours.append(similarity(shape, fused(shape, drawings), truth, image_size=SIZE))
        single += [similarity(shape, each, truth, image_size=SIZE) for each in drawings]
    assert 1 - np.mean(ours) < 0.6 * (1 - np.mean(single))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_fused_is_a_valid_geometry(shape):
    extra = {"keypoints": ["a", "b", "c"]} if shape == "keypoints" else {}
    schema = parse_schema({"objects": [{"name": "thing", "shape": shape, **extra}]})
    draw = jittered(shape, np.random.default_rng(6))
    for number in (2, 3, 6):
        result = fused(shape, [draw(3.0) for _ in range(number)])
        document = annotation_to_json(Annotation({}, (LabelledObject("thing", shape, result),)))
        parse_annotation(document, schema=schema, width=SIZE[0], height=SIZE[1])


@pytest.mark.parametrize("shape", SHAPES)
def test_two_wild_drawings_of_seven_hardly_matter(shape):
    rng = np.random.default_rng(7)
    draw = jittered(shape, rng)
    truth = draw(0.0)
    drawings = [draw(1.0) for _ in range(5)]
    wild = [draw(25.0) for _ in range(2)] if shape != "polygon" else [_moved(truth, 30), _moved(truth, -30)]
    with_wild = similarity(shape, fused(shape, [*drawings, *wild]), truth, image_size=SIZE)
    assert with_wild > 0.85


def _moved(rings, by):
    return tuple(tuple((x + by, y + by) for x, y in ring) for ring in rings)


def test_angles_are_averaged_on_their_circle_however_written():
    one = fused("rotated_box", [(50, 50, 40, 20, 179), (50, 50, 40, 20, 1), (50, 50, 20, 40, 90)])
    assert similarity("rotated_box", one, (50, 50, 40, 20, 0), image_size=SIZE) > 0.98


def test_lines_drawn_backwards_are_turned_round():
    line = ((0, 0), (50, 10), (100, 0))
    assert similarity("polyline", fused("polyline", [line, line[::-1], line]), line, image_size=SIZE) > 0.99


def test_a_hole_survives_when_most_drew_it():
    outer = ((10, 10), (90, 10), (90, 90), (10, 90))
    hole = ((30, 30), (60, 30), (60, 60), (30, 60))
    assert len(fused("polygon", [(outer, hole), (outer, hole), (outer,)])) == 2
    assert len(fused("polygon", [(outer,), (outer, hole), (outer,)])) == 1


def test_keypoints_are_labelled_and_visible_by_vote():
    people = [
        ((10, 10, 2), (20, 20, 1), (0, 0, 0)),
        ((11, 10, 2), (20, 20, 1), (5, 5, 1)),
        ((12, 10, 1), (0, 0, 0), (0, 0, 0)),
    ]
    assert fused("keypoints", people) == ((11.0, 10.0, 2), (20.0, 20.0, 1), (0.0, 0.0, 0))


def test_masks_without_common_ground_fall_back_to_one_of_them():
    apart = [masks.encode(np.eye(20, dtype=bool) & (np.arange(20)[:, None] % 3 == n)) for n in range(3)]
    assert fused("mask", apart) in apart


def test_more_answers_than_bits_in_a_word_are_all_counted():
    small = masks.encode(np.pad(np.ones((4, 4), dtype=bool), 8))
    large = masks.encode(np.pad(np.ones((8, 8), dtype=bool), 6))
    result = fused("mask", [small] * 30 + [large] * 40)
    assert isinstance(result, Mask)
    assert masks.area(result) == 64


NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9)


@given(NUMBERS, st.floats(-1e3, 1e3))
@settings(deadline=None)
def test_robust_location_lies_among_the_values_and_moves_with_them(values, shift):
    array, weights = np.array(values), np.ones(len(values))
    for locate in (weighted_median, robust_mean):
        centre = locate(array, weights)
        assert array.min() - 1e-9 <= centre <= array.max() + 1e-9
        assert locate(array + shift, weights) == pytest.approx(centre + shift, abs=0.05)


def test_a_weighted_median_is_that_of_repeated_values():
    values, weights = np.array([1.0, 5.0, 2.0]), np.array([2.0, 1.0, 3.0])
    assert weighted_median(values, weights) == np.median([1, 1, 5, 2, 2, 2])


def test_heavier_sources_pull_harder():
    assert robust_mean(np.array([0.0, 10.0]), np.array([3.0, 1.0])) == 2.5
