"""Formats that are pictures of numbers: masks and COCO panoptic."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from crowd.formats import painting
from crowd.geometry import rasters
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, WIDTH, everything, item, items, written

SCHEMA = parse_schema(
    {
        "objects": [
            {"name": "sky", "shape": "polygon", "stuff": True, "color": "#08f"},
            {"name": "car", "shape": "box", "color": "#ff8000"},
        ]
    }
)


def unpacked(name: str, release, **options) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written(name, release, **options)[0])) as found:
        return {path: found.read(path) for path in found.namelist()}


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture)


def scene() -> list:
    """Two pieces of sky, and two cars of which the second covers part of the first and of the sky."""
    sky = (((0, 0), (10, 0), (10, 10), (0, 10)),), (((20, 0), (30, 0), (30, 10), (20, 10)),)
    cars = (5, 20, 10, 10), (10, 5, 10, 20)
    things = [LabelledObject("sky", "polygon", rings) for rings in sky]
    things += [LabelledObject("car", "box", box) for box in cars]
    return [item(1, Annotation({}, tuple(things)))]


def test_semantic_pixels_are_classes_and_instance_pixels_objects():
    files = unpacked("masks", scene(), schema=SCHEMA)
    semantic, instance = pixels(files["semantic/image-1_1.png"]), pixels(files["instance/image-1_1.png"])

    assert semantic.shape == instance.shape == (HEIGHT, WIDTH)
    assert [int(semantic[y, x]) for x, y in ((2, 2), (25, 2), (6, 28), (12, 15), (60, 40))] == [1, 1, 2, 2, 0]
    assert [int(instance[y, x]) for x, y in ((2, 2), (25, 2), (6, 28), (12, 15), (60, 40))] == [1, 2, 3, 4, 0]
    assert json.loads(files["classes.json"])[2] == {"number": 2, "name": "car", "stuff": False}
    assert json.loads(files["instances.jsonl"])["instances"][3] == {"number": 4, "label": "car"}


def test_classes_are_shown_in_their_colours():
    with Image.open(io.BytesIO(unpacked("masks", scene(), schema=SCHEMA)["semantic/image-1_1.png"])) as picture:
        assert picture.mode == "P"
        shown = picture.convert("RGB")

    assert [shown.getpixel(place) for place in ((2, 2), (6, 28), (60, 40))] == [(0, 136, 255), (255, 128, 0), (0, 0, 0)]


def test_colours_without_a_wish_are_vocs():
    # the first classes of VOC 2012: aeroplane, bicycle, bird, and the void around them
    found = [painting.voc_color(number) for number in (1, 2, 3, 255)]

    assert found == [(128, 0, 0), (0, 128, 0), (128, 128, 0), (224, 224, 192)]


def test_more_than_255_objects_take_16_bits():
    things = tuple(LabelledObject("car", "box", (x % 60, x // 60, 1, 1)) for x in range(300))
    found = pixels(unpacked("masks", [item(1, Annotation({}, things))], schema=SCHEMA)["instance/image-1_1.png"])

    assert int(found.max()) == 300
    assert int(found[4, 59]) == 300
    with pytest.raises(ValueError, match="more than a picture of 16 bits"):
        painting.indexed_png(np.full((1, 1), 70_000, dtype=np.uint32), palette=[])


def test_a_panoptic_pixel_has_one_segment_and_stuff_is_one():
    files = unpacked("coco_panoptic", scene(), schema=SCHEMA)
    document = json.loads(files["panoptic.json"])
    (entry,) = document["annotations"]
    levels = pixels(files[f"panoptic/{entry['file_name']}"]).astype(np.int64)
    numbers = levels[..., 0] + 256 * levels[..., 1] + 65536 * levels[..., 2]

    assert [(each["id"], each["category_id"], each["area"], each["bbox"]) for each in entry["segments_info"]] == [
        (1, 1, 200, [0, 0, 30, 10]),
        (2, 2, 100 - 25, [5, 20, 10, 10]),
        (3, 2, 200, [10, 5, 10, 20]),
    ]
    for each in entry["segments_info"]:
        assert int((numbers == each["id"]).sum()) == each["area"]
    assert [(each["id"], each["name"], each["isthing"]) for each in document["categories"]] == [
        (1, "sky", 0),
        (2, "car", 1),
    ]
    assert document["images"][0]["id"] == entry["image_id"] == 1
    assert written("coco_panoptic", scene(), schema=SCHEMA)[1].approximated == {
        "an object partly hidden by a later one": 1
    }


def test_numbers_above_a_byte_are_spread_over_the_colours():
    found = pixels(painting.rgb_png(np.array([[0, 255, 256, 65536 + 2 * 256 + 3]], dtype=np.uint32)))

    assert found.tolist() == [[[0, 0, 0], [255, 0, 0], [0, 1, 0], [3, 2, 1]]]


@settings(max_examples=40, deadline=None)
@given(release=items())
def test_every_segment_is_what_is_seen_of_its_objects(release):
    files = unpacked("coco_panoptic", release)
    document = json.loads(files["panoptic.json"])

    assert len(document["annotations"]) == len(document["images"]) == len(release)
    for one, entry in zip(release, document["annotations"], strict=True):
        levels = pixels(files[f"panoptic/{entry['file_name']}"]).astype(np.int64)
        numbers = levels @ [1, 256, 65536]
        covered = np.zeros((HEIGHT, WIDTH), dtype=bool)
        for each in one.annotation.objects:
            if each.shape not in {"point", "polyline", "keypoints"}:
                covered |= rasters.pixels(each.shape, each.geometry, height=HEIGHT, width=WIDTH)
        assert np.array_equal(numbers > 0, covered)
        assert {each["id"]: each["area"] for each in entry["segments_info"]} == {
            int(number): int((numbers == number).sum()) for number in np.unique(numbers[numbers > 0])
        }


def test_questions_alone_make_no_pictures():
    schema = parse_schema({"classifications": [{"name": "blurred", "kind": "binary"}]})
    release = [item(1, Annotation({"blurred": True}))]

    assert sorted(unpacked("masks", release, schema=schema)) == ["classes.json", "images.csv"]
    assert list(unpacked("coco_panoptic", release, schema=schema)) == ["panoptic.json"]
    document = json.loads(unpacked("coco_panoptic", release, schema=schema)["panoptic.json"])
    assert (len(document["images"]), document["annotations"]) == (1, [])
    assert written("masks", release, schema=schema)[1].left_out == {"an answer about the image": 1}


def test_what_covers_no_pixels_is_reported():
    for name in ("masks", "coco_panoptic"):
        report = written(name, [everything()])[1]
        assert {"a point": 1, "a polyline": 1, "a keypoints": 1}.items() <= report.left_out.items()
