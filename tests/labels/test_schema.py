import pytest

from crowd.errors import Invalid
from crowd.labels.schema import Classification, Option, parse_schema, schema_to_json
from tests.labels.example import SCHEMA


def faults(document):
    with pytest.raises(Invalid) as caught:
        parse_schema(document)
    assert caught.value.code == "invalid_schema"
    return caught.value.errors


def question(**changes):
    return {"classifications": [{"name": "q", "kind": "single", "options": [{"name": "a"}]} | changes]}


def object_class(**changes):
    return {"objects": [{"name": "car", "shape": "box"} | changes]}


def test_a_schema_with_everything_in_it_is_read_and_written_back_the_same():
    schema = parse_schema(SCHEMA)
    assert schema_to_json(schema) == SCHEMA
    assert parse_schema(schema_to_json(schema)) == schema


def test_an_empty_schema_asks_nothing():
    assert schema_to_json(parse_schema({})) == {"classifications": [], "objects": []}


def test_things_are_found_by_name():
    schema = parse_schema(SCHEMA)
    assert schema.classification("blurred") == Classification(name="blurred", kind="binary")
    assert schema.object_class("cell").shape == "polygon"
    assert schema.classification("cell") is None
    assert schema.object_class("blurred") is None


def test_every_node_of_a_tree_can_be_chosen_and_leaves_are_told_apart():
    scene = parse_schema(SCHEMA).classification("scene")
    assert scene.paths() == ("outdoor", "outdoor/street", "outdoor/field", "indoor")
    assert scene.leaves() == ("outdoor/street", "outdoor/field", "indoor")
    assert Classification(name="b", kind="binary").paths() == ()


def test_every_fault_is_named_at_once():
    assert faults(
        {
            "classifications": [
                {"name": "a/b", "kind": "x", "options": 3, "requried": True},
                {
                    "name": "q",
                    "kind": "single",
                    "required": 1,
                    "options": [{"name": ""}, {"name": "u", "color": "red"}, {"name": "u"}],
                },
            ],
            "objects": [
                {"name": "k", "shape": "keypoints", "keypoints": ["a", "a"], "skeleton": [[0, 5]], "sigmas": [1]},
                {"name": "k", "shape": "box", "stuff": True},
                {"shape": "blob"},
            ],
        }
    ).keys() == {
        "classifications[0].name",
        "classifications[0].kind",
        "classifications[0].options",
        "classifications[0].requried",
        "classifications[1].required",
        "classifications[1].options[0].name",
        "classifications[1].options[1].color",
        "classifications[1].options[2].name",
        "objects[0].keypoints[1]",
        "objects[0].skeleton[0]",
        "objects[0].sigmas",
        "objects[1].name",
        "objects[1].stuff",
        "objects[2].name",
        "objects[2].shape",
    }


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "$"),
        (None, "$"),
        ({"labels": []}, "labels"),
        ({"classifications": {}}, "classifications"),
        ({"classifications": ["q"]}, "classifications[0]"),
        (question(name=" q"), "classifications[0].name"),
        (question(name="\ud800"), "classifications[0].name"),
        (question(name="a\x00b"), "classifications[0].name"),
        (question(name="n" * 201), "classifications[0].name"),
        (question(name=7), "classifications[0].name"),
        (question(options=[]), "classifications[0].options"),
        (question(kind="binary"), "classifications[0].options"),
        (question(kind=["single"]), "classifications[0].kind"),
        (question(description="\x07"), "classifications[0].description"),
        (question(description=5), "classifications[0].description"),
        (question(hotkey="h" * 21), "classifications[0].hotkey"),
        (
            question(options=[{"name": "a", "hotkey": "x"}, {"name": "b", "hotkey": "x"}]),
            "classifications[0].options[1].hotkey",
        ),
        (question(options=[{"name": "a", "color": "#12345"}]), "classifications[0].options[0].color"),
        (question(options=[{"name": "a", "color": 1}]), "classifications[0].options[0].color"),
        (object_class(shape="circle"), "objects[0].shape"),
        (object_class(shape=["box"]), "objects[0].shape"),
        (object_class(min_side=-1), "objects[0].min_side"),
        (object_class(min_side=True), "objects[0].min_side"),
        (object_class(min_side=float("nan")), "objects[0].min_side"),
        (object_class(min_side=10**400), "objects[0].min_side"),
        (object_class(shape="point", min_side=4), "objects[0].min_side"),
        (object_class(stuff="yes"), "objects[0].stuff"),
        (object_class(keypoints=["a"]), "objects[0].keypoints"),
        (object_class(attributes=[{"name": "o"}]), "objects[0].attributes[0].kind"),
        (object_class(shape="keypoints"), "objects[0].keypoints"),
        (object_class(shape="keypoints", keypoints=["a"], skeleton=[[0, 0]]), "objects[0].skeleton[0]"),
        (object_class(shape="keypoints", keypoints=["a", "b"], skeleton=[[0, True]]), "objects[0].skeleton[0]"),
        (object_class(shape="keypoints", keypoints=["a", "b"], skeleton=[[-1, 0]]), "objects[0].skeleton[0]"),
        (object_class(shape="keypoints", keypoints=["a"], sigmas=[0]), "objects[0].sigmas[0]"),
        (object_class(shape="keypoints", keypoints=["a"], sigmas=[float("inf")]), "objects[0].sigmas[0]"),
        (object_class(shape="keypoints", keypoints=["a/b"]), "objects[0].keypoints[0]"),
    ],
)
def test_each_fault_alone_is_named_by_its_path(document, path):
    assert list(faults(document)) == [path]


def test_an_attribute_of_an_option_may_not_be_named_as_one_of_its_options():
    option = {"name": "rain", "options": [{"name": "x"}], "attributes": [{"name": "x", "kind": "binary"}]}
    assert list(faults(question(options=[option]))) == ["classifications[0].options[0].attributes[0].name"]


def test_a_question_and_a_class_may_share_a_name():
    schema = parse_schema(question(name="car") | object_class())
    assert schema.classification("car").name == schema.object_class("car").name


def test_names_that_need_joiners_are_names():
    assert parse_schema(question(name="می\u200cخواهم")).classification("می\u200cخواهم").kind == "single"


def test_nesting_beyond_the_limit_is_refused_at_the_place_where_it_begins():
    option = {"name": "deep"}
    for _ in range(5000):
        option = {"name": "o", "options": [option]}
    assert list(faults(question(options=[option]))) == ["classifications[0]" + ".options[0]" * 16 + ".options"]


def test_too_many_entries_are_refused():
    many = [{"name": str(each)} for each in range(30_000)]
    document = {
        "classifications": [
            {"name": "a", "kind": "single", "options": many},
            {"name": "b", "kind": "single", "options": many},
        ]
    }
    assert faults(document) == {"classifications[1].options": ["brings the schema above 50000 entries"]}


def test_thousands_of_faults_are_counted_but_not_all_listed():
    errors = faults({f"key{each}": 1 for each in range(5000)})
    assert len(errors) == 201
    assert errors["$"] == ["4800 more faults are not listed"]


def test_hostile_keys_come_back_short_and_encodable():
    (path,) = faults({"\ud800" + "x" * 10_000: 1})
    assert path == "\ufffd" + "x" * 58 + "…"
    assert path.encode()


def test_options_are_compared_by_value():
    assert Option(name="a", options=(Option(name="b"),)) == Option(name="a", options=(Option(name="b"),))
