import copy
import json

from hypothesis import given

from crowd.labels.diff import Changed, Entry, Moved, SchemaDiff, diff
from crowd.labels.schema import parse_schema
from tests.labels.example import SCHEMA
from tests.labels.test_migration import changed, smaller, split_cars

OLD = parse_schema(SCHEMA)


def test_equal_schemas_do_not_differ():
    assert diff(OLD, OLD) == SchemaDiff()
    assert diff(OLD, OLD).is_empty


def test_added_and_removed_things_are_listed_with_what_is_in_them():
    def change(document):
        del document["objects"][0]
        document["classifications"][2] = {"name": "night", "kind": "single", "options": [{"name": "moon"}]}

    found = diff(OLD, changed(change))
    assert found.added == (
        Entry("question", "classifications", "night"),
        Entry("option", "classifications", "night/moon"),
    )
    assert found.removed == (
        Entry("question", "classifications", "blurred"),
        Entry("class", "objects", "car"),
        Entry("question", "objects", "car/occluded"),
        Entry("question", "objects", "car/colour"),
        Entry("option", "objects", "car/colour/red"),
        Entry("option", "objects", "car/colour/blue"),
    )
    assert found.options_added == ("night/moon",)
    assert found.options_removed == ("car/colour/red", "car/colour/blue")
    assert found.affected == ("blurred", "car", "night")


def test_a_rename_is_one_change_and_leaves_nothing_added_or_removed():
    def change(document):
        document["objects"][0]["name"] = "vehicle"
        document["classifications"][0]["options"][0]["name"] = "outside"

    found = diff(OLD, changed(change), renames={"car": "vehicle", "scene/outdoor": "scene/outside"})
    assert found == SchemaDiff(
        renamed=(
            Moved("option", "classifications", ("scene/outdoor",), ("scene/outside",)),
            Moved("class", "objects", ("car",), ("vehicle",)),
        )
    )
    assert found.affected == ()


def test_a_merge_and_a_split_are_told_apart():
    new = changed(lambda document: document["classifications"][1].update(options=[{"name": "wet"}]))
    found = diff(OLD, new, renames={"rain": "wet", "fog": "wet"})
    assert found.merged == (Moved("option", "classifications", ("weather/rain", "weather/fog"), ("weather/wet",)),)
    found = diff(OLD, changed(split_cars), splits={"car": ["red car", "other car"]})
    assert found.split == (Moved("class", "objects", ("car",), ("red car", "other car")),)
    assert [entry.address for entry in found.removed if entry.what == "class"] == []
    assert [entry.address for entry in found.added if entry.what == "class"] == []


def test_changed_properties_are_named_and_only_those_that_matter_affect_labels():
    def change(document):
        document["objects"][0] |= {"shape": "rotated_box", "color": "#ffffff"}
        document["objects"][1]["description"] = "Any hull."
        document["classifications"][2] |= {"kind": "single", "options": [{"name": "a"}]}

    found = diff(OLD, changed(change))
    assert found.shape_changed == (Changed("class", "objects", "car", "shape", "box", "rotated_box"),)
    assert found.kind_changed == (Changed("question", "classifications", "blurred", "kind", "binary", "single"),)
    assert Changed("class", "objects", "ship", "description", "", "Any hull.") in found.changed
    assert found.affected == ("blurred", "car")


def test_the_order_of_things_is_no_change():
    document = copy.deepcopy(SCHEMA)
    document["objects"].reverse()
    assert diff(OLD, parse_schema(document)).is_empty


def test_a_diff_is_a_document():
    document = diff(OLD, changed(split_cars), splits={"car": ["red car", "other car"]}).to_json()
    assert list(document) == ["added", "removed", "renamed", "merged", "split", "changed"]
    assert document["split"] == [{"what": "class", "space": "objects", "old": ["car"], "new": ["red car", "other car"]}]
    assert json.loads(json.dumps(document)) == document


@given(smaller())
def test_what_one_way_adds_the_other_way_removes(new):
    there, back = diff(OLD, new), diff(new, OLD)
    assert there.added == ()
    assert set(there.removed) == set(back.added)
    assert [change.address for change in there.changed] == [change.address for change in back.changed]
