"""Public libraries as judges: pycocotools for boxes, masks and keypoints, shapely for regions and lines."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco
from pycocotools.cocoeval import COCOeval

from crowd.geometry import boxes, ellipses, keypoints, masks, polygons, polylines, rasters, rings, rotated_boxes
from tests.geometry import strategies as shapes


@given(st.lists(shapes.boxes, min_size=1, max_size=5), st.lists(shapes.boxes, min_size=1, max_size=5))
def test_box_iou_is_cocos(first, second):
    expected = coco.iou(np.array(first), np.array(second), [0] * len(second))
    np.testing.assert_allclose(boxes.iou_matrix(first, second), expected, atol=1e-12)


@settings(deadline=None)
@given(st.lists(shapes.pictures(), min_size=1, max_size=3), st.lists(shapes.pictures(), min_size=1, max_size=3))
def test_mask_iou_is_that_of_the_pixels(first, second):
    def of(a, b):
        union = (a | b).sum()
        return (a & b).sum() / union if union else 1.0

    found = masks.iou_matrix([masks.encode(each) for each in first], [masks.encode(each) for each in second])
    np.testing.assert_allclose(found, [[of(a, b) for b in second] for a in first], atol=1e-12)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
@given(shapes.pictures())
def test_masks_are_coded_as_coco_codes_them(picture):
    theirs = coco.encode(np.asfortranarray(picture.astype(np.uint8)))
    mask = masks.encode(picture)
    assert (mask.height, mask.width, mask.counts) == (*theirs["size"], theirs["counts"].decode())
    assert masks.area(mask) == coco.area(theirs)
    assert (masks.decode(mask) == coco.decode(theirs).astype(bool)).all()
    x, y, width, height = coco.toBbox(theirs).tolist()
    if picture.any():
        assert masks.bounds(mask) == (x, y, x + width, y + height)


def coco_oks(truth, answer, area, sigmas):
    judge = COCOeval(iouType="keypoints")
    judge.params.kpt_oks_sigmas = np.array(sigmas)
    left, top, right, bottom = keypoints.bounds(truth)
    judge._gts[1, 1] = [
        {"keypoints": np.array(truth).ravel(), "area": area, "bbox": [left, top, right - left, bottom - top], "id": 1}
    ]
    judge._dts[1, 1] = [{"keypoints": np.array(answer).ravel(), "score": 1.0, "id": 1}]
    return judge.computeOks(1, 1)[0, 0]


visible = st.lists(st.tuples(shapes.xs, shapes.ys, st.sampled_from([1, 2])), min_size=17, max_size=17)


@settings(deadline=None, max_examples=50)
@given(visible, visible)
def test_oks_is_cocos_where_both_label_all_keypoints_and_the_area_is_given(first, second):
    size = (shapes.WIDTH, shapes.HEIGHT)
    areas = keypoints.scale_areas(np.array([first, second], dtype=float), image_size=size)
    area = math.sqrt(areas[0] * areas[1])
    found = keypoints.oks_matrix([first], [second], image_size=size)[0, 0]
    assert found == pytest.approx(coco_oks(first, second, area, keypoints.COCO_SIGMAS), abs=1e-9)


def test_oks_of_a_worked_example():
    # one keypoint of three is off by d = 10, area 100 * 100, sigma 0.05: exp(-100 / (2 * 10000 * 0.01)) = exp(-0.5)
    first, second = [[0, 0, 2], [100, 100, 2], [50, 50, 2]], [[0, 0, 2], [100, 100, 2], [60, 50, 2]]
    found = keypoints.oks_matrix([first], [second], image_size=(640, 480), sigmas=[0.05] * 3)[0, 0]
    assert found == pytest.approx((2 + math.exp(-0.5)) / 3, abs=1e-12)


def test_a_keypoint_that_only_one_labelled_counts_as_a_miss():
    first, second = [[0, 0, 2], [100, 100, 2]], [[0, 0, 0], [100, 100, 2]]
    assert keypoints.oks_matrix([first], [second], image_size=(640, 480))[0, 0] == 0.5


@given(shapes.turned, shapes.turned)
def test_rotated_iou_is_shapelys(first, second):
    a, b = (
        shapely.affinity.rotate(shapely.box(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), turn)
        for cx, cy, w, h, turn in (first, second)
    )
    expected = a.intersection(b).area / a.union(b).area
    assert rotated_boxes.iou_matrix([first], [second])[0, 0] == pytest.approx(expected, abs=1e-9)


def test_boxes_that_differ_in_one_side_alone_share_what_they_should():
    # GEOS alone finds nothing shared in about one of a thousand such pairs; the first is one of them
    rng = np.random.default_rng(5)
    sides = rng.integers(4, 200, (3000, 3)) / 4
    turns, centres = rng.integers(-360, 360, 3000), rng.integers(0, 400, (3000, 2)) / 4
    known = (16.0, 18.0, 8.0, 39.25, 314), (16.0, 18.0, 43.75, 39.25, 314)
    assert rotated_boxes.iou_matrix([known[0]], [known[1]])[0, 0] == pytest.approx(8 / 43.75, abs=1e-9)
    for (width, other, height), turn, centre in zip(sides, turns, centres, strict=True):
        found = rotated_boxes.iou_matrix([(*centre, width, height, turn)], [(*centre, other, height, turn)])[0, 0]
        assert found == pytest.approx(min(width, other) / max(width, other), abs=1e-9)


@given(shapes.turned)
def test_a_rotated_box_and_its_canonical_form_are_one(box):
    form = rotated_boxes.canonical(box)
    assert form[2] >= form[3]
    assert 0 <= form[4] < 180
    assert rotated_boxes.iou_matrix([box], [form])[0, 0] == pytest.approx(1.0, abs=1e-9)
    assert rotated_boxes.canonical(form) == form


@settings(deadline=None)
@given(shapes.polygons(), shapes.polygons())
def test_polygon_area_and_iou_are_shapelys(first, second):
    def even_odd(listed):
        result = shapely.Polygon()
        for ring in listed:
            result = result.symmetric_difference(shapely.Polygon(ring))
        return result

    a, b = even_odd(first), even_odd(second)
    assert polygons.area(first) == pytest.approx(a.area, abs=1e-6)
    expected = a.intersection(b).area / a.union(b).area
    assert polygons.iou_matrix([first], [second])[0, 0] == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(shapes.turned, shapes.turned)
def test_ellipse_iou_is_that_of_a_much_finer_outline(first, second):
    def fine(cx, cy, rx, ry, turn):
        return shapely.affinity.rotate(
            shapely.affinity.scale(shapely.Point(cx, cy).buffer(1, quad_segs=512), rx, ry), turn, origin=(cx, cy)
        )

    a, b = fine(*first), fine(*second)
    expected = a.intersection(b).area / a.union(b).area
    assert ellipses.iou_matrix([first], [second])[0, 0] == pytest.approx(expected, abs=2e-3)
    assert ellipses.area(first) == pytest.approx(a.area, rel=1e-4)
    assert shapely.Polygon(ellipses.outline(first)).area == pytest.approx(ellipses.area(first), rel=1e-9)
    assert ellipses.bounds(first) == pytest.approx(a.bounds, rel=1e-4, abs=1e-2)


def segments_meet(a, b, c, d):
    """Whether the closed segments ab and cd have a point in common, in exact arithmetic."""

    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    def spans(p, q, r):
        return min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])

    one, two, three, four = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    if one * two < 0 and three * four < 0:
        return True
    return any(
        turn == 0 and spans(*line, point)
        for turn, line, point in ((one, (a, b), c), (two, (a, b), d), (three, (c, d), a), (four, (c, d), b))
    )


def neighbours_overlap(before, corner, after):
    """Whether the edges before-corner and corner-after share more than the corner."""
    u = (before[0] - corner[0], before[1] - corner[1])
    v = (after[0] - corner[0], after[1] - corner[1])
    return u[0] * v[1] == u[1] * v[0] and u[0] * v[0] + u[1] * v[1] > 0


def simple_by_definition(ring):
    points = [tuple(map(Fraction, point)) for point in rings.closed(ring)[:-1].tolist()]
    n = len(points)
    edges = [(points[i], points[(i + 1) % n]) for i in range(n)]
    return (
        n >= 3
        and not any(neighbours_overlap(points[i - 1], points[i], points[(i + 1) % n]) for i in range(n))
        and not any(
            segments_meet(*edges[i], *edges[j]) for i, j in combinations(range(n), 2) if (j - i) % n not in (1, n - 1)
        )
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=7))
def test_a_ring_is_simple_where_exact_arithmetic_finds_no_meeting_edges(ring):
    assert rings.is_simple(ring) is simple_by_definition(ring)


@given(shapes.simple_rings, st.lists(shapes.points, min_size=1, max_size=8))
def test_points_in_a_ring_are_shapelys(ring, points):
    polygon = shapely.Polygon(ring)
    on_edge = [polygon.exterior.distance(shapely.Point(point)) < 1e-9 for point in points]
    found = rings.contains(ring, points)
    for point, edge, inside in zip(points, on_edge, found, strict=True):
        assert edge or inside == polygon.contains(shapely.Point(point))


@settings(deadline=None)
@given(shapes.polygons())
def test_a_filled_polygon_is_the_pixels_whose_centres_it_contains(polygon):
    found = rasters.fill(polygon, height=shapes.HEIGHT, width=shapes.WIDTH)
    x, y = np.meshgrid(np.arange(shapes.WIDTH) + 0.5, np.arange(shapes.HEIGHT) + 0.5)
    expected = polygons.contains(polygon, np.stack([x.ravel(), y.ravel()], axis=1)).reshape(found.shape)
    assert (found == expected).all()


@settings(deadline=None)
@given(shapes.pictures())
def test_a_mask_becomes_a_polygon_and_the_same_mask_again(picture):
    polygon = rasters.to_polygon(picture)
    assert all(rings.is_simple(ring) for ring in polygon)
    assert polygons.crossings(polygon) == ()
    assert (rasters.fill(polygon, height=12, width=17) == picture).all()
    if polygon:
        assert polygons.area(polygon) == pytest.approx(picture.sum())


@settings(deadline=None)
@given(shapes.polylines, shapes.polylines)
def test_the_distance_of_lines_lies_between_the_nearest_approach_and_the_hausdorff_distance(first, second):
    a, b = shapely.LineString(first), shapely.LineString(second)
    found = polylines.distance_matrix([first], [second])[0, 0]
    assert a.distance(b) - 1e-9 <= found <= shapely.hausdorff_distance(a, b, densify=0.02) + 1e-9


@given(shapes.polylines)
def test_a_line_walked_back_is_the_same_line(line):
    assert polylines.distance_matrix([line], [line[::-1]])[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert polylines.length(line) == pytest.approx(shapely.LineString(line).length)
