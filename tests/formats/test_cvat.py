"""CVAT's XML: read as its importer reads it, and by Datumaro, which CVAT is built on, where that is installed."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from hypothesis import given, settings

from crowd.geometry import rasters
from crowd.labels.importing import read_labels
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, SCHEMA, WIDTH, everything, item, items, written
from tests.formats.samples import corners, encoded
from tests.labels import example


def unpacked(release: Any, **options: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written("cvat", release, **options)[0])) as found:
        return {name: found.read(name) for name in found.namelist()}


def image(release: Any, number: int = 0, **options: Any) -> ElementTree.Element:
    return ElementTree.fromstring(unpacked(release, **options)["annotations.xml"]).findall("image")[number]


def one(label: str, shape: str, geometry: Any, **attributes: Any) -> ElementTree.Element:
    return image([item(1, Annotation({}, (LabelledObject(label, shape, geometry, attributes),)))])[0]


def numbers(found: ElementTree.Element, *names: str) -> list[float]:
    return [float(found.attrib[name]) for name in names]


def points(found: ElementTree.Element) -> list[list[float]]:
    return [[float(number) for number in pair.split(",")] for pair in found.attrib["points"].split(";")]


def pixels(found: ElementTree.Element) -> np.ndarray:
    """What a mask covers, by CVAT's rule: runs of zeros and ones in turn, row by row of its own bounds."""
    left, top, width, height = (int(found.attrib[name]) for name in ("left", "top", "width", "height"))
    runs = [int(run) for run in found.attrib["rle"].split(",")]
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    whole = np.zeros((HEIGHT, WIDTH), dtype=bool)
    whole[top : top + height, left : left + width] = inside
    return whole


def test_the_document_says_its_version_its_task_and_its_images():
    files = unpacked([item(1), item(2)])
    root = ElementTree.fromstring(files["annotations.xml"])

    assert root.findtext("version") == "1.1"
    assert (root.findtext("meta/task/name"), root.findtext("meta/task/size")) == ("harbour 3", "2")
    assert [each.attrib for each in root.findall("image")] == [
        {"id": "0", "name": "image-1_1.jpg", "width": "64", "height": "48"},
        {"id": "1", "name": "image-2_2.jpg", "width": "64", "height": "48"},
    ]
    assert files["images.csv"].splitlines()[1].startswith(b"image-1_1.jpg,train,1,image 1.jpg,")
    assert ElementTree.fromstring(unpacked([])["annotations.xml"]).findtext("meta/task/size") == "0"


def test_each_split_is_a_document():
    files = unpacked([item(1, split="train"), item(2, split="val"), item(3, split="train")])
    named = {
        name: [each.attrib["name"] for each in ElementTree.fromstring(text).findall("image")]
        for name, text in files.items()
        if name.endswith(".xml")
    }

    assert named == {"train.xml": ["image-1_1.jpg", "image-3_3.jpg"], "val.xml": ["image-2_2.jpg"]}


def test_boxes_turn_about_their_centre_and_ellipses_keep_their_axes():
    assert numbers(one("car", "box", (1.5, 2, 10, 20.25)), "xtl", "ytl", "xbr", "ybr") == [1.5, 2, 11.5, 22.25]
    turned = one("ship", "rotated_box", (30, 20, 16, 12, -90))
    assert numbers(turned, "xtl", "ytl", "xbr", "ybr", "rotation") == [22, 14, 38, 26, 270]
    assert numbers(one("fruit", "ellipse", (30, 20, 12, 8, 45)), "cx", "cy", "rx", "ry", "rotation") == [
        30,
        20,
        12,
        8,
        45,
    ]


def test_lines_points_and_polygons_are_pairs():
    assert points(one("lane", "polyline", ((1, 1), (2.25, 2)))) == [[1, 1], [2.25, 2]]
    assert (one("spot", "point", (3, 4)).tag, points(one("spot", "point", (3, 4)))) == ("points", [[3, 4]])
    assert points(one("cell", "polygon", (((1, 1), (9, 1), (9, 9)),))) == [[1, 1], [9, 1], [9, 9]]


def test_the_parts_of_a_polygon_are_one_group():
    parts = (((1, 1), (5, 1), (5, 5)), ((20, 20), (30, 20), (30, 30)))
    found = image([item(1, Annotation({}, (LabelledObject("cell", "polygon", parts),)))])

    assert [(each.tag, each.attrib["group_id"]) for each in found] == [("polygon", "1"), ("polygon", "1")]


def test_a_cuboids_edges_go_round_it():
    corners = tuple(tuple(corner) for corner in example.GEOMETRIES["cuboid"])
    found = one("pallet", "cuboid", corners)
    edges = {name: numbers(found, f"x{name}", f"y{name}") for name in ("tl1", "bl1", "tr1", "br1", "tl2", "br2")}

    assert edges == {
        "tl1": [10, 10], "bl1": [10, 20], "tr1": [20, 10], "br1": [20, 20],  # the front, as seen
        "tl2": [23, 7], "br2": [13, 17],  # the back, as seen from behind
    }  # fmt: skip


def test_a_skeleton_says_what_is_hidden_and_what_is_outside():
    found = one("person", "keypoints", ((10, 10, 2), (12, 14, 1)))
    told = [(each.attrib["label"], each.attrib["outside"], each.attrib["occluded"]) for each in found]

    assert (found.tag, told) == ("skeleton", [("nose", "0", "0"), ("left_eye", "0", "1")])
    assert one("person", "keypoints", ((10, 10, 2), (0, 0, 0)))[1].attrib["outside"] == "1"


