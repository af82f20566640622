import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crowd.errors import Invalid
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.migration import Loss, Split, migrate
from crowd.labels.schema import parse_schema
from tests.labels.example import ANNOTATION, HEIGHT, SCHEMA, WIDTH

OLD = parse_schema(SCHEMA)
ANSWER = parse_annotation(ANNOTATION, schema=OLD, width=WIDTH, height=HEIGHT)


def changed(change):
    """The example schema after `change` was applied to its document."""
    document = copy.deepcopy(SCHEMA)
    change(document)
    return parse_schema(document)


def carried(new, **moves):
    moved = migrate(ANSWER, old=OLD, new=new, **moves)
    return annotation_to_json(moved.annotation), moved.losses, moved.unanswered


def only_object(annotation, schema):
    return parse_annotation(annotation, schema=schema, width=WIDTH, height=HEIGHT, complete=False)


def test_nothing_changes_between_equal_schemas():
    assert carried(OLD) == (ANNOTATION, (), ())


def test_a_renamed_class_question_option_and_attribute_take_their_answers_along():
    def rename(document):
        document["classifications"][0]["name"] = "place"
        document["classifications"][0]["options"][0]["name"] = "outside"
        document["objects"][0]["name"] = "vehicle"
        document["objects"][0]["attributes"][0]["name"] = "hidden"

    renames = {
        "scene": "place",
        "scene/outdoor": "place/outside",
        "car": "vehicle",
        "car/occluded": "vehicle/hidden",
    }
    document, losses, unanswered = carried(changed(rename), renames=renames)
    assert next(iter(document["classifications"].items())) == ("place", "outside/street")
    assert document["objects"][0] == ANNOTATION["objects"][0] | {
        "label": "vehicle",
        "attributes": {"hidden": True, "colour": "red"},
    }
    assert (losses, unanswered) == ((), ())


def test_an_option_may_be_renamed_by_its_path_alone():
    new = changed(lambda document: document["classifications"][0]["options"][0]["options"][0].update(name="road"))
    document, losses, _ = carried(new, renames={"outdoor/street": "outdoor/road"})
    assert document["classifications"]["scene"] == "outdoor/road"
    assert losses == ()


def test_two_options_merge_into_one():
    def merge(document):
        document["classifications"][1]["options"] = [{"name": "wet"}]

    document, losses, _ = carried(changed(merge), renames={"rain": "wet", "fog": "wet"})
    assert document["classifications"]["weather"] == ["wet"]
    assert losses == (Loss("classifications.weather/rain/strength", "the question is no longer in the schema"),)


def test_two_classes_merge_into_one():
    new = parse_schema({"objects": [{"name": "dot", "shape": "point"}]})
    old = parse_schema({"objects": [{"name": "spot", "shape": "point"}, {"name": "mark", "shape": "point"}]})
    answer = only_object({"objects": [{"label": "spot", "point": [1, 1]}, {"label": "mark", "point": [2, 2]}]}, old)
    moved = migrate(answer, old=old, new=new, renames={"spot": "dot", "mark": "dot"})
    assert [each.label for each in moved.annotation.objects] == ["dot", "dot"]
    assert moved.losses == ()


def test_a_removed_option_falls_back_to_the_one_above_it():
    new = changed(lambda document: document["classifications"][0]["options"][0]["options"].pop(0))
    document, losses, _ = carried(new)
    assert document["classifications"]["scene"] == "outdoor"
    reason = "“outdoor/street” is no longer in the schema; kept as “outdoor”"
    assert losses == (Loss("classifications.scene", reason),)


def test_a_removed_class_and_question_are_lost_and_said_so():
    def remove(document):
        del document["classifications"][2]
        del document["objects"][1]

    document, losses, _ = carried(changed(remove))
    assert "blurred" not in document["classifications"]
    assert [each["label"] for each in document["objects"]] == [
        each["label"] for each in ANNOTATION["objects"] if each["label"] != "ship"
    ]
    assert losses == (
        Loss("classifications.blurred", "the question is no longer in the schema"),
        Loss("objects[1]", "the class “ship” is no longer in the schema"),
    )


def split_cars(document):
    attributes = document["objects"][0]["attributes"]
    document["objects"][0:1] = [
        {"name": "red car", "shape": "box", "attributes": attributes},
        {"name": "other car", "shape": "box", "attributes": attributes},
    ]


def test_a_class_is_split_by_an_attribute():
    rule = Split(by="colour", into={"red": "red car"}, otherwise="other car")
    document, losses, _ = carried(changed(split_cars), splits={"car": rule})
    assert document["objects"][0] == ANNOTATION["objects"][0] | {"label": "red car"}
    assert losses == ()


def test_a_split_whose_rule_is_silent_loses_the_object():
    rule = Split(by="colour", into={"blue": "other car"})
    document, losses, _ = carried(changed(split_cars), splits={"car": rule})
    assert len(document["objects"]) == 8
    assert losses == (Loss("objects[0]", "the rule that splits “car” does not say what this one is", undecided=True),)


def test_an_option_is_split_by_another_question():
    def split(document):
        document["classifications"][0]["options"][0]["options"][0:1] = [
            {"name": "clear street"},
            {"name": "blurred street"},
        ]

    rule = Split(by="blurred", into={"true": "scene/outdoor/blurred street", "false": "scene/outdoor/clear street"})
    document, losses, _ = carried(changed(split), splits={"scene/outdoor/street": rule})
    assert document["classifications"]["scene"] == "outdoor/clear street"
    assert losses == ()


