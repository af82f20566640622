"""What a release says is what an import of it reads: COCO wholly, YOLO to six decimals, VOC in whole pixels."""

import io
import json
import math
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd import geometry
from crowd.errors import Invalid
from crowd.formats import ReleaseItem
from crowd.formats.readers import coco, voc, yolo
from crowd.formats.readers.placing import Canvas, answered, placed
from crowd.formats.readers.sets import Folder, Item
from crowd.geometry import Mask, masks, rasters
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject, Schema
from tests.formats.items import HEIGHT, SCHEMA, WIDTH, everything, item, items, written

READERS = {"coco": coco.read, "yolo": yolo.read, "voc": voc.read}
SIZE = (WIDTH, HEIGHT)
SIX = 1e-6 * math.hypot(WIDTH, HEIGHT)  # pixels: six decimals of a share, rounded


def read(name: str, release: list[ReleaseItem], schema: Schema = SCHEMA) -> list[Item]:
    """The items that a reader finds in a release's file."""
    file = io.BytesIO(written(name, release, schema=schema)[0])
    return list(READERS[name](Folder(file, name=f"{name}.json")))


def back(found: Item, image: Any, schema: Schema = SCHEMA) -> tuple[Annotation, list[str]]:
    """The annotation that an import makes of an item, and the codes of what it cannot carry."""
    document: dict[str, Any] = {"objects": []}
    codes = [fault.code for fault in found.faults]
    canvas = Canvas((image.width, image.height), found.relative)
    for each in map(asdict, found.objects):
        try:
            thing, lost = placed(each, schema=schema, canvas=canvas)
        except Invalid as fault:
            codes.append(fault.code)
            continue
        document["objects"].append(thing)
        codes += [code for code, _ in lost]
    document["classifications"], lost = answered(found.answers, schema=schema)
    codes += [code for code, _ in lost]
    sound = parse_annotation(json.loads(json.dumps(document)), schema=schema, width=image.width, height=image.height,
                             complete=False, lenient=True)  # fmt: skip
    return sound, codes


def alone(label: str, shape: str, place: Any, **attributes: Any) -> list[ReleaseItem]:
    return [item(1, Annotation({}, (LabelledObject(label, shape, place, attributes),)))]


def close(one: Any, other: Any, within: float) -> bool:
    """Whether two geometries are the same list of numbers but for a distance."""
    return np.allclose(np.concatenate([np.ravel(ring) for ring in _rings(one)]),
                       np.concatenate([np.ravel(ring) for ring in _rings(other)]), rtol=0, atol=within)  # fmt: skip


def _rings(place: Any) -> list[Any]:
    return list(place) if np.ndim(place[0]) else [place]


def as_labelled(thing: LabelledObject) -> Any:
    """A geometry without what COCO leaves out: where a keypoint lies that is not labelled."""
    if thing.shape == "keypoints":
        return tuple((x, y, v) if v else (0.0, 0.0, 0) for x, y, v in thing.geometry)
    return thing.geometry


@settings(max_examples=40, deadline=None)
@given(release=items())
def test_coco_comes_back_as_it_was(release):
    for one, found in zip(release, read("coco", release), strict=True):
        annotation, codes = back(found, one.image)
        assert codes == []
        assert (found.name, found.sha256) == (one.image.name, one.image.sha256)
        assert annotation.classifications == one.annotation.classifications
        assert sorted(map(_told, annotation.objects)) == sorted(map(_told, one.annotation.objects))


def _told(thing: LabelledObject) -> str:
    return repr(
        (thing.label, thing.shape, as_floats(as_labelled(thing)), dict(thing.attributes), thing.id, thing.score)
    )


def as_floats(place: Any) -> Any:
    if isinstance(place, Mask):
        return place
    return [as_floats(each) for each in place] if isinstance(place, tuple | list) else float(place)


def test_every_shape_and_every_answer_comes_back_through_coco():
    whole = everything()
    annotation, codes = back(read("coco", [whole])[0], whole.image)

    assert codes == []
    assert annotation.classifications == whole.annotation.classifications
    assert sorted(map(_told, annotation.objects)) == sorted(map(_told, whole.annotation.objects))


