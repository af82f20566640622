"""The figures that Python and the browser must agree on, read from the same files by both."""

import json
from pathlib import Path

import numpy as np
import pycocotools.mask
import pytest

from crowd.errors import Invalid
from crowd.geometry import area, bounds, ellipses, masks, polygons, rasters, rings, rotated_boxes, similarity
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema

FOLDER = Path(__file__).parent / "fixtures"


def cases(name):
    listed = json.loads((FOLDER / f"{name}.json").read_text())
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in listed])


@cases("area")
def test_area(case):
    assert area(case["shape"], case["geometry"]) == pytest.approx(case["area"], abs=1e-9)


@cases("bounds")
def test_bounds(case):
    assert bounds(case["shape"], case["geometry"]) == pytest.approx(case["bounds"], abs=1e-9)


@cases("corners")
def test_corners_of_a_rotated_box(case):
    expected = [pytest.approx(corner, abs=1e-9) for corner in case["corners"]]
    assert rotated_boxes.corners(case["rotated_box"]).tolist() == expected


@cases("contains")
def test_points_in_a_polygon(case):
    assert polygons.contains(case["polygon"], case["points"]).tolist() == case["inside"]


@cases("iou")
def test_intersection_over_union(case):
    found = similarity(case["shape"], case["a"], case["b"], image_size=(640, 480))
    assert found == pytest.approx(case["iou"], abs=case["tolerance"])


@cases("crossing")
def test_rings_that_cross_or_touch_themselves(case):
    assert rings.is_simple(case["ring"]) is case["simple"]
    assert (rings.crossing(case["ring"]) is None) is case["simple"]


@cases("parts")
def test_parts_and_holes(case):
    found = [{"outer": part.outer, "holes": list(part.holes)} for part in polygons.parts(case["polygon"])]
    assert found == case["parts"]


def _coco(pixels):
    return pycocotools.mask.encode(np.asfortranarray(pixels.astype(np.uint8)))


@cases("masks")
def test_masks_are_written_and_joined_as_by_pycocotools(case):
    one, other = (np.array([list(row) for row in case[key]]) == "#" for key in ("rows", "other"))
    assert _coco(one)["counts"].decode() == case["counts"]
    assert _coco(one | other)["counts"].decode() == case["union"]
    assert _coco(one & ~other)["counts"].decode() == case["difference"]
    assert pycocotools.mask.area(_coco(one)) == case["area"]
    assert pycocotools.mask.toBbox(_coco(one)).tolist() == (case["bounds"] or [0, 0, 0, 0])


@cases("filled")
def test_polygons_are_filled_by_their_pixels_centres(case):
    height, width = case["size"]
    assert masks.encode(rasters.fill(case["polygon"], height=height, width=width)).counts == case["counts"]


@cases("ellipses")
def test_points_in_an_ellipse(case):
    assert ellipses.contains(case["ellipse"], case["points"]).tolist() == case["inside"]


@cases("crossings")
def test_rings_that_cross_each_other(case):
    assert [list(pair) for pair in polygons.crossings(case["rings"])] == case["crossings"]


@cases("sound")
def test_geometries_that_are_taken_and_refused(case):
    object_class = {"attributes": [], **case["class"]}
    schema = parse_schema({"classifications": [], "objects": [object_class]})
    document = {
        "classifications": {},
        "objects": [{"label": object_class["name"], object_class["shape"]: case["geometry"]}],
    }
    try:
        parse_annotation(document, schema=schema, width=100, height=80)
    except Invalid:
        assert not case["sound"]
    else:
        assert case["sound"]
