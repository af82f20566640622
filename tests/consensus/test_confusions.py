"""Who said what where something else was true."""

from crowd.agreement.scores import OBJECTS
from crowd.consensus.confusions import NOTHING, Confusion, confusions
from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema

SCHEMA = parse_schema(
    {
        "classifications": [
            {"name": "scene", "kind": "single", "options": [{"name": "cat"}, {"name": "dog"}]},
            {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}, {"name": "fog"}]},
        ],
        "objects": [{"name": "car", "shape": "box"}, {"name": "bus", "shape": "box"}],
    }
)


def pairs(answer: dict, truth: dict) -> list[Confusion]:
    read = [parse_annotation(one, schema=SCHEMA, width=100, height=100) for one in (answer, truth)]
    return confusions(*read, schema=SCHEMA, image_size=(100, 100))


def test_a_question_pairs_what_was_said_with_what_is_true() -> None:
    assert pairs({"classifications": {"scene": "cat"}}, {"classifications": {"scene": "dog"}}) == [
        Confusion("scene", "dog", "cat")
    ]


def test_a_question_left_open_was_answered_by_nothing() -> None:
    assert pairs({}, {"classifications": {"scene": "dog"}}) == [Confusion("scene", "dog", NOTHING)]


def test_several_choices_are_taken_one_by_one() -> None:
    found = pairs({"classifications": {"weather": ["rain"]}}, {"classifications": {"weather": ["fog"]}})
    assert found == [Confusion("weather", "fog", NOTHING), Confusion("weather", NOTHING, "rain")]


def test_objects_are_paired_by_where_they_are_and_what_is_left_over_stands_alone() -> None:
    truth = {"objects": [{"label": "car", "box": [0, 0, 20, 20]}, {"label": "bus", "box": [60, 60, 20, 20]}]}
    answer = {"objects": [{"label": "bus", "box": [1, 1, 20, 20]}, {"label": "car", "box": [40, 0, 10, 10]}]}
    assert sorted(pairs(answer, truth)) == sorted(
        [Confusion(OBJECTS, "car", "bus"), Confusion(OBJECTS, "bus", NOTHING), Confusion(OBJECTS, NOTHING, "car")]
    )
