"""What a relabelling touches: the database and the program find the same documents."""

from typing import Any

import pytest
from django.utils import timezone

from crowd.labels.mentions import mentions
from crowd.models import Assignment
from crowd.queries.impact import speaks_of
from tests.factories import make

pytestmark = pytest.mark.django_db

CAR = {"label": "car", "box": [1, 1, 20, 20]}

DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"classifications": {}, "objects": []},
    {"classifications": {"scene": "cat"}, "objects": []},
    {"classifications": {"scene": "cattle"}, "objects": []},
    {"classifications": {"scene": "cat/siamese"}, "objects": []},
    {"classifications": {"seen": ["dog", "cat"]}, "objects": []},
    {"classifications": {"seen": ["dog", "cat/siamese"]}, "objects": []},
    {"classifications": {"cat": "yes"}, "objects": []},
    {"classifications": {"note": "a cat"}, "objects": []},
    {"classifications": {"count": 3, "sure": True, "scene": None}, "objects": []},
    {"objects": [CAR]},
    {"objects": [{**CAR, "label": "car/van"}]},
    {"objects": [{**CAR, "attributes": {"colour": "red"}}]},
    {"objects": [CAR, {**CAR, "label": "bus", "attributes": {"inside": ["cat", "dog/puppy"]}}]},
    {"objects": [{**CAR, "label": "bus", "attributes": {"cat": False}}]},
]

LABELS = ["cat", "cat/siamese", "dog", "car", "car/van", "bus", "scene", "colour", "red", "true", "3", 'a"b', ""]


@pytest.mark.parametrize("label", LABELS)
def test_the_database_and_the_program_agree_on_what_speaks_of_a_label(label: str) -> None:
    project = make.project(make.user())
    leased = {}
    for document in DOCUMENTS:
        make.task(project)
        [one] = make.claim(project, make.member(project))
        Assignment.objects.filter(pk=one.pk).update(annotation=document, state="submitted", submitted_at=timezone.now())
        leased[one.pk] = document
    found = set(Assignment.objects.filter(speaks_of("annotation", label)).values_list("pk", flat=True))
    assert found == {pk for pk, document in leased.items() if mentions(document, label)}


def test_an_option_is_spoken_of_by_what_lies_below_it_and_by_nothing_that_only_begins_alike() -> None:
    said = [document["classifications"] for document in DOCUMENTS[2:9] if mentions(document, "cat")]
    assert said == [
        {"scene": "cat"},
        {"scene": "cat/siamese"},
        {"seen": ["dog", "cat"]},
        {"seen": ["dog", "cat/siamese"]},
        {"cat": "yes"},
    ]
