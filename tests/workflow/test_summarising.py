"""Figures for dashboards: what came event by event equals what is counted at once, and nothing counts twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from crowd.models import Digest, Figure, Project, Summary, Task, User
from crowd.queries import integrity
from crowd.workflow import gold as gold_verbs
from crowd.workflow import tasks
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.gold import scoring
from crowd.workflow.importing import rows as imported
from crowd.workflow.upkeep import summarising
from crowd.workflow.workers import standing
from tests.factories import make, scene


def figures(project: Project) -> dict[tuple[Any, ...], tuple[int, int]]:
    """All that is counted, by what it counts."""
    names = ("measure", "at", "guideline", "question", "key", "other")
    rows = Figure.objects.filter(project=project).exclude(n=0, total=0)
    return {tuple(row[name] for name in names): (row["n"], row["total"]) for row in rows.values(*names, "n", "total")}


def count(project: Project, measure: str, **where: Any) -> int:
    return sum(row.n for row in Figure.objects.filter(project=project, measure=measure, **where))


def catch_up(project: Project) -> None:
    assert summarising.summarise(project_id=project.pk, now=timezone.now())


def rebuilt(project: Project) -> dict[tuple[Any, ...], tuple[int, int]]:
    summarising.rebuild(project=project, now=timezone.now())
    catch_up(project)
    return figures(project)


@pytest.fixture
def running(transactional_db: None) -> Project:
    """A project that has been counted from its first day."""
    project = make.project(make.user("owner"), overlap=2, max_overlap=2, gold_rate=0.1, consensus="majority")
    catch_up(project)
    return project


def answered(project: Project, *said: dict[str, Any]) -> Task:
    """A task with these answers, looked at."""
    task = make.task(project)
    for each in said:
        worker = make.member(project)
        for leased in make.claim(project, worker, count=50):
            if leased.task_id == task.pk:
                submission.submit(assignment=leased, annotation=each, now=timezone.now(), seconds=1.5)
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    return task


def test_what_came_bit_by_bit_equals_what_is_counted_at_once(running: Project) -> None:
    owner = running.memberships.get(role="owner").user
    agreed = answered(running, make.CAT, make.CAT)
    catch_up(running)
    disputed = answered(running, make.CAT, make.DOG)
    catch_up(running)
    adjudication.adjudicate(task=disputed, by=owner, annotation=make.DOG, now=timezone.now())
    gold = make.golden(running)
    catch_up(running)
    make.task(running)
    worker = make.member(running)
    [hidden] = [one for one in make.claim(running, worker, rng=make.AlwaysGold()) if one.task_id == gold.task_id]
    submission.submit(assignment=hidden, annotation=make.DOG, now=timezone.now())
    catch_up(running)
    scoring.score(task_id=gold.task_id, now=timezone.now())
    catch_up(running)
    assert count(running, "gold", key="failed") == 1
    gold_verbs.correct(gold=gold, annotation=make.DOG, by=owner, now=timezone.now())
    scoring.score(task_id=gold.task_id, now=timezone.now())
    tasks.change(task=make.task(running), by=owner, now=timezone.now(), state="excluded")
    catch_up(running)
    assert count(running, "gold", key="failed") == 0
    assert count(running, "gold", key="passed") == 1
    assert count(running, "confusion", key="dog", other="cat") == 1
    assert count(running, "calibration") == 1
    assert count(running, "settled", key="crowd") == 1
    assert agreed.state == "resolved"
    kept = figures(running)
    assert kept == rebuilt(running)
    assert [one.offenders for one in integrity.run(running) if one.offenders] == []


def test_everything_that_can_happen_is_counted_alike_at_once(transactional_db: None) -> None:
    played = scene.everything()
    catch_up(played.project)
    first = figures(played.project)
    assert count(played.project, "task") == Task.objects.filter(project=played.project).count()
    standing.set_status(
        project=played.project,
        username=played.project.standings.filter(labels__gt=1).first().worker.username,
        status="banned",
        reason="Spam.",
        void_labels=True,
        by=played.owner,
        now=timezone.now(),
    )
    catch_up(played.project)
    assert count(played.project, "answer", other="void") > 0
    assert count(played.project, "answer") == sum(n for key, (n, _) in first.items() if key[0] == "answer")
    kept = figures(played.project)
    assert kept == rebuilt(played.project)


def test_counting_twice_changes_nothing(running: Project) -> None:
    answered(running, make.CAT, make.CAT)
    catch_up(running)
    before = figures(running)
    Summary.objects.filter(project=running).update(transaction=0, event=0, through=0)
    catch_up(running)
    assert figures(running) == before


def test_a_great_import_is_counted_by_its_one_event(running: Project, owner_of: User) -> None:
    rows = [imported.Facts(name=f"{n}.jpg", sha256=f"{n:064x}", width=8, height=8) for n in range(150)]
    with transaction.atomic():
        imported.add_rows(project=running, rows=rows, by=owner_of, now=timezone.now())
    catch_up(running)
    assert (count(running, "task", key="open"), count(running, "left", key="fresh")) == (150, 150)
    assert Digest.objects.filter(task__project=running).count() == 150


def test_a_project_that_was_there_before_is_counted_from_its_first_task(transactional_db: None) -> None:
    project = make.project(make.user("owner"), overlap=1, max_overlap=1, confidence_target=0.1, consensus="majority")
    for _ in range(3):
        answered(project, make.CAT)
    call_command("summarise", project=project.slug)
    assert count(project, "settled") == 3
    assert Summary.objects.get(project=project).through is None


def test_time_is_finer_while_a_project_is_young(running: Project) -> None:
    answered(running, make.CAT, make.CAT)
    catch_up(running)
    began = Summary.objects.get(project=running).began_at
    stretches = {row.at for row in Figure.objects.filter(project=running, measure="answer", n__gt=0)}
    assert began is not None
    assert all(abs(at - began.timestamp()) < timedelta(minutes=1).total_seconds() for at in stretches)


@pytest.fixture
def owner_of(running: Project) -> User:
    return running.memberships.get(role="owner").user