@pytest.mark.parametrize(
    ("old_kind", "new_kind", "before", "after"),
    [
        ("single", "multiple", "a", ("a",)),
        ("multiple", "single", ["a"], "a"),
        ("multiple", "single", ["a", "b"], None),
        ("single", "binary", "a", None),
    ],
)
def test_a_changed_kind_keeps_what_it_can(old_kind, new_kind, before, after):
    def schema(kind):
        options = [] if kind == "binary" else [{"name": "a"}, {"name": "b"}]
        return parse_schema({"classifications": [{"name": "q", "kind": kind, "required": True, "options": options}]})

    old, new = schema(old_kind), schema(new_kind)
    answer = parse_annotation({"classifications": {"q": before}}, schema=old, width=1, height=1)
    moved = migrate(answer, old=old, new=new)
    assert moved.annotation.classifications == ({} if after is None else {"q": after})
    assert len(moved.losses) == (after is None)
    assert moved.unanswered == (("classifications.q",) if after is None else ())


def test_two_questions_merged_into_one_keep_the_first_answer_and_say_so():
    def schema(*names):
        return parse_schema({"classifications": [{"name": name, "kind": "binary"} for name in names]})

    old, new = schema("dark", "dim"), schema("unlit")
    answer = parse_annotation({"classifications": {"dark": True, "dim": False}}, schema=old, width=1, height=1)
    moved = migrate(answer, old=old, new=new, renames={"dark": "unlit", "dim": "unlit"})
    assert moved.annotation.classifications == {"unlit": True}
    assert [loss.path for loss in moved.losses] == ["classifications.dim"]


@pytest.mark.parametrize(
    ("shape", "geometry"),
    [
        ("rotated_box", (3.5, 5.25, 5, 6.5, 0)),
        ("polygon", (((1.0, 2.0), (6.0, 2.0), (6.0, 8.5), (1.0, 8.5)),)),
        ("point", None),
    ],
)
def test_a_box_becomes_what_can_say_the_same(shape, geometry):
    old = parse_schema({"objects": [{"name": "car", "shape": "box"}]})
    new = parse_schema({"objects": [{"name": "car", "shape": shape}]})
    moved = migrate(only_object({"objects": [{"label": "car", "box": [1, 2, 5, 6.5]}]}, old), old=old, new=new)
    assert [each.geometry for each in moved.annotation.objects] == ([] if geometry is None else [geometry])
    assert moved.losses == (() if geometry else (Loss("objects[0]", "a box cannot become a point"),))


def test_keypoints_are_carried_by_name():
    def schema(*names):
        return parse_schema({"objects": [{"name": "person", "shape": "keypoints", "keypoints": list(names)}]})

    old, new = schema("nose", "ear", "hand"), schema("hand", "foot", "nose")
    answer = only_object({"objects": [{"label": "person", "keypoints": [[1, 1, 2], [2, 2, 1], [3, 3, 2]]}]}, old)
    moved = migrate(answer, old=old, new=new)
    assert moved.annotation.objects[0].geometry == ((3, 3, 2), (0, 0, 0), (1, 1, 2))
    assert moved.losses == (Loss("objects[0].keypoints[1]", "the keypoint “ear” is no longer in the schema"),)


def test_an_object_below_the_new_least_size_is_lost():
    new = changed(lambda document: document["objects"][0].update(min_side=6))
    assert carried(new)[1] == (Loss("objects[0]", "is smaller than “car” now has to be (6 pixels)"),)


def test_new_required_questions_are_named_at_the_new_place():
    def require(document):
        document["classifications"].append({"name": "night", "kind": "binary", "required": True})
        del document["objects"][0]
        document["objects"][0]["attributes"] = [{"name": "flag", "kind": "binary", "required": True}]

    assert carried(changed(require))[2] == ("classifications.night", "objects[0].attributes.flag")


@pytest.mark.parametrize("renames", [{"nothing": "car"}, {"car": "nothing"}, {"car": "scene"}])
def test_a_rename_that_fits_neither_schema_is_refused(renames):
    with pytest.raises(Invalid) as caught:
        migrate(ANSWER, old=OLD, new=OLD, renames=renames)
    assert caught.value.code == "invalid_rename"
    assert list(caught.value.errors) == [f"rename.{next(iter(renames))}"]


@st.composite
def smaller(draw):
    """The example schema with some of its questions, options, classes and attributes taken out."""
    document = copy.deepcopy(SCHEMA)

    def thin(listed, least=0):
        keep = draw(st.sets(st.integers(0, len(listed) - 1), min_size=least)) if listed else set()
        listed[:] = [each for place, each in enumerate(listed) if place in keep]

    thin(document["classifications"])
    thin(document["objects"])
    for question in document["classifications"]:
        if question["kind"] != "binary":
            thin(question["options"], least=1)
            for option in question["options"]:
                thin(option.get("options", []))
                thin(option.get("attributes", []))
    for each in document["objects"]:
        thin(each.get("attributes", []))
    return parse_schema(document)


@settings(max_examples=200)
@given(smaller())
def test_what_is_carried_always_fits_the_new_schema(new):
    moved = migrate(ANSWER, old=OLD, new=new)
    document = annotation_to_json(moved.annotation)
    again = parse_annotation(document, schema=new, width=WIDTH, height=HEIGHT, complete=False)
    assert annotation_to_json(again) == document
    if not moved.unanswered:
        parse_annotation(document, schema=new, width=WIDTH, height=HEIGHT)
    assert migrate(moved.annotation, old=new, new=new).annotation == moved.annotation