def test_a_crowd_comes_back_as_one_where_the_class_has_crowds():
    ring = (((1, 1), (11, 1), (11, 9), (1, 9)),)
    crowds = parse_schema(
        {"objects": [{"name": "cell", "shape": "polygon", "attributes": [{"name": "iscrowd", "kind": "binary"}]}]}
    )
    (found,) = read("coco", alone("cell", "polygon", ring, iscrowd=True), crowds)
    annotation, codes = back(found, item(1).image, crowds)

    assert codes == []
    assert annotation.objects[0].attributes == {"iscrowd": True}
    assert as_floats(annotation.objects[0].geometry) == as_floats(ring)
    assert back(found, item(1).image)[1] == ["crowd_region"]


def test_coco_of_others_says_whether_it_is_a_crowd_and_has_polygons_of_several_parts():
    entry = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 29, 29], "iscrowd": 0}
    parts = [[1, 1, 11, 1, 11, 9], [20, 20, 30, 20, 30, 30]]
    inside = [[1, 1, 30, 1, 30, 30, 1, 30], [5, 5, 9, 5, 9, 9]]
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [entry | {"segmentation": parts}, entry | {"segmentation": inside}],
    }
    (found,) = coco.read(Folder(io.BytesIO(json.dumps(document).encode()), name="a.json"))

    assert [sorted(each.shapes) for each in found.objects] == [["box", "mask", "polygon"], ["box", "mask"]]
    assert found.objects[0].flags == {"iscrowd": False}
    assert found.objects[0].shapes["polygon"] == [[[1, 1], [11, 1], [11, 9]], [[20, 20], [30, 20], [30, 30]]]


def test_a_shape_that_another_tool_has_moved_is_read_where_it_is_now():
    document = json.loads(written("coco", alone("ship", "rotated_box", (32, 24, 16, 12, 90)))[0])
    document["annotations"][0]["bbox"] = [0, 0, 12, 16]
    (found,) = coco.read(Folder(io.BytesIO(json.dumps(document).encode()), name="a.json"))

    assert "rotated_box" not in found.objects[0].shapes
    assert back(found, item(1).image)[1] == ["other_shape"]


simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just("x")
keys = st.sampled_from([*geometry.SHAPES, "id", "score", "attributes", "label", "objects", "classifications"])
anything = st.recursive(
    simple, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)


@settings(max_examples=80, deadline=None)
@given(own=anything, outline=anything, bounds=anything)
def test_whatever_stands_in_a_coco_file_its_images_are_read(own, outline, bounds):
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT, "crowd": own}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "crowd": own},
            {"image_id": 1, "category_id": 1, "bbox": bounds, "segmentation": outline, "keypoints": outline},
        ],
    }
    (found,) = coco.read(Folder(io.BytesIO(json.dumps(document).encode()), name="a.json"))

    assert found.name == "a.png"


@settings(max_examples=30, deadline=None)
@given(release=items().filter(len))
def test_yolo_comes_back_to_six_decimals(release):
    by_sha256 = {each.sha256: each for each in read("yolo", release)}
    for one in release:
        found = by_sha256[one.image.sha256]
        annotation, codes = back(found, one.image)
        there = [each for each in one.annotation.objects if each.shape in {"box", "rotated_box", "keypoints"}]
        again = [each for each in annotation.objects if each.shape in {"box", "rotated_box", "keypoints"}]
        assert found.name == one.image.name
        for label in {each.label for each in there}:
            pairs = zip(_of(there, label), _of(again, label), strict=True)
            assert all(_same(before, after) for before, after in pairs)
        for label in {"cell", "sky"}:
            for before, after in zip(_of(one.annotation.objects, label), _of(annotation.objects, label), strict=True):
                size = {"height": HEIGHT, "width": WIDTH}
                moved = rasters.pixels(before.shape, before.geometry, **size) ^ rasters.pixels(
                    after.shape, after.geometry, **size
                )
                assert int(moved.sum()) <= 6  # a centre on an edge
        # ellipses and cuboids have no like in it: said, not guessed
        unlike = sum(each.shape in {"ellipse", "cuboid"} for each in one.annotation.objects)
        assert codes == ["other_shape"] * unlike


