"""No task waits for one more answer from people none of whom may give it."""

from typing import Any

import pytest
from django.utils import timezone

from crowd.models import Project, Standing, Task, User
from crowd.workflow import projects
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.workers import suspecting
from tests.factories import make

pytestmark = pytest.mark.django_db


def two_who_disagree(**settings: Any) -> tuple[Project, list[User], Task]:
    """A project of one image, which it asks two workers about, and up to five where they disagree."""
    project = make.project(make.user(), overlap=2, max_overlap=5, consensus="majority", **settings)
    workers = [make.member(project) for _ in range(2)]
    return project, workers, make.task(project)


def disagree(project: Project, workers: list[User], task: Task) -> Task:
    """The task once both have answered, each in another way."""
    Standing.objects.filter(worker__in=workers).update(qualified_at=timezone.now())
    Task.objects.filter(pk=task.pk).update(priority=9)
    for worker, said in zip(workers, (make.CAT, make.DOG), strict=True):
        make.answer(project, worker, said)
    return resolved(task)


def resolved(task: Task) -> Task:
    """The task after its job."""
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    return task


def fail(project: Project, worker: User) -> None:
    """Answer the only exam image there is, wrongly."""
    [leased] = make.claim(project, worker)
    submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now())


def test_nobody_who_has_failed_the_exam_for_good_is_waited_for() -> None:
    project, workers, task = two_who_disagree(exam_tasks=1, exam_attempts=1)
    make.golden(project, use="exam")
    fail(project, make.member(project))
    assert disagree(project, workers, task).state == "conflict"


def test_who_may_try_the_exam_again_is_waited_for() -> None:
    project, workers, task = two_who_disagree(exam_tasks=1, exam_attempts=2)
    make.golden(project, use="exam")
    fail(project, make.member(project))
    assert (disagree(project, workers, task).state, task.open_slots) == ("open", 1)


def test_a_task_that_waits_for_somebody_who_then_fails_the_exam_goes_to_review() -> None:
    project, workers, task = two_who_disagree(exam_tasks=1, exam_attempts=1)
    make.golden(project, use="exam")
    last = make.member(project)
    assert (disagree(project, workers, task).state, task.open_slots) == ("open", 1)
    fail(project, last)
    task.refresh_from_db()
    assert task.stale_at is not None
    assert resolved(task).state == "conflict"


def test_nobody_whose_share_is_used_up_is_waited_for() -> None:
    project, workers, task = two_who_disagree(max_share_per_worker=0.5)
    other = make.task(project)
    Task.objects.filter(pk=other.pk).update(priority=10)
    make.answer(project, make.member(project))
    Task.objects.filter(pk=other.pk).update(priority=0)
    assert disagree(project, workers, task).state == "conflict"


def test_a_task_that_waits_for_somebody_who_then_uses_their_share_up_goes_to_review() -> None:
    project, workers, task = two_who_disagree(max_share_per_worker=0.5)
    other = make.task(project)
    last = make.member(project)
    assert (disagree(project, workers, task).state, task.open_slots) == ("open", 1)
    Task.objects.filter(pk=other.pk).update(priority=10)
    make.answer(project, last)
    suspecting.suspect(now=timezone.now())
    task.refresh_from_db()
    assert task.stale_at is not None
    assert resolved(task).state == "conflict"


def test_a_task_that_waits_while_the_owner_makes_the_share_smaller_goes_to_review() -> None:
    project, workers, task = two_who_disagree()
    other, last = make.task(project), make.member(project)
    Task.objects.filter(pk=other.pk).update(priority=10)
    make.answer(project, last)
    Task.objects.filter(pk=other.pk).update(priority=0)
    assert (disagree(project, workers, task).state, task.open_slots) == ("open", 1)
    owner = project.memberships.get(role="owner").user
    projects.update(project=project, by=owner, changes={"max_share_per_worker": 0.5}, now=timezone.now())
    task.refresh_from_db()
    assert task.stale_at is not None
    assert resolved(task).state == "conflict"
