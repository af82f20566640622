"""YOLO's layout, as ultralytics' documentation describes it."""

import io
import zipfile

import numpy as np
import pytest
import yaml
from hypothesis import given, settings

from crowd.geometry import masks, rasters
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, WIDTH, everything, item, items, written


def unpacked(release, **options) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(written("yolo", release, **options)[0])) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


def lines(release, task: str, **options) -> list[list[float]]:
    text = unpacked(release, **options)[f"{task}/labels/train/image-1_1.txt"]
    return [[float(number) for number in line.split()] for line in text.splitlines()]


def one(label: str, shape: str, geometry: object) -> list:
    return [item(1, Annotation({}, (LabelledObject(label, shape, geometry),)))]


def test_a_box_is_its_centre_and_sides_as_shares_of_the_image():
    assert lines(one("car", "box", (16, 12, 32, 24)), "detect") == [[0, 0.5, 0.5, 0.5, 0.5]]


def test_a_turned_box_is_its_corners_and_its_bounds():
    release = one("ship", "rotated_box", (32, 24, 16, 12, 90))

    (found,) = lines(release, "obb")
    assert found[0] == 0
    corners = sorted(zip(found[1::2], found[2::2], strict=True))
    assert np.allclose(corners, [(26 / 64, 1 / 3), (26 / 64, 2 / 3), (38 / 64, 1 / 3), (38 / 64, 2 / 3)], atol=1e-6)
    assert lines(release, "detect") == [pytest.approx([1, 0.5, 0.5, 12 / 64, 16 / 48], abs=1e-6)]


def test_keypoints_are_bounds_and_points():
    release = one("person", "keypoints", ((16, 12, 2), (0, 0, 0)))

    assert lines(release, "pose") == [[0, 0.25, 0.25, 0, 0, 0.25, 0.25, 2, 0, 0, 0]]


def test_a_mirror_swaps_left_and_right_keypoints():
    schema = parse_schema(
        {
            "objects": [
                {"name": "cat", "shape": "keypoints", "keypoints": ["nose"]},
                {"name": "person", "shape": "keypoints", "keypoints": ["nose", "left_eye", "right_eye", "left_toe"]},
            ]
        }
    )
    release = [item(1, Annotation({}, (LabelledObject("cat", "keypoints", ((16, 12, 1),)),)))]

    described = yaml.safe_load(unpacked(release, schema=schema)["pose/data.yaml"])

    assert described["kpt_shape"] == [4, 3]
    assert described["flip_idx"] == [0, 2, 1, 3]
    assert lines(release, "pose", schema=schema)[0] == [0, 0.25, 0.25, 0, 0, 0.25, 0.25, 1] + [0] * 9


def test_each_task_has_the_classes_it_has_shapes_for():
    files = unpacked([everything()])
    names = {task: yaml.safe_load(files[f"{task}/data.yaml"])["names"] for task in ("detect", "segment", "obb", "pose")}

    assert names == {
        "detect": {0: "car", 1: "ship", 2: "cell", 3: "fruit", 4: "sky", 5: "pallet"},
        "segment": {0: "ship", 1: "cell", 2: "fruit", 3: "sky", 4: "pallet"},
        "obb": {0: "ship"},
        "pose": {0: "person"},
    }


def test_a_task_without_shapes_is_not_there():
    schema = parse_schema({"objects": [{"name": "car", "shape": "box"}]})

    assert sorted(unpacked([item(1)], schema=schema)) == [
        "detect/data.yaml",
        "detect/labels/train/image-1_1.txt",
        "images.csv",
    ]


def test_splits_are_folders_and_the_description_knows_them():
    files = unpacked([item(1, split="train"), item(2, split="val"), item(3, split="test")])

    assert {"detect/labels/val/image-2_2.txt", "detect/labels/test/image-3_3.txt"} <= set(files)
    described = yaml.safe_load(files["detect/data.yaml"])
    assert {key: described[key] for key in ("path", "train", "val", "test")} == {
        "path": ".",
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
    }
    alone = yaml.safe_load(unpacked([item(1)])["detect/data.yaml"])
    assert (alone["train"], alone["val"], "test" in alone) == ("images/train", "images/train", False)


def test_the_images_are_named_by_a_table():
    assert unpacked([item(1)])["images.csv"].splitlines() == [
        "file,split,id,name,sha256,width,height",
        f"image-1_1.jpg,train,1,image 1.jpg,{1:064x},64,48",
    ]


