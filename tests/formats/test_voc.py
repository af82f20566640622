"""Pascal VOC, read as every VOC loader reads it."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.formats import ImageFacts
from crowd.labels.schema import parse_schema
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import HEIGHT, WIDTH, everything, item, items, written


def unpacked(release, **options) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written("voc", release, **options)[0])) as found:
        return {name: found.read(name) for name in found.namelist()}


def bounds(found: ElementTree.Element) -> list[list[int]]:
    return [[int(box.findtext(side)) for side in ("xmin", "ymin", "xmax", "ymax")] for box in found.iter("bndbox")]


def document(release) -> ElementTree.Element:
    return ElementTree.fromstring(unpacked(release)[f"Annotations/image-1_{release[0].image.id}.xml"])


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 64, 48), [1, 1, 64, 48]),
        ((10, 20, 5, 6), [11, 21, 15, 26]),
        ((10.5, 20.5, 5, 6), [11, 21, 16, 27]),
        ((3, 3, 0, 0), [4, 4, 4, 4]),
        ((63.5, 47.5, 0.5, 0.5), [64, 48, 64, 48]),
    ],
)
def test_bounds_are_whole_pixels_counted_from_one(box, expected):
    assert bounds(document([item(1, Annotation({}, (LabelledObject("car", "box", box),)))])) == [expected]


def test_the_image_is_described():
    found = document([item(1)])

    assert found.findtext("filename") == "image-1_1.jpg"
    assert found.findtext("source/image") == "image 1.jpg"
    assert [int(found.findtext(f"size/{side}")) for side in ("width", "height", "depth")] == [64, 48, 3]


def test_flags_are_vocs():
    names = ("truncated", "difficult", "occluded", "wet")
    schema = parse_schema(
        {"objects": [{"name": "car", "shape": "box", "attributes": [{"name": n, "kind": "binary"} for n in names]}]}
    )
    thing = LabelledObject("car", "box", (1, 1, 5, 5), {"difficult": True, "occluded": False, "wet": True})
    release = [item(1, Annotation({}, (thing,)))]
    found = ElementTree.fromstring(unpacked(release, schema=schema)["Annotations/image-1_1.xml"]).find("object")

    assert [found.findtext(name) for name in names] == ["0", "1", "0", None]
    assert written("voc", release, schema=schema)[1].left_out == {"an attribute of an object": 1}


def test_other_shapes_are_given_by_their_bounds_and_reported():
    content, report = written("voc", [everything()])

    assert content
    assert report.labels == 6
    assert report.left_out == {
        "a keypoints": 1,
        "a point": 1,
        "a polyline": 1,
        "an answer about the image": 4,
        "an attribute of an object": 1,
        "an object's own id": 1,
        "an object's score": 1,
    }
    assert report.approximated["a polygon by its bounds"] == 1


def test_splits_are_lists():
    files = unpacked([item(1), item(2, split="val"), item(3)])

    assert files["ImageSets/Main/train.txt"] == b"image-1_1\nimage-3_3\n"
    assert files["ImageSets/Main/val.txt"] == b"image-2_2\n"


@settings(deadline=None)
@given(name=st.text())
def test_any_name_is_sound_xml(name):
    facts = ImageFacts(id=1, name=name, sha256="0" * 64, width=64, height=48)
    (content,) = (value for path, value in unpacked([item(1, image=facts)]).items() if path.endswith(".xml"))

    assert ElementTree.fromstring(content).findtext("size/width") == "64"


@settings(max_examples=50, deadline=None)
@given(release=items())
def test_bounds_lie_in_the_image(release):
    for path, content in unpacked(release).items():
        if path.endswith(".xml"):
            for left, top, right, bottom in bounds(ElementTree.fromstring(content)):
                assert 1 <= left <= right <= WIDTH
                assert 1 <= top <= bottom <= HEIGHT
