"""New worker models: asked for once, carried to every task they change, and what they put in doubt is taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd import consensus
from crowd.consensus import Answer
from crowd.labels.annotation import parse_annotation
from crowd.models import Consensus, Event, Fit, Project, Recheck, RefitRequest, Task, User
from crowd.queries import integrity, versions
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, growth, learning, rechecking, resolving
from tests.factories import make

pytestmark = pytest.mark.django_db

SCHEMA = {
    "classifications": [
        {"name": "q", "kind": "single", "required": True, "options": [{"name": "yes"}, {"name": "no"}]},
    ]
}
YES: dict[str, Any] = {"classifications": {"q": "yes"}, "objects": []}
NO: dict[str, Any] = {"classifications": {"q": "no"}, "objects": []}


def settled(**settings: Any) -> tuple[Project, Task, list[User]]:
    """A task that three workers nobody knows yet agreed on."""
    project = make.project(make.user(), schema=SCHEMA, min_gold_checks=100, **settings)
    task = make.task(project)
    crew = [make.member(project) for _ in range(3)]
    for worker in crew:
        make.answer(project, worker, YES)
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert task.state == "resolved"
    return project, task, crew


def found_out(project: Project, crew: Sequence[User]) -> None:
    """It turns out that these workers say yes whatever they see, and the models learn it."""
    owner = project.memberships.get(role="owner").user
    for number in range(12):
        task = make.task(project)
        for worker in crew:
            make.answer(project, worker, YES)
        truth = (YES, NO)[number % 2]
        adjudication.adjudicate(task=task, by=owner, annotation=truth, gold=True, now=timezone.now())
    refit_all(project)


def refit_all(project: Project) -> None:
    """Learn new models, however few answers are new, and do the jobs that this leaves."""
    fitting.refit(project_id=project.pk, now=timezone.now() + timedelta(days=1))
    for each in Recheck.objects.filter(fit__project=project):
        rechecking.recheck(recheck_id=each.pk, now=timezone.now())
    assert not Recheck.objects.exists()


def want(project: Project, confidence: float, *, error: float) -> None:
    """From now on only so much of the error that this confidence leaves is tolerated."""
    Project.objects.filter(pk=project.pk).update(confidence_target=1.0 - error * (1.0 - confidence))


def told(task: Task, kind: str) -> int:
    """How many events of this kind there are about the task."""
    return Event.objects.filter(type=kind, data__task=task.pk).count()


def test_an_answer_that_newer_models_doubt_is_asked_about_again() -> None:
    project, task, crew = settled()
    make.member(project)
    found_out(project, crew)
    task.refresh_from_db()
    assert (task.state, task.consensus, task.open_slots, task.taken_back) == ("open", None, 1, 1)
    assert told(task, "task.reopened") == 1
    assert [one for one in integrity.run() if one.offenders] == []


def test_a_doubtful_answer_that_nobody_is_left_to_check_goes_to_a_reviewer() -> None:
    project, task, crew = settled()
    found_out(project, crew)
    task.refresh_from_db()
    assert (task.state, task.consensus.resolves, task.taken_back) == ("conflict", False, 1)
    assert told(task, "task.conflict") == 1


@pytest.mark.parametrize(("taken_back", "state"), [(0, "resolved"), (1, "conflict")])
def test_what_was_doubted_twice_only_a_person_settles(taken_back: int, state: str) -> None:
    project, task, crew = settled()
    Task.objects.filter(pk=task.pk).update(taken_back=taken_back)
    found_out(project, crew)
    Project.objects.filter(pk=project.pk).update(confidence_target=0.1)  # as good as models that trust them again
    for _ in range(3):
        resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.taken_back) == (state, taken_back + 1)
    assert told(task, "task.conflict") == 1


def test_what_is_only_a_little_below_the_target_stays_as_it_is() -> None:
    project, task, _ = settled()
    want(project, task.consensus.confidence, error=0.6)
    for _ in range(3):
        resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, Consensus.objects.count()) == ("resolved", 1)


def test_no_model_touches_what_a_person_settled() -> None:
    project, task, crew = settled()
    owner = project.memberships.get(role="owner").user
    adjudication.adjudicate(task=task, by=owner, annotation=YES, now=timezone.now())
    found_out(project, crew)
    resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.consensus.by, task.taken_back) == ("resolved", owner, 0)


def test_new_models_settle_what_waited_for_a_reviewer_once_they_are_sure_enough() -> None:
    project, task, crew = settled()
    want(project, task.consensus.confidence, error=0.49)
    resolving.look_again(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert task.state == "conflict"
    for number in range(12):
        make.task(project)
        for worker in crew:
            make.answer(project, worker, (YES, NO)[number % 2])
    refit_all(project)
    task.refresh_from_db()
    assert task.state == "resolved"


def test_a_stretch_of_an_older_fit_is_dropped(django_capture_on_commit_callbacks: Any) -> None:
    project, _, crew = settled()
    with django_capture_on_commit_callbacks() as first:
        fitting.refit(now=timezone.now())
    old = Recheck.objects.get()
    make.task(project)
    make.answer(project, crew[0], YES)
    fitting.refit(now=timezone.now() + timedelta(days=1))
    assert (len(first), Fit.objects.count()) == (1, 2)
    assert Recheck.objects.get().pk != old.pk
    rechecking.recheck(recheck_id=old.pk, now=timezone.now())
    assert Recheck.objects.count() == 1


def test_a_stretch_whose_message_was_lost_is_sent_again(django_capture_on_commit_callbacks: Any) -> None:
    settled()
    fitting.refit(now=timezone.now())
    with django_capture_on_commit_callbacks() as early:
        rechecking.send_lost(now=timezone.now())
    with django_capture_on_commit_callbacks() as late:
        rechecking.send_lost(now=timezone.now() + rechecking.LOST_AFTER * 2)
    with django_capture_on_commit_callbacks() as again:
        rechecking.send_lost(now=timezone.now() + rechecking.LOST_AFTER * 2)
    assert (len(early), len(late), len(again)) == (0, 1, 0)


def test_a_refit_is_asked_for_once_however_many_answers_notice(django_capture_on_commit_callbacks: Any) -> None:
    project, _, _ = settled()
    now = timezone.now()
    with django_capture_on_commit_callbacks() as messages:
        for _ in range(20):
            growth.ask_if_due(project_id=project.pk, now=now, first=1)
    with django_capture_on_commit_callbacks() as lost:
        for _ in range(20):
            growth.ask_if_due(project_id=project.pk, now=now + growth.LOST_AFTER * 2, first=1)
    assert (len(messages), len(lost)) == (1, 1)
    fitting.refit(project_id=project.pk, now=now)
    assert (Fit.objects.count(), RefitRequest.objects.count()) == (1, 0)


def test_the_sweep_asks_for_every_refit_that_is_due(django_capture_on_commit_callbacks: Any) -> None:
    settled()
    settled()
    make.project(make.user())
    with django_capture_on_commit_callbacks() as messages:
        fitting.ask_all(now=timezone.now())
    assert len(messages) == 2


@pytest.mark.parametrize(
    ("new", "minutes", "due"),
    [(29, 0, False), (30, 0, True), (10, 2, False), (10, 3, True), (1, 29, False), (1, 30, True)],
)
def test_the_longer_new_answers_wait_the_fewer_are_enough(new: int, minutes: int, due: bool) -> None:
    project, _, crew = settled()
    now = timezone.now()
    fitting.refit(now=now)
    project.standings.filter(worker=crew[0]).update(labels=1 + new)
    assert growth.is_due(project_id=project.pk, now=now + timedelta(minutes=minutes)) is due


def test_a_task_that_nobody_can_tell_goes_to_a_reviewer_without_more_answers() -> None:
    project = make.project(make.user(), schema=SCHEMA)
    crew = [make.member(project) for _ in range(4)]
    guideline = project.guidelines.get()
    schema = versions.schema_of(guideline)
    yes, no = (parse_annotation(each, schema=schema, width=64, height=48) for each in (YES, NO))
    blind = [Answer(str(task), str(worker.pk), yes, 64, 48) for task in range(400) for worker in crew]
    model = consensus.fit(
        blind, schema=schema, method="auto", gold={str(task): (yes, no)[task % 2] for task in range(400)}
    )
    Fit.objects.create(
        project=project,
        guideline=guideline,
        method="auto",
        answers=len(blind),
        parameters=model.to_json(),
        created_at=timezone.now(),
    )
    task = make.task(project)
    for worker in crew[:3]:
        make.answer(project, worker, YES)
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == ("conflict", 3, 0)


def test_the_age_of_an_answer_is_how_many_the_worker_has_given_since() -> None:
    project, _, crew = settled()
    for _ in range(2):
        make.task(project)
        make.answer(project, crew[0], YES)
    guideline = versions.current(project)
    assert guideline is not None
    ages = {(each.worker, int(each.task)): each.age for each in learning.answers_of(project, guideline)}
    mine = [age for (worker, _), age in sorted(ages.items()) if worker == str(crew[0].pk)]
    assert (mine, ages[str(crew[1].pk), min(task for _, task in ages)]) == ([2, 1, 0], 0)
