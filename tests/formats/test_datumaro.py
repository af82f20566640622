"""Datumaro's JSON: read by its rules here, and by Datumaro itself where it is installed."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings

from crowd.geometry import Mask, rasters
from crowd.geometry.masks import decode
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, WIDTH, everything, item, items, many, written
from tests.labels import example


def unpacked(release: Any, **options: Any) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(written("datumaro", release, **options)[0])) as found:
        return {name: json.loads(found.read(name)) for name in found.namelist() if name.endswith(".json")}


def read(release: Any, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The categories of the one split, and the first item's annotations."""
    (document,) = unpacked(release, **options).values()
    return document["categories"], document["items"][0]["annotations"] if document["items"] else []


def one(label: str, shape: str, geometry: Any, **attributes: Any) -> list[dict[str, Any]]:
    return read([item(1, Annotation({}, (LabelledObject(label, shape, geometry, attributes),)))])[1]


def test_each_split_is_a_file_that_says_its_version():
    files = unpacked([item(1, split="train"), item(2, split="val"), item(3, split="train")])

    assert {name: [one["id"] for one in found["items"]] for name, found in files.items()} == {
        "annotations/train.json": ["image-1_1", "image-3_3"],
        "annotations/val.json": ["image-2_2"],
    }
    assert {found["dm_format_version"] for found in files.values()} == {"1.0"}
    assert files["annotations/val.json"]["items"][0]["image"] == {"path": "image-2_2.jpg", "size": [48, 64]}
    assert unpacked([])["annotations/train.json"]["items"] == []


def test_classes_and_answers_are_labels_and_questions_groups():
    categories, annotations = read([everything()])
    labels = categories["label"]["labels"]
    told = {labels[each["label_id"]]["name"] for each in annotations if each["type"] == "label"}

    assert told == {
        "scene/outdoor/street",
        "weather/rain",
        "weather/fog",
        "weather/rain/strength/heavy",
        "blurred/false",
    }
    parents = {each["name"]: each["parent"] for each in labels}
    assert (parents["scene/outdoor/street"], parents["scene/outdoor"], parents["car"]) == ("scene/outdoor", "", "")
    assert parents["weather/rain/strength/heavy"] == "weather/rain"
    groups = {each["name"]: each["group_type"] for each in categories["label"]["label_groups"]}
    kinds = {"scene": "exclusive", "weather": "inclusive", "blurred": "exclusive", "weather/rain/strength": "exclusive"}
    assert groups == kinds
    assert categories["points"]["items"] == [
        {"label_id": 6, "labels": ["nose", "left_eye"], "joints": [[1, 2]], "positions": []}
    ]


def test_every_shape_has_its_type():
    _, annotations = read([everything()])
    by_class = {each["crowd"]["label"]: each for each in annotations if "crowd" in each}

    assert {label: each["type"] for label, each in by_class.items()} == {
        "car": "bbox", "ship": "polygon", "cell": "mask", "lane": "polyline", "fruit": "polygon", "spot": "points",
        "person": "points", "sky": "mask", "pallet": "cuboid_2d",
    }  # fmt: skip
    assert by_class["car"]["bbox"] == [1, 2, 5, 6.5]
    assert by_class["car"]["attributes"] == {"occluded": True, "colour": "red"}
    assert (by_class["car"]["crowd"]["id"], by_class["car"]["crowd"]["score"]) == ("a", 0.5)
    assert by_class["ship"]["crowd"]["rotated_box"] == [10, 10, 4, 5, 30]
    assert (by_class["person"]["points"], by_class["person"]["visibility"]) == ([1, 1, 0, 0], [2, 0])
    assert by_class["sky"]["rle"] == example.GEOMETRIES["mask"]


