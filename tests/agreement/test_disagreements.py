"""What the answers to one image disagree about."""

from typing import Any

import pytest

from crowd.agreement import disagreement
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema

SCHEMA = parse_schema(
    {
        "classifications": [
            {
                "name": "scene",
                "kind": "single",
                "options": [
                    {"name": "outdoor", "options": [{"name": "street"}, {"name": "field"}]},
                    {"name": "indoor"},
                ],
            },
            {"name": "blurred", "kind": "binary"},
        ],
        "objects": [
            {"name": "car", "shape": "box", "attributes": [{"name": "parked", "kind": "binary"}]},
            {"name": "van", "shape": "box"},
        ],
    }
)
BOX = [10, 10, 20, 20]


def between(*documents: dict[str, Any]) -> Any:
    read = [parse_annotation(each, schema=SCHEMA, width=100, height=100, complete=False) for each in documents]
    return disagreement(read, schema=SCHEMA, image_size=(100, 100))


def scene(path: str) -> dict[str, Any]:
    return {"classifications": {"scene": path}}


def boxes(*objects: tuple[str, list[int]]) -> dict[str, Any]:
    return {"objects": [{"label": label, "box": box} for label, box in objects]}


def test_other_options_of_one_question_are_a_disagreement_about_classes() -> None:
    found = between(scene("outdoor/street"), scene("indoor"), scene("indoor"))
    assert (found.kind, found.confused) == ("class_disagreement", (("indoor", "outdoor/street"),))
    assert found.labels == ("indoor", "outdoor", "outdoor/street")
    assert found.severity == pytest.approx(2 / 3)


def test_a_finer_answer_disputes_only_what_is_finer() -> None:
    found = between(scene("outdoor"), scene("outdoor/field"))
    assert (found.kind, found.labels) == ("class_disagreement", ("outdoor/field",))
    assert found.severity == pytest.approx(0.5)


def test_one_thing_called_otherwise_is_a_disagreement_about_its_class() -> None:
    found = between(boxes(("car", BOX)), boxes(("van", [11, 10, 20, 20])))
    assert (found.kind, found.labels, found.confused) == ("class_disagreement", ("car", "van"), (("car", "van"),))


def test_a_thing_that_only_some_marked_is_about_existence() -> None:
    found = between(boxes(("car", BOX), ("van", [60, 60, 20, 20])), boxes(("car", BOX)))
    assert (found.kind, found.labels, found.confused) == ("existence", ("van",), ())


def test_a_thing_marked_elsewhere_is_about_geometry() -> None:
    found = between(boxes(("car", BOX)), boxes(("car", [22, 10, 20, 20])))
    assert (found.kind, found.labels) == ("geometry", ("car",))
    assert found.severity == 1.0


def test_what_weighs_most_gives_the_name() -> None:
    missing = between(boxes(("car", BOX), ("van", [60, 60, 20, 20]), ("van", [60, 10, 20, 20])), boxes(("van", BOX)))
    assert (missing.kind, missing.confused) == ("existence", (("car", "van"),))


def test_answers_that_say_the_same_are_not_believed() -> None:
    found = between(scene("indoor"), scene("indoor"))
    assert (found.kind, found.severity, found.labels) == ("low_confidence", 0.0, ("indoor",))


@pytest.mark.parametrize("count", [0, 1])
def test_who_answered_alone_disagrees_with_nobody(count: int) -> None:
    found = between(*[boxes(("car", BOX))] * count)
    assert (found.kind, found.severity, found.labels) == ("low_confidence", 0.0, ("car",) * count)


def test_an_attribute_answered_otherwise_is_named_by_itself() -> None:
    parked, free = ({"objects": [{"label": "car", "box": BOX, "attributes": {"parked": one}}]} for one in (True, False))
    found = between(parked, free)
    assert (found.kind, found.labels) == ("class_disagreement", ("parked",))


def test_the_order_of_the_answers_does_not_matter() -> None:
    documents = [boxes(("car", BOX)), boxes(("van", BOX)), scene("indoor")]
    assert between(*documents) == between(*documents[::-1])
