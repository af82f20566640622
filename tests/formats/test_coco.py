"""COCO as pycocotools reads it."""

import contextlib
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from crowd import geometry
from crowd.geometry import rasters
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject, Schema
from crowd.labels.writing import object_to_json
from tests.formats.items import HEIGHT, SCHEMA, WIDTH, everything, item, items, many, written
from tests.labels import example

# pycocotools' own decoder, under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def loaded(content: bytes) -> COCO:
    coco = COCO()
    coco.dataset = json.loads(content)
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
    return coco


def one(label: str, shape: str, shape_geometry: object, **attributes: bool) -> tuple[COCO, dict, dict]:
    thing = LabelledObject(label, shape, shape_geometry, attributes)
    content, report = written("coco", [item(1, Annotation({}, (thing,)))])
    coco = loaded(content)
    return coco, coco.loadAnns(coco.getAnnIds())[0], dict(report.approximated)


def test_a_file_on_disk_is_loaded_by_pycocotools(tmp_path, capsys):
    path = tmp_path / "coco.json"
    path.write_bytes(written("coco", many(5))[0])

    coco = COCO(path)

    assert coco.getImgIds() == [1, 2, 3, 4, 5]
    assert len(coco.getAnnIds()) == 15
    assert len(set(coco.getAnnIds())) == 15
    assert coco.loadImgs(2)[0]["file_name"] == "image 2.jpg"
    assert [coco.cats[id_]["name"] for id_ in coco.getCatIds()] == [each.name for each in SCHEMA.objects]


def test_a_box_is_a_box():
    _, entry, approximated = one("car", "box", (1.5, 2, 10, 20.25))

    assert (entry["bbox"], entry["area"], entry["iscrowd"]) == ([1.5, 2, 10, 20.25], 202.5, 0)
    assert approximated == {}


def test_a_polygon_without_holes_stays_one():
    coco, entry, approximated = one(
        "cell", "polygon", (((1, 1), (11, 1), (11, 9), (1, 9)), ((20, 20), (30, 20), (30, 30)))
    )

    assert entry["segmentation"] == [[1, 1, 11, 1, 11, 9, 1, 9], [20, 20, 30, 20, 30, 30]]
    assert entry["area"] == 80 + 50
    assert entry["bbox"] == [1, 1, 29, 29]
    assert int(coco.annToMask(entry).sum()) == pytest.approx(130, abs=5)
    assert approximated == {}


def test_a_polygon_with_a_hole_becomes_exactly_its_pixels():
    rings = (((1, 1), (11, 1), (11, 11), (1, 11)), ((4, 4), (8, 4), (8, 8), (4, 8)))
    coco, entry, approximated = one("cell", "polygon", rings)

    expected = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    expected[1:11, 1:11] = 1
    expected[4:8, 4:8] = 0
    assert np.array_equal(coco.annToMask(entry), expected)
    assert entry["area"] == 100 - 16
    assert approximated == {"a polygon with holes, or a crowd, as pixels": 1}


@pytest.mark.parametrize(
    ("label", "shape", "shape_geometry", "area"),
    [
        ("ship", "rotated_box", (30, 20, 20, 10, 30), 200),
        ("fruit", "ellipse", (30, 20, 12, 8, 45), math.pi * 96),
        ("pallet", "cuboid", ((10, 10), (20, 10), (20, 20), (10, 20), (15, 5), (25, 5), (25, 15), (15, 15)), 200),
    ],
)
def test_other_shapes_become_polygons_of_the_same_area_and_keep_what_they_were(label, shape, shape_geometry, area):
    coco, entry, approximated = one(label, shape, shape_geometry)

    assert entry["area"] == pytest.approx(area)
    assert int(coco.annToMask(entry).sum()) == pytest.approx(area, rel=0.05)
    assert entry["crowd"][shape] == json.loads(json.dumps(shape_geometry))
    assert list(approximated.values()) == [1]


def test_a_cuboid_seen_edge_on_has_no_area_and_no_polygon():
    flat = tuple((x, 5.0) for x in (1, 9, 9, 1, 2, 8, 8, 2))
    _, entry, _ = one("pallet", "cuboid", flat)

    assert (entry["segmentation"], entry["area"], entry["bbox"]) == ([], 0, [1, 5, 8, 0])


def test_a_mask_keeps_its_pixels():
    coco = loaded(written("coco", [everything()])[0])
    entry = next(each for each in coco.anns.values() if coco.cats[each["category_id"]]["name"] == "sky")
    mask = coco.annToMask(entry)
    rows, columns = np.nonzero(mask)

    assert entry["segmentation"] == example.GEOMETRIES["mask"]
    assert entry["area"] == int(mask.sum())
    assert entry["bbox"] == [
        columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1,
    ]  # fmt: skip