def _of(things: Any, label: str) -> list[LabelledObject]:
    return [each for each in things if each.label == label]


def _same(before: LabelledObject, after: LabelledObject) -> bool:
    if before.shape == "rotated_box":  # a square may come back turned by a right angle
        return geometry.similarity("rotated_box", before.geometry, after.geometry, image_size=SIZE) > 0.999
    return close(as_labelled(before), after.geometry, SIX)


def test_a_polygon_with_holes_and_parts_comes_back_through_yolo_as_rings():
    rings = (((1, 1), (11, 1), (11, 11), (1, 11)), ((4, 4), (8, 4), (8, 8)), ((20, 20), (30, 20), (30, 30)))
    annotation, codes = back(read("yolo", alone("cell", "polygon", rings))[0], item(1).image)

    assert codes == []
    assert [len(ring) for ring in annotation.objects[0].geometry] == [4, 3, 3]
    assert close([each for ring in sorted(annotation.objects[0].geometry) for each in ring],
                 [each for ring in sorted(rings) for each in ring], SIX)  # fmt: skip


def test_each_data_set_of_an_archive_has_its_own_numbers():
    release = [item(1, Annotation({}, (LabelledObject("car", "box", (1, 1, 5, 5)),
                                       LabelledObject("person", "keypoints", ((5, 5, 2), (9, 9, 1))))))]  # fmt: skip
    (found,) = read("yolo", release)

    assert sorted(each.label for each in found.objects) == ["car", "person"]


def test_texts_of_one_name_in_one_data_set_stay_apart():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.yaml", "names: [car]")
        archive.writestr("labels/train/1.txt", "0 0.5 0.5 0.5 0.5\n")
        archive.writestr("labels/val/1.txt", "0 0.1 0.1 0.1 0.1\n")
    found = list(yolo.read(Folder(out, name="a.zip")))

    assert [len(each.objects) for each in found] == [1, 1]


@settings(max_examples=40, deadline=None)
@given(release=items().filter(len))
def test_voc_comes_back_in_whole_pixels_around(release):
    by_sha256 = {each.sha256: each for each in read("voc", release)}
    for one in release:
        annotation, _ = back(by_sha256[one.image.sha256], one.image)
        for before, after in zip(_of(one.annotation.objects, "car"), annotation.objects, strict=True):
            left, top, right, bottom = geometry.bounds("box", before.geometry)
            x, y = math.floor(left), math.floor(top)
            assert after.geometry == (x, y, math.ceil(right) - x, math.ceil(bottom) - y)
            assert after.attributes == before.attributes  # `occluded`: VOC's own flag


@pytest.mark.parametrize("name", ["coco", "yolo", "voc"])
def test_an_empty_image_comes_back_as_one(name):
    (found,) = read(name, [item(1)])

    assert (back(found, item(1).image), found.name) == ((Annotation(), []), "image 1.jpg")


def test_a_mask_comes_back_through_yolo_as_its_pixels():
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    pixels[4:20, 4:20] = True
    pixels[8:12, 8:12] = False
    pixels[30:40, 40:60] = True
    annotation, codes = back(read("yolo", alone("sky", "mask", masks.encode(pixels)))[0], item(1).image)

    assert codes == []
    assert np.array_equal(masks.decode(annotation.objects[0].geometry), pixels)


def test_outlines_that_would_take_for_ever_to_paint_are_refused(monkeypatch):
    monkeypatch.setattr("crowd.formats.readers.placing.AT_LEAST", 0)
    canvas = Canvas((WIDTH, HEIGHT), relative=True)
    square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    for _ in range(64):
        placed({"label": "sky", "shapes": {"polygon": [square]}}, schema=SCHEMA, canvas=canvas)
    with pytest.raises(Invalid, match="far more"):
        placed({"label": "sky", "shapes": {"polygon": [square]}}, schema=SCHEMA, canvas=canvas)
    far = [[0.0, 0.0], [1e300, 0.0], [1.0, 1.0]]
    with pytest.raises(Invalid, match="far out"):
        placed({"label": "sky", "shapes": {"polygon": [far]}}, schema=SCHEMA, canvas=canvas)
