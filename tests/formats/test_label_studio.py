"""Label Studio's tasks, their configuration and brushes, read by its own converter."""

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools.coco import COCO

from crowd.formats import brushes
from crowd.geometry import masks, rasters, rotated_boxes
from crowd.labels.importing import read_labels
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, SCHEMA, WIDTH, everything, item, items, many, written
from tests.labels import example

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from label_studio_converter import Converter
    from label_studio_converter.brush import decode_rle
    from label_studio_tools.core.label_config import parse_config

SIZE = np.array([WIDTH, HEIGHT])


def unpacked(release: Any, **options: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written("label_studio", release, **options)[0])) as found:
        return {name: found.read(name) for name in found.namelist()}


def tasks(release: Any, **options: Any) -> list[dict[str, Any]]:
    return json.loads(unpacked(release, **options)["tasks.json"])


def results(release: Any, **options: Any) -> list[dict[str, Any]]:
    return tasks(release, **options)[0]["annotations"][0]["result"]


def one(label: str, shape: str, geometry: Any, **attributes: Any) -> list[dict[str, Any]]:
    return results([item(1, Annotation({}, (LabelledObject(label, shape, geometry, attributes),)))])


def shown(result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type and the place of a region, without its label."""
    return result["type"], {name: value for name, value in result["value"].items() if name != result["type"]}


def test_every_task_is_an_image_with_one_annotation():
    first, second = tasks([item(1), item(2, split="val")])

    assert first["data"] == {
        "image": "/data/local-files/?d=images/image-1_1.jpg",
        "task": 101, "name": "image 1.jpg", "sha256": f"{1:064x}", "split": None,
    }  # fmt: skip
    assert (second["data"]["split"], len(second["annotations"])) == ("val", 1)
    assert first["meta"]["crowd"]["lineage"][0]["worker"] == "w1"
    assert tasks([]) == []


def test_places_are_in_percent():
    assert shown(one("car", "box", (16, 12, 32, 24))[0]) == (
        "rectanglelabels", {"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 0}
    )  # fmt: skip
    assert shown(one("fruit", "ellipse", (32, 12, 16, 12, -30))[0]) == (
        "ellipselabels", {"x": 50, "y": 25, "radiusX": 25, "radiusY": 25, "rotation": 330}
    )  # fmt: skip
    assert shown(one("spot", "point", (16, 12))[0]) == ("keypointlabels", {"x": 25, "y": 25, "width": 0.5})
    assert shown(one("cell", "polygon", (((0, 0), (16, 0), (16, 12)),))[0]) == (
        "polygonlabels", {"points": [[0, 0], [25, 0], [25, 25]], "closed": True}
    )  # fmt: skip
    kind, line = shown(one("lane", "polyline", ((0, 0), (16, 12)))[0])
    assert (kind, line["closed"]) == ("vectorlabels", False)
    assert [(each["x"], each["y"], each["prevPointId"]) for each in line["vertices"]] == [(0, 0, None), (25, 25, "0")]


def test_a_box_turns_about_its_corner():
    box = (30, 20, 16, 12, 30)
    value = one("ship", "rotated_box", box)[0]["value"]
    corner = np.array([value["x"], value["y"]]) * SIZE / 100
    turn = np.deg2rad(value["rotation"])
    along = np.array([np.cos(turn), np.sin(turn)]) * value["width"] * WIDTH / 100

    assert np.allclose([corner, corner + along], rotated_boxes.corners(box)[:2])


def test_keypoints_are_points_in_a_box():
    box, nose, eye = one("person", "keypoints", ((16, 12, 2), (32, 24, 1)))

    assert shown(box)[1] == {"x": 25, "y": 25, "width": 25, "height": 25, "rotation": 0}
    assert (nose["value"]["keypointlabels"], nose["parentID"]) == (["person / nose"], box["id"])
    assert (eye["value"]["x"], eye["meta"]) == (50, {"text": ["occluded"]})
    assert len(one("person", "keypoints", ((16, 12, 2), (0, 0, 0)))) == 2


def test_answers_are_choices_and_nested_ones_a_taxonomy():
    found = {each["from_name"]: each["value"] for each in results([everything()]) if "labels" not in each["type"]}

    assert found == {
        "scene": {"taxonomy": [["outdoor", "street"]]},
        "weather": {"choices": ["rain", "fog"]},
        "weather/rain/strength": {"choices": ["heavy"]},
        "blurred": {"choices": ["false"]},
        "car/occluded": {"choices": ["true"]},
        "car/colour": {"choices": ["red"]},
    }
    car = [each for each in results([everything()]) if each["from_name"] in {"rectangles", "car/colour"}]
    assert car[0]["id"] == car[1]["id"] == "object:0:a"
    assert car[0]["score"] == 0.5


def test_every_result_names_a_control_of_the_configuration_and_its_values():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        controls = parse_config(unpacked([])["config.xml"].decode())
    for each in results([everything()]):
        control = controls[each["from_name"]]
        assert each["type"] == control["type"].lower()
        assert (each["to_name"], control["inputs"]) == ("image", [{"type": "Image", "value": "image"}])
        said = each["value"][each["type"]]
        values = {value for one in said for value in (one if isinstance(one, list) else [one])}
        assert values <= set(control["labels"])


def test_what_an_option_opens_is_shown_once_it_is_chosen_and_an_attribute_with_its_object():
    root = ElementTree.fromstring(unpacked([])["config.xml"])
    strength, colour = (root.find(f"*[@name='{name}']") for name in ("weather/rain/strength", "car/colour"))

    assert strength is not None
    assert (strength.get("whenTagName"), strength.get("whenChoiceValue")) == ("weather", "rain")
    assert colour is not None
    assert (colour.get("perRegion"), colour.get("whenLabelValue")) == ("true", "car")


def test_names_of_controls_never_meet():
    schema = parse_schema(
        {
            "classifications": [{"name": "image", "kind": "binary"}, {"name": "brushes", "kind": "binary"}],
            "objects": [{"name": "sky", "shape": "mask"}],
        }
    )
    found = ElementTree.fromstring(unpacked([], schema=schema)["config.xml"])

    assert [each.get("name") for each in found] == ["image", "brushes", "image (question)", "brushes (question)"]


def test_the_configuration_comes_back_as_a_schema():
    found = parse_schema(read_labels(unpacked([])["config.xml"].decode(), format_name="label_studio").schema)
    shapes = {each.name: each.shape for each in found.objects}

    assert {name: shapes[name] for name in ("car", "lane", "fruit", "spot", "cell", "sky")} == {
        "car": "box", "lane": "polyline", "fruit": "ellipse", "spot": "point", "cell": "polygon", "sky": "mask",
    }  # fmt: skip
    scene = found.classification("scene")
    assert scene is not None
    assert scene.paths() == ("outdoor", "outdoor/street", "outdoor/field", "indoor")


def test_what_has_no_place_is_reported():
    old = item(2, Annotation({"gone": True, "weather": ()}, (LabelledObject("van", "box", (1, 1, 5, 5)),)))
    _, report = written("label_studio", [everything(), old])

    assert report.left_out == {
        "an answer that chooses none of its options": 1,
        "an answer to a question that this guideline does not have": 1,
        "an object of a class that this guideline does not have": 1,
    }
    assert report.approximated == {
        "a cuboid as its silhouette, its corners in the task's `meta`": 1,
        "a polygon with holes or of several parts as pixels": 1,
        "keypoints as points in a box of their bounds": 1,
    }
    kept = tasks([everything()])[0]["meta"]["crowd"]["objects"]
    assert [each["label"] for each in kept] == ["person", "pallet"]
    assert kept[1]["cuboid"] == example.GEOMETRIES["cuboid"]


@settings(max_examples=60, deadline=None)
@given(pixels=arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_brush_is_unpacked_to_its_pixels(pixels):
    channels = decode_rle(brushes.pack(pixels)).reshape(*pixels.shape, 4)

    assert np.array_equal(channels, np.repeat(pixels[:, :, None] * 255, 4, axis=2))


@pytest.mark.parametrize("filled", [False, True])
def test_a_run_may_be_longer_than_a_word(filled):
    pixels = np.full((200, 200), filled)
    pixels[150, 7] = not filled

    assert np.array_equal(decode_rle(brushes.pack(pixels)).reshape(200, 200, 4)[:, :, 3] > 0, pixels)


@settings(max_examples=25, deadline=None)
@given(release=items())
def test_what_covers_pixels_covers_the_same(release):
    for each, task in zip(release, tasks(release), strict=True):
        regions = {one["id"].split(":")[1]: one for one in task["annotations"][0]["result"] if "labels" in one["type"]}
        for place, thing in enumerate(each.annotation.objects):
            if thing.shape in {"polygon", "mask"}:
                expected = rasters.pixels(thing.shape, thing.geometry, height=HEIGHT, width=WIDTH)
                assert int((covered(regions[str(place)]) ^ expected).sum()) <= 2  # percent round a centre on an edge


def covered(region: dict[str, Any]) -> np.ndarray:
    value = region["value"]
    if "rle" in value:
        return decode_rle(value["rle"]).reshape(HEIGHT, WIDTH, 4)[:, :, 3] > 0
    return rasters.fill([np.array(value["points"]) * SIZE / 100], height=HEIGHT, width=WIDTH)


def test_label_studios_converter_makes_coco_of_it(tmp_path: Path, monkeypatch):
    things = (
        LabelledObject("car", "box", (16, 12, 32, 24)),
        LabelledObject("cell", "polygon", (((0, 0), (16, 0), (16, 12)),)),
        LabelledObject("sky", "mask", masks.encode(np.eye(HEIGHT, WIDTH, dtype=bool))),
    )
    files = unpacked([item(1, Annotation({"blurred": True}, things)), *many(2)])
    (tmp_path / "tasks.json").write_bytes(files["tasks.json"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converter = Converter(files["config.xml"].decode(), str(tmp_path), download_resources=False)
        converter.convert_to_coco(str(tmp_path / "tasks.json"), str(tmp_path / "coco"), is_dir=False)
        made = COCO(tmp_path / "coco" / "result.json")

    names = {each["id"]: each["name"] for each in made.dataset["categories"]}
    found = [(names[each["category_id"]], each["bbox"]) for each in made.dataset["annotations"][:2]]
    assert found == [("car", [16, 12, 32, 24]), ("cell", [0, 0, 16, 12])]
    assert {each.name for each in SCHEMA.objects} <= set(names.values())
