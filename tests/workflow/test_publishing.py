"""Guideline versions: drafted, published, with consequences shown before and done after."""

import copy
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from crowd.errors import Contradiction, Invalid
from crowd.models import Assignment, Event, Guideline, Project, Standing
from crowd.queries import impact, readings
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import publishing
from tests.factories import make

pytestmark = pytest.mark.django_db

FELINE: dict[str, Any] = copy.deepcopy(make.SCHEMA)
FELINE["classifications"][0]["options"][0]["name"] = "feline"


def draft(project: Project, schema: dict[str, Any] = make.SCHEMA, **fields: Any) -> Guideline:
    """A new draft of the project's owner."""
    owner = project.memberships.get(role="owner").user
    return publishing.draft(project=project, by=owner, body="", schema=schema, now=timezone.now(), **fields)


def publish(project: Project, schema: dict[str, Any] = make.SCHEMA, **consequences: Any) -> Guideline:
    """A new version in force."""
    number = draft(project, schema).number
    owner = project.memberships.get(role="owner").user
    return publishing.publish(project=project, number=number, by=owner, now=timezone.now(), **consequences)


def test_versions_are_numbered_and_one_is_in_force(project: Project) -> None:
    publish(project)
    draft(project)
    states = list(project.guidelines.order_by("number").values_list("number", "state"))
    assert states == [(1, "retired"), (2, "published"), (3, "draft")]


def test_a_published_version_never_changes_neither_by_verb_nor_by_sql(project: Project) -> None:
    with pytest.raises(Contradiction, match="never changes"):
        publishing.edit(project=project, number=1, body="other")
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Guideline.objects.filter(number=1).update(body="other")
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Guideline.objects.filter(number=1).delete()


def test_every_fault_of_a_schema_is_named_at_once(project: Project) -> None:
    bad = {"classifications": [{"name": "", "kind": "single"}], "objects": [{"name": "a", "shape": "blob"}]}
    with pytest.raises(Invalid) as caught:
        draft(project, bad)
    assert {"classifications[0].name", "objects[0].shape"} <= set(caught.value.errors)


def test_a_clarification_leaves_every_label(project: Project) -> None:
    task = make.task(project)
    make.answer(project, make.member(project))
    publish(project, impact="clarification")
    task.refresh_from_db()
    assert (task.labels, task.state) == (1, "open")


def test_a_relabelling_voids_what_speaks_of_the_label_and_nothing_else(project: Project) -> None:
    reviewer = make.member(project, "reviewer")
    cats, dogs, ruled = (make.task(project) for _ in range(3))
    workers = [make.member(project) for _ in range(3)]
    for worker in workers:
        for leased in make.claim(project, worker, count=3):
            said = make.DOG if leased.task_id == dogs.pk else make.CAT
            submission.submit(assignment=leased, annotation=said, now=timezone.now())
    adjudication.adjudicate(task=ruled, by=reviewer, annotation=make.CAT, now=timezone.now())
    for task in (cats, dogs):
        resolving.resolve(task_id=task.pk, now=timezone.now())
    expected = impact.impact(project=project, labels=["cat"])
    assert expected == {"tasks": 1, "answers": 3, "gold": 0, "adjudicated": 1, "releases": 0}
    publish(project, impact="relabel", affected=["cat"])
    for task in (cats, dogs, ruled):
        task.refresh_from_db()
    assert [(one.state, one.labels, one.open_slots) for one in (cats, dogs, ruled)] == [
        ("open", 0, 3),
        ("resolved", 3, 0),
        ("resolved", 3, 0),
    ]
    assert set(Assignment.objects.filter(task=cats).values_list("state", "reason")) == {
        ("void", "Guideline 2 redefines cat.")
    }
    assert set(Standing.objects.values_list("labels", flat=True)) == {2}
    assert Event.objects.filter(type="task.reopened", data__task=cats.pk).count() == 1


def test_the_impact_counts_answers_to_nested_options_and_boxes(project: Project) -> None:
    schema = {
        "classifications": [
            {"name": "place", "kind": "single", "options": [{"name": "out", "options": [{"name": "street"}]}]}
        ],
        "objects": [{"name": "car", "shape": "box", "attributes": [{"name": "hidden", "kind": "binary"}]}],
    }
    nested = make.project(make.user(), schema=schema)
    make.images(nested, 2)
    worker = make.member(nested)
    make.answer(nested, worker, {"classifications": {"place": "out/street"}})
    box = {"label": "car", "box": [1, 1, 20, 20], "attributes": {"hidden": True}}
    make.answer(nested, worker, {"classifications": {}, "objects": [box]})
    touched = {label: impact.impact(project=nested, labels=[label])["answers"] for label in ("out", "car", "hidden")}
    assert touched == {"out": 1, "car": 1, "hidden": 1}
    assert impact.impact(project=nested, labels=["out/street", "car"])["answers"] == 2
    assert impact.impact(project=nested, labels=["nothing"])["answers"] == 0


def test_consequences_for_labels_that_do_not_exist_are_refused(project: Project) -> None:
    with pytest.raises(Invalid, match="wolf"):
        publish(project, impact="relabel", affected=["wolf"])
    with pytest.raises(Invalid):
        publish(project, impact="clarification", rename={"wolf": "cat"})
    assert project.guidelines.get(state="published").number == 1


def test_renamed_labels_are_read_under_their_new_names(project: Project) -> None:
    task = make.task(project)
    planted = make.golden(project)
    for _ in range(3):
        make.answer(project, make.member(project), make.CAT)
    publish(project, FELINE, impact="clarification", rename={"scene/cat": "scene/feline"})
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert task.consensus.annotation["classifications"] == {"scene": "feline"}
    assert task.consensus.guideline.number == 2
    assert set(Assignment.objects.values_list("annotation__classifications__scene", flat=True)) == {"cat"}
    gold.correct(
        gold=planted, by=planted.created_by, annotation={"classifications": {"scene": "feline"}}, now=timezone.now()
    )


def test_answers_that_no_longer_read_are_asked_again(project: Project) -> None:
    task = make.task(project)
    for _ in range(2):
        make.answer(project, make.member(project), {"classifications": {"scene": "cat"}, "objects": [CAR]})
    points = copy.deepcopy(make.SCHEMA)
    points["objects"][0]["shape"] = "point"
    publish(project, points)
    assert readings.of_task(task).answers == ()
    make.answer(project, make.member(project))  # the third, with which the task is looked at
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.labels, task.overlap, task.open_slots) == (3, 5, 2)


CAR = {"label": "car", "box": [1, 1, 20, 20]}


def test_a_worker_in_flight_finishes_under_the_version_they_were_leased(project: Project) -> None:
    make.task(project)
    [leased] = make.claim(project, make.member(project))
    publish(project, FELINE)
    done = submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now()).assignment
    assert (done.state, done.guideline.number) == ("submitted", 1)
