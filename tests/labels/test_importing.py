"""Schemas read from other tools' files."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.errors import Invalid
from crowd.labels.importing import READERS, read_labels
from crowd.labels.schema import parse_schema

COCO = {
    "categories": [
        {"id": 1, "name": "person", "supercategory": "person", "keypoints": ["nose", "left_eye", "right_eye"],
         "skeleton": [[1, 2], [1, 3], [9, 1]]},
        {"id": 2, "name": "car", "supercategory": "vehicle"},
        {"id": 3, "name": "sky", "isthing": 0, "color": [70, 130, 180]},
        {"id": 4, "name": "traffic/light"},
        {"id": 5, "name": "car"},
    ],
    "annotations": [
        {"category_id": 2, "bbox": [0, 0, 1, 1], "segmentation": []},
        {"category_id": 2, "segmentation": [[0, 0, 1, 0, 1, 1]]},
        {"category_id": 5, "segmentation": {"size": [1, 1], "counts": "1"}},
        "broken",
    ],
}  # fmt: skip
STUDIO = """
<View><Style>.a{}</Style><Image name="img" value="$image"/>
  <RectangleLabels name="box" toName="img">
    <Label value="car" background="#FF0000" hotkey="c"/><Label value="bus" background="green"/>
  </RectangleLabels>
  <PolygonLabels name="poly" toName="img"><Label value="car"/></PolygonLabels>
  <RectangleLabels name="turned" canRotate="true"><Label value="ship" hint="From above."/></RectangleLabels>
  <Choices name="colour" toName="img" perRegion="true" whenLabelValue="bus"><Choice value="red"/></Choices>
  <Choices name="scene" toName="img" choice="single" required="true">
    <Choice value="out"><Choice value="street"/></Choice><Choice value="in"/>
  </Choices>
  <Choices name="weather" toName="img" choice="multiple" whenTagName="scene" whenChoiceValue="out">
    <Choice value="rain"/>
  </Choices>
  <TextArea name="note" toName="img"/>
</View>"""
CVAT: list[dict[str, Any]] = [
    {"name": "car", "type": "rectangle", "color": "#0a0b0c", "attributes": [
        {"name": "parked", "input_type": "checkbox", "values": ["false"]},
        {"name": "make", "input_type": "select", "values": ["fiat", "vw"], "default_value": "vw"},
        {"name": "doors", "input_type": "number", "values": ["2", "4", "2"]},
        {"name": "plate", "input_type": "text", "values": [""]}]},
    {"name": "blurred", "type": "tag", "attributes": []},
    {"name": "hand", "type": "skeleton", "attributes": [], "sublabels": [{"name": "wrist"}, {"name": "thumb"}],
     "svg": '<line x1="1" y1="1" x2="2" y2="2" data-node-from="1" data-node-to="2"></line><circle r="1"></circle>'},
    {"name": "thing", "attributes": []},
]  # fmt: skip


def test_coco_categories_become_classes_drawn_as_their_annotations_are() -> None:
    found = read_labels(json.dumps(COCO))
    assert found.schema == {
        "classifications": [],
        "objects": [
            {"name": "person", "shape": "keypoints", "keypoints": ["nose", "left_eye", "right_eye"],
             "skeleton": [[0, 1], [0, 2]]},
            {"name": "car", "shape": "polygon", "description": "A kind of vehicle."},
            {"name": "sky", "shape": "mask", "stuff": True, "color": "#4682b4"},
            {"name": "traffic-light", "shape": "box"},
            {"name": "car 2", "shape": "mask"},
        ],
    }  # fmt: skip
    assert "“traffic/light” is called “traffic-light” here." in found.notes
    assert any("Supercategories" in note for note in found.notes)
    assert read_labels(json.dumps(COCO["categories"]), format_name="coco").schema["objects"][1]["shape"] == "box"


def test_a_label_studio_configuration_becomes_classes_and_questions_asked_where_it_asks_them() -> None:
    found = read_labels(STUDIO)
    colour = {"name": "colour", "kind": "single", "options": [{"name": "red"}]}
    weather = {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}]}
    assert found.schema == {
        "classifications": [
            {"name": "scene", "kind": "single", "required": True, "options": [
                {"name": "out", "options": [{"name": "street"}], "attributes": [weather]}, {"name": "in"}]}
        ],
        "objects": [
            {"name": "car", "shape": "box", "color": "#FF0000", "hotkey": "c"},
            {"name": "bus", "shape": "box", "attributes": [colour]},
            {"name": "car (polygon)", "shape": "polygon"},
            {"name": "ship", "shape": "rotated_box", "description": "From above."},
        ],
    }  # fmt: skip
    told = " ".join(found.notes)
    assert "<TextArea>" in told
    assert "green" in told
    assert "car (polygon)" in told


def test_cvat_labels_become_classes_and_tags_a_question() -> None:
    found = read_labels(json.dumps(CVAT))
    car, hand, thing = found.schema["objects"]
    assert [(one["name"], one["kind"]) for one in car["attributes"]] == [
        ("parked", "binary"),
        ("make", "single"),
        ("doors", "single"),
    ]
    assert [one["name"] for one in car["attributes"][2]["options"]] == ["2", "4"]
    assert (hand["keypoints"], hand["skeleton"]) == (["wrist", "thumb"], [[0, 1]])
    assert thing["shape"] == "box"
    assert found.schema["classifications"] == [{"name": "tags", "kind": "multiple", "options": [{"name": "blurred"}]}]
    told = " ".join(found.notes)
    assert all(word in told for word in ("plate", "Default values", "thing", "Tags"))


@pytest.mark.parametrize(
    "hostile",
    [
        '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><View>&d;</View>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><View/>',
        "<View>" * 200 + "</View>" * 200,
        "<View>" + "<Image/>" * 60_000 + "</View>",
        "<View><a></View>",
        "[" * 100_000,
        '{"categories": 3}',
        '{"categories": [3]}',
        '{"name": 1, "type": 2}',
        "",
        "hello",
    ],
)
def test_what_is_hostile_or_unreadable_is_refused_in_words(hostile: str) -> None:
    for name in ("", *READERS):
        with pytest.raises(Invalid) as caught:
            read_labels(hostile, format_name=name)
        assert caught.value.code == "unreadable_labels"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["categories", "name", "id", "keypoints", "skeleton", "type", "attributes", "values", "svg", "sublabels",
             "color", "annotations", "segmentation", "category_id", "labels", "input_type", "supercategory"]
        ),
        inner | st.sampled_from(["tag", "skeleton", "number", "select"]),
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from(["coco", "cvat"]))
def test_whatever_a_json_file_holds_it_is_read_to_a_valid_schema_or_refused(value: Any, name: str) -> None:
    try:
        found = read_labels(json.dumps(value), format_name=name)
    except Invalid:
        return
    parse_schema(found.schema)
