"""Verbs one after the other, in orders that are rare: what each promised still holds."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd.errors import Contradiction, Missing
from crowd.models import Assignment, Gold, Project, Task, User
from crowd.queries import integrity, work
from crowd.workflow import gold, projects, tasks
from crowd.workflow.assignments import claiming, leasing, submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, resolving
from crowd.workflow.guidelines import publishing
from crowd.workflow.projects import members
from crowd.workflow.workers import standing
from tests.factories import make

pytestmark = pytest.mark.django_db

WITH_CAR: dict[str, Any] = {
    "classifications": {"scene": "cat"},
    "objects": [{"label": "car", "box": [1, 1, 20, 20]}],
}


def owner_of(project: Project) -> User:
    """Who made the project."""
    return project.memberships.get(role="owner").user


def submit(leased: Assignment) -> Assignment:
    """Hand the answer “cat” in."""
    leased = Assignment.objects.get(pk=leased.pk)
    return submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now()).assignment


def resolve(task: Task) -> Task:
    """Do the task's job, and look at the task afterwards."""
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    return task


def publish(project: Project, *, schema: dict[str, Any] = make.SCHEMA, **what: Any) -> None:
    """Publish the second version of the guideline."""
    by = owner_of(project)
    publishing.draft(project=project, by=by, body="", schema=schema, now=timezone.now())
    publishing.publish(project=project, number=2, by=by, now=timezone.now(), **what)


def relabel_cats(project: Project) -> None:
    """Publish a version that redefines “cat”."""
    publish(project, impact="relabel", affected=["cat"])


def in_dispute(**settings: Any) -> tuple[Project, Task]:
    """A task three workers answered in three ways."""
    project = make.project(make.user(), confidence_target=1.0, **settings)
    task = make.task(project)
    for document in (make.CAT, make.DOG, make.FOX):
        make.answer(project, make.member(project), document)
    return project, task


def withdraw(planted: Gold) -> None:
    """Make the gold an ordinary task."""
    gold.withdraw(gold=planted, by=owner_of(planted.task.project), now=timezone.now())


def test_a_banned_worker_cannot_autosave_a_lease_back_to_life() -> None:
    project = make.project(make.user())
    make.task(project)
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    standing.set_status(
        project=project,
        username=worker.username,
        status="banned",
        reason="Clicks at random.",
        by=owner_of(project),
        now=timezone.now(),
        void_labels=True,
    )
    leased.refresh_from_db()
    assert leasing.autosave(assignment=leased, draft={}, now=timezone.now()).state == "expired"
    assert submit(leased).state == "void"


def test_a_lease_that_ran_out_is_not_revived_in_a_paused_project() -> None:
    project = make.project(make.user(), max_leases=1)
    make.images(project, 2)
    [leased] = make.claim(project, make.member(project))
    leasing.expire(now=timezone.now() + timedelta(days=1))
    projects.update(project=project, by=owner_of(project), changes={"paused": True}, now=timezone.now())
    assert leasing.autosave(assignment=leased, draft={}, now=timezone.now()).state == "expired"


def test_excluded_gold_is_not_served_and_stays_excluded_when_withdrawn() -> None:
    project = make.project(make.user(), gold_rate=0.5)
    planted = make.golden(project)
    [image] = make.images(project)
    tasks.change(task=planted.task, by=owner_of(project), now=timezone.now(), state="excluded")
    [leased] = make.claim(project, make.member(project), rng=make.AlwaysGold())
    assert leased.task.image_id == image.pk
    withdraw(Gold.objects.get())
    assert Task.objects.get(pk=planted.task_id).state == "excluded"


def test_an_excluded_image_cannot_be_made_gold() -> None:
    project = make.project(make.user())
    task = make.task(project)
    tasks.change(task=task, by=owner_of(project), now=timezone.now(), state="excluded")
    with pytest.raises(Contradiction) as refusal:
        gold.plant(image=task.image, annotation=make.CAT, by=owner_of(project), now=timezone.now())
    task.refresh_from_db()
    assert (refusal.value.code, task.state, Gold.objects.count()) == ("excluded", "excluded", 0)


def test_hidden_gold_that_was_answered_cannot_be_made_training_which_would_name_it() -> None:
    project = make.project(make.user(), gold_rate=0.5)
    planted = make.golden(project)
    make.images(project)
    worker = make.member(project)
    submit(make.claim(project, worker, rng=make.AlwaysGold())[0])
    resolve(planted.task)
    with pytest.raises(Contradiction, match="met this image") as refusal:
        gold.correct(gold=Gold.objects.get(), by=owner_of(project), now=timezone.now(), use="training")
    assert (refusal.value.code, work.record(project=project, worker=worker).training) == ("served", [])
    assert [one for one in integrity.run() if one.offenders] == []


def test_gold_withdrawn_meanwhile_can_no_longer_be_corrected() -> None:
    planted = make.golden(make.project(make.user()))
    withdraw(Gold.objects.get())
    with pytest.raises(Missing):
        gold.correct(gold=planted, by=planted.created_by, now=timezone.now(), explanation="Look at the tail.")
    assert Gold.objects.get().explanation == ""
    assert [one for one in integrity.run() if one.offenders] == []


