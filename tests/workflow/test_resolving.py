"""Answers become consensus, a wish for one more answer, or a conflict; rulings outrank it."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crowd.errors import Contradiction, Invalid
from crowd.models import Conflict, Consensus, Fit, Project, Task
from crowd.workflow import tasks as task_verbs
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, resolving
from tests.factories import make

pytestmark = pytest.mark.django_db

ONLY_CLASSES = {"classifications": make.SCHEMA["classifications"]}


def answered(project: Project, *scenes: dict) -> Task:
    """A task that so many new workers have answered, and that was looked at after each answer."""
    task = make.task(project)
    for scene in scenes:
        make.answer(project, make.member(project), scene)
        resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    return task


def test_a_task_waits_until_its_overlap_is_met(project: Project) -> None:
    assert answered(project, make.CAT, make.CAT).state == "open"


def test_agreement_resolves_with_lineage_and_weights(project: Project) -> None:
    task = answered(project, make.CAT, make.CAT, make.CAT)
    assert (task.state, task.consensus.annotation, task.consensus.by) == ("resolved", make.CAT, None)
    assert task.consensus.confidence >= 0.9
    assert set(task.consensus.lineage.values_list("assignment", flat=True)) == set(
        task.assignments.values_list("pk", flat=True)
    )
    assert sum(task.consensus.lineage.values_list("weight", flat=True)) == pytest.approx(1.0, abs=1e-5)


def test_disagreement_asks_one_more_worker_at_a_time_up_to_the_maximum() -> None:
    project = make.project(make.user(), schema=ONLY_CLASSES, max_overlap=4)
    spare = [make.member(project) for _ in range(3)]
    assert spare
    task = answered(project, make.CAT, make.DOG, make.FOX)
    assert (task.state, task.overlap, task.open_slots) == ("open", 4, 1)
    make.answer(project, spare[0], {"classifications": {"scene": "dog"}})
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.overlap) == ("conflict", 4)


def test_nobody_left_to_ask_means_a_reviewer_at_once() -> None:
    project = make.project(make.user(), schema=ONLY_CLASSES, max_overlap=7)
    task = answered(project, make.CAT, make.DOG, make.FOX)
    conflict = Conflict.objects.get(task=task, closed_at__isnull=True)
    assert (task.state, task.overlap, conflict.kind) == ("conflict", 3, "class_disagreement")
    assert conflict.confidence == task.consensus.confidence < 0.9


def test_resolving_twice_changes_nothing(project: Project) -> None:
    task = answered(project, make.CAT, make.CAT, make.CAT)
    before = Consensus.objects.count()
    resolving.resolve(task_id=task.pk, now=timezone.now())
    assert Consensus.objects.count() == before == 1


def test_a_ruling_settles_the_conflict_and_outranks_consensus() -> None:
    project = make.project(make.user(), schema=ONLY_CLASSES)
    reviewer = make.member(project, "reviewer")
    task = answered(project, make.CAT, make.DOG, make.FOX)
    adjudication.adjudicate(task=task, by=reviewer, annotation=make.FOX, comment="Red.", now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.consensus.annotation, task.consensus.by) == ("resolved", make.FOX, reviewer)
    assert Conflict.objects.get(task=task).closed_by == reviewer
    with pytest.raises(Contradiction):
        adjudication.adjudicate(task=task, by=reviewer, annotation=make.CAT, now=timezone.now())


def test_the_database_itself_keeps_a_computed_answer_off_a_ruling(project: Project) -> None:
    task = answered(project, make.CAT, make.CAT, make.CAT)
    computed = task.consensus
    owner = project.memberships.get(role="owner").user
    adjudication.adjudicate(task=task, by=owner, annotation=make.DOG, now=timezone.now())
    with pytest.raises(IntegrityError, match="never overwritten"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(consensus=computed)


@pytest.mark.parametrize("accept", ["consensus", "answer"])
def test_a_reviewer_may_accept_the_consensus_or_one_answer(accept: str) -> None:
    project = make.project(make.user(), schema=ONLY_CLASSES)
    reviewer = make.member(project, "reviewer")
    task = answered(project, make.CAT, make.DOG, make.FOX)
    chosen = task.assignments.get(annotation=make.DOG)
    expected = task.consensus.annotation if accept == "consensus" else make.DOG
    adjudication.adjudicate(
        task=task, by=reviewer, accept="consensus" if accept == "consensus" else str(chosen.pk), now=timezone.now()
    )
    task.refresh_from_db()
    assert task.consensus.annotation == expected
    assert task.consensus.lineage.count() == 3


def test_accepting_what_is_not_there_is_refused(project: Project) -> None:
    task = make.task(project)
    owner = project.memberships.get(role="owner").user
    with pytest.raises(Contradiction, match="Nobody has answered"):
        adjudication.adjudicate(task=task, by=owner, accept="consensus", now=timezone.now())
    with pytest.raises(Invalid):
        adjudication.adjudicate(task=task, by=owner, accept="nonsense", now=timezone.now())
    with pytest.raises(Invalid):
        adjudication.adjudicate(task=task, by=owner, now=timezone.now())


def test_a_ruling_can_become_gold(project: Project) -> None:
    task = answered(project, make.CAT, make.CAT, make.CAT)
    owner = project.memberships.get(role="owner").user
    adjudication.adjudicate(task=task, by=owner, annotation=make.DOG, gold=True, now=timezone.now())
    task.refresh_from_db()
    assert (task.gold.annotation, task.consensus.method) == (make.DOG, "gold")


def test_a_reopened_task_asks_one_more_worker(project: Project) -> None:
    make.member(project)
    task = answered(project, make.CAT, make.CAT, make.CAT)
    owner = project.memberships.get(role="owner").user
    adjudication.reopen(task=task, by=owner, reason="A new breed.", now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.consensus, task.open_slots) == ("open", None, 1)


def test_a_reopened_task_that_nobody_can_answer_goes_to_a_reviewer(project: Project) -> None:
    task = answered(project, make.CAT, make.CAT, make.CAT)
    owner = project.memberships.get(role="owner").user
    adjudication.reopen(task=task, by=owner, reason="A new breed.", now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.conflicts.get(closed_at__isnull=True).kind) == ("conflict", "reopened")


def test_excluded_tasks_leave_the_queue_and_come_back(project: Project) -> None:
    task = make.task(project)
    owner = project.memberships.get(role="owner").user
    task_verbs.change(task=task, by=owner, state="excluded", now=timezone.now())
    assert make.claim(project, make.member(project)) == []
    task_verbs.change(task=task, by=owner, state="open", now=timezone.now())
    assert len(make.claim(project, make.member(project))) == 1


def test_a_task_of_its_own_overlap_waits_for_it(project: Project) -> None:
    task = make.task(project)
    owner = project.memberships.get(role="owner").user
    task_verbs.change(task=task, by=owner, overlap=4, now=timezone.now())
    for _ in range(3):
        make.answer(project, make.member(project))
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.open_slots) == ("open", 1)
    with pytest.raises(Invalid, match="3 answers"):
        task_verbs.change(task=task, by=owner, overlap=2, now=timezone.now())


def test_worker_models_are_learnt_and_told_to_the_owner(project: Project) -> None:
    good, other, bad = (make.member(project) for _ in range(3))
    tasks = [make.task(project) for _ in range(12)]
    for number, _ in enumerate(tasks):
        truth = (make.CAT, make.DOG, make.FOX)[number % 3]
        make.answer(project, good, truth)
        make.answer(project, other, truth)
        make.answer(project, bad, make.FOX)
    fitting.refit(now=timezone.now())
    fit = Fit.objects.get()
    assert (fit.answers, fit.method) == (36, "auto")
    weights = {row.worker_id: row.weight for row in project.standings.all()}
    assert weights[good.pk] > weights[bad.pk]
    fitting.refit(now=timezone.now())
    assert Fit.objects.count() == 1  # nothing new since
    agreement = {row.worker_id: row.agreement for row in project.standings.all()}
    assert agreement[good.pk] == agreement[other.pk] > agreement[bad.pk]


@pytest.mark.parametrize(
    "question", [{"kind": "binary"}, {"kind": "single", "options": [{"name": "a"}, {"name": "b"}]}]
)
def test_a_first_unanimous_answer_of_three_is_believed(question: dict) -> None:
    """Nothing is known of these workers yet, nobody else could be asked, and a reviewer has better to do."""
    schema = {"classifications": [{"name": "q", "required": True, **question}]}
    project = make.project(make.user(), schema=schema)
    said = {"classifications": {"q": True if question["kind"] == "binary" else "a"}}
    assert answered(project, said, said, said).state == "resolved"


def test_an_overlap_that_was_reached_by_asking_more_can_be_made_the_tasks_own() -> None:
    project = make.project(make.user(), schema=ONLY_CLASSES, overlap=2, max_overlap=5, consensus="majority")
    spare = make.member(project)
    task = answered(project, make.CAT, make.DOG)
    assert (task.base_overlap, task.overlap, task.open_slots) == (2, 3, 1)
    owner = project.memberships.get(role="owner").user
    task_verbs.change(task=task, by=owner, overlap=3, now=timezone.now())
    task.refresh_from_db()
    assert (task.base_overlap, task.overlap, task.open_slots) == (3, 3, 1)
    assert [one.task_id for one in make.claim(project, spare)] == [task.pk]
