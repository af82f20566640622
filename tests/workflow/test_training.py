"""Training: what it tells of an answer, and which answers count as training."""

from typing import Any

import pytest
from django.utils import timezone

from crowd.models import Assignment, Gold, Project, Standing, User
from crowd.queries import integrity
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import publishing
from tests.factories import make

pytestmark = pytest.mark.django_db
CAR: dict[str, Any] = {"label": "car", "box": [5, 5, 20, 20]}


def owner_of(project: Project) -> User:
    return project.memberships.get(role="owner").user


def reshape(project: Project, shape: str) -> None:
    """Publish a guideline under which cars have another shape: what was drawn before cannot be read any more."""
    schema = {**make.SCHEMA, "objects": [{"name": "car", "shape": shape}]}
    made = publishing.draft(project=project, by=owner_of(project), body="", schema=schema, now=timezone.now())
    publishing.publish(project=project, number=made.number, by=owner_of(project), now=timezone.now())


def sound() -> bool:
    return [one for one in integrity.run() if one.offenders] == []


def test_training_that_no_longer_reads_under_the_guideline_keeps_the_answer_and_tells_nothing() -> None:
    project = make.project(make.user(), training_tasks=1)
    make.images(project)
    planted = make.golden(project, {**make.CAT, "objects": [CAR]}, use="training")
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    assert leased.task_id == planted.task_id
    reshape(project, "point")
    done = submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now())
    assert (done.assignment.state, done.feedback) == ("submitted", None)
    assert make.claim(project, worker)[0].task_id != planted.task_id
    assert sound()


def test_training_made_of_an_agreement_tells_nothing_to_whoever_was_answering_then() -> None:
    project = make.project(make.user(), overlap=2)
    [image] = make.images(project)
    [leased] = make.claim(project, make.member(project))
    by = owner_of(project)
    gold.plant(
        image=image, annotation=make.CAT, by=by, now=timezone.now(), use="training", source=Gold.Source.CONSENSUS
    )
    done = submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now())
    assert (done.feedback, Assignment.objects.get().annotation) == (None, make.DOG)
    assert sound()


def test_training_handed_in_twice_tells_the_same_twice() -> None:
    project = make.project(make.user(), training_tasks=1)
    make.golden(project, use="training")
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    first, second = (
        submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now()).feedback for _ in range(2)
    )
    assert first is not None
    assert (second, Standing.objects.get(worker=worker).trained) == (first, 1)


def test_an_answer_from_before_an_image_was_made_training_is_no_training() -> None:
    project = make.project(make.user())
    make.images(project)
    worker = make.member(project)
    done = make.answer(project, worker)
    gold.plant(image=done.task.image, annotation=make.CAT, by=owner_of(project), now=timezone.now(), use="training")
    resolving.resolve(task_id=done.task_id, now=timezone.now())
    assert (Gold.objects.get().checks.count(), Standing.objects.get(worker=worker).trained) == (1, 0)
    assert sound()
