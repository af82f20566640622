"""A project in which everything has happened once: the scene that integrity and releases are tested on."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from crowd.models import Assignment, Gold, Pilot, Project, Release, Task, User
from crowd.workflow import releasing, webhooks
from crowd.workflow.assignments import leasing, submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, resolving
from crowd.workflow.guidelines import piloting
from crowd.workflow.upkeep import summarising
from crowd.workflow.workers import appeals, standing
from tests.factories import make


@dataclass(frozen=True)
class Scene:
    """Who and what is in it."""

    project: Project
    owner: User
    agreed: Task
    ruled: Task
    gold: Gold
    release: Release


def everything() -> Scene:
    """Resolved, ruled, gold, skipped, expired, late, paused, appealed, fitted, released, told."""
    owner = make.user("scene-owner")
    project = make.project(owner, max_overlap=3, gold_rate=0.1, consensus="majority")
    reviewer = make.member(project, "reviewer")
    crew = [make.member(project) for _ in range(4)]
    agreed, ruled = make.task(project), make.task(project)
    gold = make.golden(project)
    for worker, scene in zip(crew[:3], (make.CAT, make.DOG, make.FOX), strict=True):
        for leased in make.claim(project, worker, count=2):
            answer(leased, make.CAT if leased.task_id == agreed.pk else scene)
    make.task(project)
    [hidden] = make.claim(project, crew[3], rng=make.AlwaysGold())
    answer(hidden, make.CAT)
    [held] = make.claim(project, crew[0])
    leasing.skip(assignment=held, reason="blurred", now=timezone.now())
    make.claim(project, crew[1])
    leasing.expire(now=timezone.now() + timedelta(days=1))
    make.claim(project, crew[2])
    fitting.refit(now=timezone.now())
    for task in Task.objects.filter(project=project):
        resolving.resolve(task_id=task.pk, now=timezone.now())
    ruled.refresh_from_db()
    adjudication.adjudicate(task=ruled, by=reviewer, annotation=make.DOG, now=timezone.now())
    standing.set_status(
        project=project, username=crew[3].username, status="paused", reason="Tired.", by=owner, now=timezone.now()
    )
    appeals.appeal(project=project, worker=crew[3], text="I am rested now.", now=timezone.now())
    release = releasing.cut(project=project, by=owner, now=timezone.now())
    releasing.build(release_id=release.pk, now=timezone.now())
    webhook = webhooks.create(
        project=project, by=owner, url="https://8.8.8.8/", types=["release.cut"], now=timezone.now()
    )
    event = project.events.get(type="release.cut")
    webhook.deliveries.create(event=event, created_at=timezone.now())  # on its way
    summarising.summarise(project_id=project.pk, now=timezone.now())
    for row in (agreed, ruled, gold, release):
        row.refresh_from_db()
    return Scene(project, owner, agreed, ruled, gold, release)


def piloted(found: Scene) -> Pilot:
    """Have a pilot of one image, answered by nobody, called off."""
    made = piloting.start(project=found.project, by=found.owner, now=timezone.now(), rng=Random(1), size=1, overlap=2)
    piloting.cancel(pilot=made, by=found.owner, now=timezone.now())
    return made


def answer(leased: Assignment, annotation: dict[str, Any]) -> Assignment:
    """Hand an answer in."""
    return submission.submit(assignment=leased, annotation=annotation, now=timezone.now()).assignment
