"""The table, as spreadsheets and data frames read it."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.formats import ImageFacts
from crowd.formats.csv import COLUMNS
from crowd.labels.types import Annotation, LabelledObject
from tests.formats.items import everything, item, items, written
from tests.labels import example


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_an_answer_has_a_row():
    found = rows(written("csv", [item(1, Annotation({"scene": "outdoor/street", "blurred": False}))])[0])

    assert [(row["kind"], row["name"], row["value"]) for row in found] == [
        ("classification", "scene", "outdoor/street"),
        ("classification", "blurred", "false"),
    ]
    assert {key: found[0][key] for key in ("image_id", "image_name", "width", "height", "confidence", "by")} == {
        "image_id": "1", "image_name": "image 1.jpg", "width": "64", "height": "48", "confidence": "0.97", "by": "",
    }  # fmt: skip
    assert json.loads(found[0]["lineage"])[1] == {"assignment": "b8", "worker": "w2", "guideline": 1, "weight": 0.5}


def test_a_set_of_answers_is_a_json_list():
    assert rows(written("csv", [item(1, Annotation({"weather": ("rain", "fog")}))])[0])[0]["value"] == '["rain","fog"]'


def test_an_object_has_a_row():
    found = rows(written("csv", [everything()])[0])
    things = [row for row in found if row["kind"] == "object"]

    assert [(row["name"], row["shape"]) for row in things] == [
        (each["label"], next(shape for shape in example.GEOMETRIES if shape in each))
        for each in example.ANNOTATION["objects"]
    ]
    assert json.loads(things[0]["geometry"]) == [1, 2, 5, 6.5]
    assert json.loads(things[0]["attributes"]) == {"occluded": True, "colour": "red"}
    assert (things[0]["object_id"], things[0]["score"]) == ("a", "0.5")
    assert all(json.loads(row["geometry"]) == example.GEOMETRIES[row["shape"]] for row in things)


def test_an_image_without_a_label_has_a_row_too():
    found = rows(written("csv", [item(1), item(2, split="val")])[0])

    assert [(row["image_id"], row["kind"], row["name"], row["split"]) for row in found] == [
        ("1", "", "", ""),
        ("2", "", "", "val"),
    ]


def test_an_empty_release_is_the_line_of_names():
    assert written("csv", [])[0] == (",".join(COLUMNS) + "\r\n").encode()


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\ufeff=1", "＝1", '=HYPERLINK("http://x")']
)
def test_nothing_can_be_run_as_a_formula(name):
    facts = ImageFacts(id=1, name=name, sha256="0" * 64, width=64, height=48)
    thing = LabelledObject("car", "box", (1, 2, 3, 4), {}, id=name)

    content, report = written("csv", [item(1, Annotation({}, (thing,)), image=facts, by=name)])
    row = rows(content)[0]

    assert (row["image_name"], row["object_id"], row["by"]) == (f"'{name}", f"'{name}", f"'{name}")
    assert sum(report.approximated.values()) == 3


@settings(deadline=None)
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_name_is_read_back(name):
    facts = ImageFacts(id=1, name=name, sha256="0" * 64, width=64, height=48)
    row = rows(written("csv", [item(1, image=facts)])[0])[0]

    assert row["image_name"] in {name, f"'{name}"}
    assert row["height"] == "48"


@settings(max_examples=50, deadline=None)
@given(release=items())
def test_there_is_a_row_for_every_label(release):
    content, report = written("csv", release)
    found = [row for row in rows(content) if row["kind"]]

    assert report.left_out == {}
    assert len(found) == report.labels
    assert {row["image_id"] for row in rows(content)} == {str(one.image.id) for one in release}


def test_the_sink_stays_open():
    from crowd.formats import WRITERS
    from tests.formats.items import META, SCHEMA

    sink = io.BytesIO()
    WRITERS["csv"].write([item(1)], schema=SCHEMA, sink=sink, meta=META)

    assert not sink.closed
