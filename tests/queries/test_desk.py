"""What a reviewer sees of one task, and what is kept from them."""

from typing import Any

from django.utils import timezone

from crowd.models import Conflict, Project, Task, User
from crowd.queries import desk, versions
from crowd.workflow.conflicts import adjudication, reviewing
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import publishing
from crowd.workflow.workers import disputing, reporting
from tests.factories import make

CAR: dict[str, Any] = {**make.CAT, "objects": [{"label": "car", "box": [4, 4, 20, 20]}]}
BOTH: dict[str, Any] = {
    **make.DOG,
    "objects": [{"label": "car", "box": [4, 4, 20, 20]}, {"label": "car", "box": [40, 20, 10, 10]}],
}


def disputed(owner: User) -> tuple[Project, Task]:
    """One image on which two workers differ."""
    project = make.project(owner, overlap=2, max_overlap=2, confidence_target=1.0)
    task = make.task(project)
    for annotation in (CAR, BOTH):
        make.answer(project, make.member(project), annotation)
    resolving.resolve(task_id=task.pk, now=timezone.now())
    return project, Task.objects.get(pk=task.pk)


def seen(task: Task, **options: Any) -> dict[str, Any]:
    """What the page is sent."""
    guideline = versions.current(task.project)
    assert guideline
    return desk.desk(task=Task.objects.get(pk=task.pk), guideline=guideline, **options).to_json()


def test_objects_of_several_answers_are_told_as_things_the_disputed_first(owner: User) -> None:
    project, task = disputed(owner)
    guideline = versions.current(project)
    assert guideline
    found = desk.groups(task=task, guideline=guideline)
    first, second = (answer["id"] for answer in seen(task)["answers"])
    assert [one["drawn"] for one in found] == [{second: (1,)}, {first: (0,), second: (0,)}]
    assert [(one["agreement"], one["disputed"]) for one in found] == [(0.0, True), (1.0, False)]
    assert found[1]["kept"] == (0,)
    assert desk.groups(task=task, guideline=guideline) is found


def test_a_new_answer_is_among_the_things_at_once(owner: User) -> None:
    project, task = disputed(owner)
    guideline = versions.current(project)
    assert guideline
    before = desk.groups(task=task, guideline=guideline)
    Task.objects.filter(pk=task.pk).update(overlap=3, open_slots=1, state="open", consensus=None)
    make.answer(project, make.member(project), CAR)
    after = desk.groups(task=Task.objects.get(pk=task.pk), guideline=guideline)
    assert [len(one["drawn"]) for one in before] == [1, 2]
    assert [len(one["drawn"]) for one in after] == [1, 3]


def test_an_answer_that_no_longer_fits_is_shown_as_it_was_given(owner: User) -> None:
    project, task = disputed(owner)
    schema = {**make.SCHEMA, "objects": [{"name": "car", "shape": "polyline"}]}
    publishing.draft(project=project, by=owner, body="# Lines", schema=schema, now=timezone.now())
    publishing.publish(project=project, number=2, by=owner, now=timezone.now(), impact="clarification")
    answers = seen(task)["answers"]
    assert [(one["readable"], one["guideline"], one["annotation"]) for one in answers] == [
        (False, 1, CAR),
        (False, 1, BOTH),
    ]


def test_what_workers_and_reviewers_said_is_told_without_workers_names(owner: User) -> None:
    project, task = disputed(owner)
    reviewer = make.member(project, "reviewer", "rita")
    given = task.assignments.order_by("submitted_at").first()
    assert given
    disputing.dispute(assignment=given, text="It is a cat.", now=timezone.now())
    reporting.report(assignment=given, kind="image", comment="Blurred", now=timezone.now())
    conflict = Conflict.objects.get(aside=False)
    reviewing.comment(conflict=conflict, by=reviewer, text="I think so too.", now=timezone.now())
    told = seen(task)
    assert [(one["kind"], one["text"], one["by"]) for one in told["said"]] == [
        ("dispute", "It is a cat.", str(given.pk)),
        ("image", "Blurred", str(given.pk)),
    ]
    assert [(one["by"], one["text"]) for one in told["conflict"]["comments"]] == [("rita", "I think so too.")]
    assert given.worker.username not in str(told)
    assert not {"Conflict taken", "Conflict commented"} & {one["text"] for one in told["history"]}


def test_only_owners_are_told_of_gold(owner: User) -> None:
    gold = make.golden(make.project(owner))
    assert seen(gold.task)["gold"] is None
    told = seen(gold.task, owner=True)["gold"]
    assert (told["id"], told["annotation"], told["seen"]) == (gold.pk, make.CAT, 0)


def test_whoever_rules_a_second_time_is_not_told_the_first_ruling(owner: User) -> None:
    project, task = disputed(owner)
    guideline = versions.current(project)
    assert guideline
    assert [one["kept"] for one in desk.groups(task=task, guideline=guideline)] == [(1,), (0,)]
    Conflict.objects.update(kind="second_review", cause="second_review", aside=True)
    assert [one["kept"] for one in desk.groups(task=task, guideline=guideline)] == [(), ()]
    told = seen(task)
    assert (told["consensus"], told["history"], told["blind"]) == (None, [], True)
    Conflict.objects.update(kind="low_confidence", cause="low_confidence", aside=False)
    told = seen(task)
    assert told["consensus"]["annotation"]["classifications"]
    assert (bool(told["history"]), told["blind"]) == (True, False)


def test_an_expert_sees_both_of_two_rulings_that_differ(owner: User) -> None:
    project, task = disputed(owner)
    Project.objects.filter(pk=project.pk).update(second_review_rate=1.0)
    for name, annotation in (("rita", CAR), ("rob", BOTH)):
        reviewer = make.member(project, "reviewer", name)
        ruled = Task.objects.get(pk=task.pk)
        adjudication.adjudicate(task=ruled, by=reviewer, annotation=annotation, now=timezone.now())
    told = seen(task, owner=True)
    assert told["conflict"]["kind"] == "escalated"
    assert told["consensus"]["annotation"] == CAR
    assert [(one["by"], one["annotation"]) for one in told["rulings"]] == [("rob", BOTH)]
    assert not told["blind"]