def test_gold_withdrawn_a_second_time_leaves_the_ruling_made_in_between() -> None:
    planted = make.golden(make.project(make.user()))
    withdraw(Gold.objects.get())
    adjudication.adjudicate(task=planted.task, by=planted.created_by, now=timezone.now(), annotation=make.DOG)
    with pytest.raises(Missing):
        withdraw(planted)
    task = Task.objects.get(pk=planted.task_id)
    assert (task.state, task.consensus.annotation) == ("resolved", make.DOG)


def test_a_ruling_kept_as_gold_stands_when_the_gold_is_withdrawn() -> None:
    project = make.project(make.user())
    task = make.task(project)
    make.answer(project, make.member(project))
    adjudication.adjudicate(task=task, by=owner_of(project), now=timezone.now(), annotation=make.DOG, gold=True)
    withdraw(Gold.objects.get())
    task.refresh_from_db()
    assert (task.state, task.consensus.method, task.consensus.annotation) == ("resolved", "adjudication", make.DOG)


def test_a_relabelling_voids_the_answers_of_gold_that_was_withdrawn() -> None:
    project = make.project(make.user(), overlap=1)
    planted = make.golden(project)
    withdraw(planted)
    answered = make.answer(project, make.member(project))
    make.member(project)
    resolve(planted.task)
    relabel_cats(project)
    answered.refresh_from_db()
    assert answered.state == "void"


def test_an_answer_begun_before_a_relabelling_of_what_it_says_does_not_count() -> None:
    project = make.project(make.user(), overlap=1)
    task = make.task(project)
    [leased] = make.claim(project, make.member(project))
    relabel_cats(project)
    assert submit(leased).state == "void"
    task.refresh_from_db()
    assert (task.state, task.labels, task.open_slots) == ("open", 0, 1)


def test_a_relabelling_that_leaves_nobody_to_answer_sends_the_task_to_review() -> None:
    project = make.project(make.user(), overlap=2, max_overlap=2)
    task = make.task(project)
    for _ in range(2):
        make.answer(project, make.member(project))
    resolve(task)
    relabel_cats(project)
    assert resolve(task).state == "conflict"


def test_a_reopened_task_that_the_last_worker_skips_goes_to_review() -> None:
    project = make.project(make.user())
    task = make.task(project)
    for _ in range(3):
        make.answer(project, make.member(project))
    last = make.member(project)
    assert resolve(task).state == "resolved"
    adjudication.reopen(task=task, by=owner_of(project), reason="Look again.", now=timezone.now())
    [leased] = make.claim(project, last)
    leasing.skip(assignment=leased, reason="Blurred.", now=timezone.now())
    assert resolve(task).state == "conflict"


def test_a_task_that_two_of_three_workers_skip_goes_to_review() -> None:
    project = make.project(make.user())
    task = make.task(project)
    for worker in [make.member(project), make.member(project)]:
        leasing.skip(assignment=make.claim(project, worker)[0], reason="Blurred.", now=timezone.now())
    make.answer(project, make.member(project))
    assert resolve(task).state == "conflict"


def test_a_task_waiting_for_a_member_who_is_removed_goes_to_review() -> None:
    project, task = in_dispute()
    last = make.member(project)
    resolve(task)
    assert (task.state, task.open_slots) == ("open", 1)
    members.remove(project=project, username=last.username, by=owner_of(project), now=timezone.now())
    assert resolve(task).state == "conflict"


def test_a_task_in_review_whose_overlap_is_raised_is_served_again() -> None:
    project, task = in_dispute(max_overlap=3)
    worker = make.member(project)
    assert resolve(task).state == "conflict"
    tasks.change(task=task, by=owner_of(project), now=timezone.now(), overlap=5)
    resolve(task)
    assert [leased.task_id for leased in make.claim(project, worker)] == [task.pk]


def test_a_worker_who_had_their_share_is_told_that_the_queue_is_empty() -> None:
    project = make.project(make.user(), max_share_per_worker=0.5)
    make.images(project, 4)
    worker = make.member(project)
    for _ in range(2):
        make.answer(project, worker)
    claim = claiming.claim(project=project, worker=worker, now=timezone.now(), rng=make.NeverGold())
    assert (claim.assignments, claim.queue) == ((), "empty")


@pytest.mark.parametrize("car", [{"shape": "point"}, {"shape": "polyline"}, {"shape": "box", "min_side": 30}])
def test_a_label_stands_as_given_under_a_schema_by_which_no_answer_reads(car: dict[str, Any]) -> None:
    project = make.project(make.user(), overlap=1, consensus="majority", confidence_target=0.1)
    task = make.task(project)
    make.answer(project, make.member(project), WITH_CAR)
    resolve(task)
    given = task.consensus.annotation
    assert [each["box"] for each in given["objects"]] == [[1, 1, 20, 20]]
    publish(project, schema={**make.SCHEMA, "objects": [{"name": "car", **car}]}, impact="clarification")
    assert (resolve(task).state, task.consensus.annotation) == ("resolved", given)
    fitting.refit(now=timezone.now())
    Task.objects.filter(pk=task.pk).update(stale_at=timezone.now())
    assert (resolve(task).state, task.consensus.annotation) == ("resolved", given)
