"""The circle of gold."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowd.labels.annotation import parse_annotation
from crowd.labels.schema import parse_schema
from crowd.sampling import circle

SCHEMA = parse_schema(
    {
        "classifications": [
            {"name": "weather", "kind": "multiple", "options": [{"name": "rain"}]},
            {"name": "scene", "kind": "single", "options": [{"name": "out", "options": [{"name": "street"}]}]},
            {"name": "blurred", "kind": "binary"},
        ],
        "objects": [{"name": "car", "shape": "point"}, {"name": "bus", "shape": "point"}],
    }
)


def category(classifications: dict[str, object], *labels: str) -> str:
    """The class of an answer with these objects."""
    document = {"classifications": classifications, "objects": [{"label": one, "point": [1, 1]} for one in labels]}
    return circle.category(parse_annotation(document, schema=SCHEMA, width=9, height=9), schema=SCHEMA)


@pytest.mark.parametrize(
    ("classifications", "labels", "expected"),
    [
        ({"blurred": True, "scene": "out/street"}, ["car"], "out/street"),
        ({"blurred": True, "weather": ["rain"]}, ["car"], "blurred"),
        ({"blurred": False}, [], "not blurred"),
        ({"weather": ["rain"]}, ["car", "bus", "bus"], "bus"),
        ({}, ["bus", "car"], "car"),
        ({}, [], ""),
    ],
)
def test_a_gold_answer_stands_for_one_class(classifications: dict, labels: list[str], expected: str) -> None:
    assert category(classifications, *labels) == expected


@given(st.text(max_size=20), st.integers(1, 300))
def test_the_gold_of_a_class_leaves_no_wide_gap(name: str, number: int) -> None:
    places = sorted(circle.place(name, rank) for rank in range(number))
    assert all(0 <= one < 1 for one in places)
    gaps = [after - before for before, after in zip(places, [*places[1:], places[0] + 1], strict=True)]
    assert min(gaps) > 0
    assert max(gaps) <= 2 / number + 1e-12


@given(st.sets(st.integers(0, 40)), st.text(max_size=5))
def test_the_place_of_gold_that_went_is_filled_first(gone: set[int], name: str) -> None:
    taken = [circle.place(name, rank) for rank in range(41) if rank not in gone]
    expected = circle.place(name, min(gone, default=41))
    assert circle.next_place(name, taken=taken) == expected


def test_whoever_walks_an_arc_meets_every_class_in_proportion() -> None:
    """Of ninety of one class and ten of another, any walk over thirty holds about three of the ten."""
    places = sorted([(circle.place("common", k), "common") for k in range(90)])
    places = sorted(places + [(circle.place("rare", k), "rare") for k in range(10)])
    rng = random.Random(1)
    for _ in range(200):
        start = rng.randrange(100)
        walked = [places[(start + step) % 100][1] for step in range(30)]
        assert 1 <= walked.count("rare") <= 5