def test_a_cuboids_top_face_comes_first_and_by_way_of_the_back():
    (found,) = one("pallet", "cuboid", tuple(tuple(corner) for corner in example.GEOMETRIES["cuboid"]))

    assert found["points"] == [[10, 10], [13, 7], [23, 7], [20, 10], [13, 17], [23, 17], [20, 20], [10, 20]]


def test_an_upright_ellipse_is_its_bounds_and_parts_are_a_group():
    assert one("fruit", "ellipse", (30, 20, 12, 8, 180))[0]["points"] == [18, 12, 42, 28]
    left, right = one("cell", "polygon", (((1, 1), (5, 1), (5, 5)), ((20, 20), (30, 20), (30, 30))))
    assert (left["type"], left["points"], left["group"]) == ("polygon", [1, 1, 5, 1, 5, 5], 1)
    assert (right["points"], right["group"]) == ([20, 20, 30, 20, 30, 30], 1)


def test_what_has_no_place_is_reported():
    old = item(1, Annotation({"gone": True, "weather": ()}, (LabelledObject("van", "box", (1, 1, 5, 5)),)))
    _, report = written("datumaro", [everything(), old])

    assert report.left_out == {
        "an answer that chooses none of its options": 1,
        "an answer to a question that this guideline does not have": 1,
        "an object of a class that this guideline does not have": 1,
    }
    assert report.approximated == {
        "a polygon with holes as pixels": 1,
        "a turned box as the polygon of its corners": 1,
        "a turned ellipse as a polygon of 128 corners": 1,
    }


@settings(max_examples=40, deadline=None)
@given(release=items())
def test_what_covers_pixels_covers_the_same(release):
    found = {entry["id"]: entry for document in unpacked(release).values() for entry in document["items"]}
    for each in release:
        annotations = found[f"image-{each.image.id}_{each.image.id}"]["annotations"]
        for place, thing in enumerate(each.annotation.objects):
            if thing.shape not in {"rotated_box", "polygon", "mask"}:
                continue
            drawn = np.zeros((HEIGHT, WIDTH), dtype=bool)
            for shape in annotations:
                if shape.get("z_order") == place:
                    drawn |= pixels(shape)
            assert int((drawn ^ rasters.pixels(thing.shape, thing.geometry, height=HEIGHT, width=WIDTH)).sum()) == 0


def pixels(shape: dict[str, Any]) -> np.ndarray:
    if shape["type"] == "mask":
        return decode(Mask(*shape["rle"]["size"], shape["rle"]["counts"]))
    return rasters.fill([np.reshape(shape["points"], (-1, 2))], height=HEIGHT, width=WIDTH)


def test_datumaro_loads_it_all(tmp_path: Path, datumaro: Any):
    with zipfile.ZipFile(io.BytesIO(written("datumaro", [everything(), *many(3)])[0])) as found:
        found.extractall(tmp_path)
    loaded = datumaro.Dataset.import_from(str(tmp_path), "datumaro")

    labels = loaded.categories()[datumaro.AnnotationType.label]
    by_id = {entry.id: entry for entry in loaded}
    assert sorted(by_id) == ["every-shape_7", "image-1_1", "image-2_2", "image-3_3"]
    assert [each.type.name for each in by_id["every-shape_7"].annotations] == [
        "label", "label", "label", "label", "label",
        "bbox", "polygon", "mask", "polyline", "polygon", "points", "points", "mask", "cuboid_2d",
    ]  # fmt: skip
    mask = by_id["every-shape_7"].annotations[-2]
    assert np.array_equal(mask.image, decode(Mask(20, 30, example.GEOMETRIES["mask"]["counts"])))
    boxes = [each for each in by_id["image-2_2"].annotations if each.type.name == "bbox"]
    assert [each.get_bbox() for each in boxes] == [[5, 5, 10, 12], [6, 5, 10, 12], [7, 5, 10, 12]]
    assert {labels[each.label].name for each in boxes} == {"car"}
    assert by_id["image-1_1"].attributes["sha256"] == f"{1:064x}"