def test_keypoints_are_cocos_and_its_skeleton_counts_from_one():
    coco, entry, _ = one("person", "keypoints", ((10, 10, 2), (12, 14, 0)))
    category = coco.cats[entry["category_id"]]

    assert entry["keypoints"] == [10, 10, 2, 0, 0, 0]
    assert entry["num_keypoints"] == 1
    assert category["keypoints"] == ["nose", "left_eye"]
    assert category["skeleton"] == [[1, 2]]
    assert category["sigmas"] == [0.026, 0.025]


def test_a_point_is_one_keypoint():
    coco, entry, _ = one("spot", "point", (3, 4))

    assert (entry["keypoints"], entry["num_keypoints"]) == ([3, 4, 2], 1)
    assert coco.cats[entry["category_id"]]["keypoints"] == ["point"]


def test_a_polyline_is_kept_beside_and_reported():
    line = LabelledObject("lane", "polyline", ((1, 1), (5, 5)))
    content, report = written("coco", [item(1, Annotation({}, (line,)))])

    assert json.loads(content)["annotations"] == []
    assert json.loads(content)["images"][0]["crowd"]["objects"] == [object_to_json(line)]
    assert report.left_out == {"a polyline, kept in its image's field `crowd`": 1}


def test_a_class_that_the_guideline_lost_is_kept_beside_and_reported():
    old = LabelledObject("van", "box", (1, 1, 5, 5))
    content, report = written("coco", [item(1, Annotation({}, (old,)))])

    assert json.loads(content)["images"][0]["crowd"]["objects"] == [object_to_json(old)]
    assert list(report.left_out.values()) == [1]


def test_a_crowd_is_given_as_run_lengths_as_coco_wants():
    schema = parse_schema(
        {"objects": [{"name": "person", "shape": "polygon", "attributes": [{"name": "iscrowd", "kind": "binary"}]}]}
    )
    thing = LabelledObject("person", "polygon", (((1, 1), (11, 1), (11, 9), (1, 9)),), {"iscrowd": True})
    coco = loaded(written("coco", [item(1, Annotation({}, (thing,)))], schema=schema)[0])
    entry = coco.anns[1]

    assert entry["iscrowd"] == 1
    assert entry["segmentation"]["size"] == [HEIGHT, WIDTH]
    assert coco.getAnnIds(iscrowd=True) == [1]
    assert int(coco.annToMask(entry).sum()) == entry["area"] == 80


def test_answers_and_provenance_are_kept_with_the_image():
    image = json.loads(written("coco", [everything()])[0])["images"][0]

    assert image["crowd"]["classifications"] == example.ANNOTATION["classifications"]
    assert image["crowd"]["sha256"] == "7" * 64
    assert image["crowd"]["method"] == "dawid_skene"
    assert image["crowd"]["resolved_at"] == "2026-03-01T12:07:00.250000Z"
    assert image["crowd"]["lineage"][0] == {"assignment": "a7", "worker": "w1", "guideline": 2, "weight": 0.75}


def test_attributes_ids_and_scores_are_kept_with_the_object():
    entry = json.loads(written("coco", [everything()])[0])["annotations"][0]

    assert entry["score"] == 0.5
    assert entry["crowd"] == {
        "id": "a", "label": "car", "attributes": {"occluded": True, "colour": "red"}, "score": 0.5,
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(release=items())
def test_areas_and_bounds_agree_with_what_pycocotools_draws(release):
    coco = loaded(written("coco", release)[0])
    things = [each for one in release for each in one.annotation.objects if each.shape != "polyline"]

    assert len(coco.anns) == len(things)
    for thing, entry in zip(things, coco.anns.values(), strict=True):
        left, top, right, bottom = geometry.bounds(thing.shape, thing.geometry)
        assert entry["bbox"] == pytest.approx([left, top, right - left, bottom - top])
        if not entry["segmentation"]:
            continue
        drawn = coco.annToMask(entry)
        ours = rasters.pixels(thing.shape, thing.geometry, height=HEIGHT, width=WIDTH)
        around = 2 * (right - left + bottom - top)
        assert abs(int(drawn.sum()) - entry["area"]) <= around
        assert int((drawn.astype(bool) ^ ours).sum()) <= around


def test_a_release_evaluates_perfectly_against_itself():
    coco = loaded(written("coco", many(4))[0])
    with contextlib.redirect_stdout(io.StringIO()):
        found = coco.loadRes([each | {"score": 1.0} for each in coco.dataset["annotations"]])
        evaluation = COCOeval(coco, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()

    assert evaluation.stats[0] == pytest.approx(1.0)


def test_a_schema_of_questions_alone_gives_images_alone():
    schema = Schema(classifications=SCHEMA.classifications)
    content, report = written("coco", [item(1, Annotation({"scene": "indoor"}))], schema=schema)

    assert (json.loads(content)["categories"], json.loads(content)["annotations"]) == ([], [])
    assert report.left_out == {"an answer about the image, kept in its field `crowd`": 1}