def test_a_class_name_of_any_kind_is_sound_yaml():
    schema = parse_schema({"objects": [{"name": 'no: "yes" #1', "shape": "box"}, {"name": "null", "shape": "box"}]})

    described = yaml.safe_load(unpacked([item(1)], schema=schema)["detect/data.yaml"])

    assert described["names"] == {0: 'no: "yes" #1', 1: "null"}


def test_what_has_no_place_is_reported():
    _, report = written("yolo", [everything()])

    assert report.left_out == {
        "a point, or its class": 1,
        "a polyline, or its class": 1,
        "an answer about the image": 4,
        "an attribute of an object": 2,
        "an object's own id": 1,
        "an object's score": 1,
    }


def test_a_turned_box_that_reaches_out_is_cut_and_reported():
    release = one("ship", "rotated_box", (60, 24, 12, 12, 45))

    (found,) = lines(release, "obb")
    assert max(found[1:]) == 1
    assert written("yolo", release)[1].approximated == {
        "a shape that reaches out of its image, its corners moved to the edge": 1
    }


@settings(max_examples=30, deadline=None)
@given(release=items())
def test_every_text_keeps_the_rules_that_ultralytics_loader_checks(release):
    """Its `verify_image_label`: so many columns, all numbers from 0 to 1, and every class a known one."""
    files = unpacked(release)
    described = {task: yaml.safe_load(files[f"{task}/data.yaml"]) for task in ("detect", "segment", "obb", "pose")}
    for task, about in described.items():
        assert list(about["names"]) == list(range(len(about["names"])))
        assert {about["train"], about["val"]} <= {f"images/{split}" for split in ("train", "val")}
        texts = {path: text for path, text in files.items() if path.startswith(f"{task}/labels/")}
        for each in release:  # the text of an image is found by its folder's name and its own
            image = f"{task}/images/{each.split or 'train'}/image-{each.image.id}_{each.image.id}.jpg"
            assert image.replace("/images/", "/labels/").removesuffix(".jpg") + ".txt" in texts
        keypoints, each_has = about.get("kpt_shape", (0, 0))
        for text in texts.values():
            for cells in map(str.split, text.splitlines()):
                numbers = [float(cell) for cell in cells[1:]]
                assert cells[0].isdecimal()
                assert int(cells[0]) in about["names"]
                assert {
                    "detect": len(numbers) == 4,
                    "segment": len(numbers) >= 6 and len(numbers) % 2 == 0,
                    "obb": len(numbers) == 8,
                    "pose": len(numbers) == 4 + keypoints * each_has,
                }[task]
                places = numbers if task != "pose" else [n for i, n in enumerate(numbers) if i < 4 or (i - 4) % 3 != 2]
                assert all(0 <= number <= 1 for number in places)
    assert len(described["pose"]["flip_idx"]) == described["pose"]["kpt_shape"][0]


@settings(max_examples=60, deadline=None)
@given(release=items())
def test_an_outline_filled_gives_the_objects_pixels(release):
    texts = unpacked(release)
    for one in release:
        covering = [each for each in one.annotation.objects if each.label in {"ship", "cell", "fruit", "sky", "pallet"}]
        folder = f"segment/labels/{one.split or 'train'}"
        found = texts[f"{folder}/image-{one.image.id}_{one.image.id}.txt"].splitlines()
        for each, line in zip(covering, found, strict=True):
            points = np.reshape([float(number) for number in line.split()[1:]], (-1, 2)) * (WIDTH, HEIGHT)
            drawn = rasters.fill([points], height=HEIGHT, width=WIDTH)
            expected = rasters.pixels(each.shape, each.geometry, height=HEIGHT, width=WIDTH)
            assert int((drawn ^ expected).sum()) <= 6  # six decimals move a centre on an edge


def test_a_mask_of_parts_with_holes_is_one_outline_of_the_same_pixels():
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    pixels[4:20, 4:20] = True
    pixels[8:12, 8:12] = False
    pixels[30:40, 40:60] = True
    release = one("sky", "mask", masks.encode(pixels))

    (found,) = lines(release, "segment")
    points = np.reshape(found[1:], (-1, 2)) * (WIDTH, HEIGHT)

    assert np.array_equal(rasters.fill([points.round(3)], height=HEIGHT, width=WIDTH), pixels)
    assert written("yolo", release)[1].approximated == {
        "a shape with holes or of several parts, joined by seams into one outline": 1
    }


def test_a_mask_without_a_pixel_has_no_outline():
    release = one("sky", "mask", masks.encode(np.zeros((HEIGHT, WIDTH), dtype=bool)))

    assert lines(release, "segment") == []