def test_attributes_are_selections_and_ticks_and_occlusion_is_cvats():
    found = one("car", "box", (1, 1, 5, 5), occluded=True, colour="red")

    assert found.attrib["occluded"] == "1"
    assert {each.attrib["name"]: each.text for each in found} == {"occluded": "true", "colour": "red"}
    unanswered = one("car", "box", (1, 1, 5, 5))
    assert {each.attrib["name"]: each.text for each in unanswered} == {"occluded": "false", "colour": "__undefined__"}
    release = [item(1, Annotation({}, (LabelledObject("car", "box", (1, 1, 5, 5)),)))]
    assert written("cvat", release)[1].approximated == {
        "a yes-or-no question without an answer, which a checkbox takes for no": 1
    }


def test_answers_about_the_image_are_tags():
    tags = {
        each.attrib["label"]: {one.attrib["name"]: one.text for one in each}
        for each in image([everything()]).iter("tag")
    }

    assert tags == {
        "scene": {"scene": "outdoor/street"},
        "weather": {"weather/rain": "true", "weather/fog": "true", "weather/rain/strength": "heavy"},
        "blurred": {"blurred": "false"},
    }


def test_a_question_named_like_a_class_is_a_label_of_another_name():
    schema = parse_schema(
        {"classifications": [{"name": "car", "kind": "binary"}], "objects": [{"name": "car", "shape": "box"}]}
    )
    found = image([item(1, Annotation({"car": True}, (LabelledObject("car", "box", (1, 1, 5, 5)),)))], schema=schema)

    assert [(each.tag, each.attrib["label"]) for each in found] == [("box", "car"), ("tag", "car (image)")]


def test_the_labels_come_back_through_cvats_constructor():
    found = parse_schema(read_labels(unpacked([])["labels.json"].decode(), format_name="cvat").schema)
    shapes = {each.name: each.shape for each in SCHEMA.objects} | {"ship": "box", "cell": "box"}  # as CVAT has them

    assert {each.name: each.shape for each in found.objects} == shapes
    person = found.object_class("person")
    assert person is not None
    assert (person.keypoints, person.skeleton) == (("nose", "left_eye"), ((0, 1),))
    assert [each["name"] for each in json.loads(unpacked([])["labels.json"]) if each["type"] == "tag"] == [
        "scene", "weather", "blurred"
    ]  # fmt: skip


def test_what_has_no_place_is_reported():
    empty = item(2, Annotation({"gone": True}, (LabelledObject("van", "box", (1, 1, 5, 5)),)))
    _, report = written("cvat", [everything(), empty])

    assert report.left_out == {
        "an answer to a question that this guideline does not have": 1,
        "an object of a class that this guideline does not have": 1,
        "an object's own id": 1,
        "an object's score": 1,
    }
    assert report.approximated == {"a polygon with holes as pixels": 1}


@settings(max_examples=40, deadline=None)
@given(release=items())
def test_what_covers_pixels_covers_the_same(release):
    texts = (text for path, text in unpacked(release).items() if path.endswith(".xml"))
    images = {each.attrib["name"]: each for text in texts for each in ElementTree.fromstring(text).findall("image")}
    for each in release:
        found = images[f"image-{each.image.id}_{each.image.id}.jpg"]
        for order, thing in enumerate(each.annotation.objects):
            if thing.shape not in {"polygon", "mask"}:
                continue
            drawn = np.zeros((HEIGHT, WIDTH), dtype=bool)
            for entry in found.iterfind(f"*[@z_order='{order}']"):
                drawn |= covered(entry)
            assert np.array_equal(drawn, rasters.pixels(thing.shape, thing.geometry, height=HEIGHT, width=WIDTH))


def covered(found: ElementTree.Element) -> np.ndarray:
    return pixels(found) if found.tag == "mask" else rasters.fill([points(found)], height=HEIGHT, width=WIDTH)


def test_datumaro_loads_what_it_knows_of(tmp_path: Path, datumaro: Any):
    known = ("car", "ship", "cell", "lane", "spot", "sky")  # neither ellipses nor skeletons nor cuboids
    whole = everything()
    kept = tuple(each for each in whole.annotation.objects if each.label in known)
    release = [item(7, Annotation(whole.annotation.classifications, kept), image=whole.image)]
    for name, content in unpacked(release).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "every-shape_7.png").write_bytes(encoded(corners(30, 20), "PNG"))
    (loaded,) = datumaro.Dataset.import_from(str(tmp_path), "cvat")

    assert [each.type.name for each in loaded.annotations] == [
        "bbox", "rotated_bbox", "mask", "polyline", "points", "mask", "label", "label", "label",
    ]  # fmt: skip
    assert loaded.annotations[0].get_bbox() == [1, 2, 5, 6.5]
    assert loaded.annotations[0].attributes == {"occluded": True, "colour": "red"}
    turned = loaded.annotations[1]
    assert (turned.cx, turned.cy, turned.w, turned.h, turned.r) == (10, 10, 4, 5, 30)
    for each in (kept[2], kept[5]):
        expected = rasters.pixels(each.shape, each.geometry, height=20, width=30)
        assert np.array_equal(loaded.annotations[kept.index(each)].image, expected)
