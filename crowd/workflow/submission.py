"""Answers come in: counted where their slot is theirs, kept in any case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from crowd import jobs
from crowd.errors import Contradiction
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.mentions import mentions
from crowd.models import Assignment, Gold, GoldCheck, Guideline, Standing, Task
from crowd.queries import versions
from crowd.workflow import events, scoring, slots
from crowd.workflow import standing as standings

LATE = "The lease had run out and the image has been answered by others meanwhile; the answer is kept, but not counted."
OVERTAKEN = "Guideline {number}, published meanwhile, redefines {labels}; the answer is kept, but not counted."
BARRED = "The answer came after the worker was {status}; it is kept, but not counted."


@dataclass(frozen=True)
class Feedback:
    """What a training task tells: how close the answer was, and what was expected."""

    score: float
    explanation: str
    expected: dict[str, Any]


@dataclass(frozen=True)
class Submission:
    """The assignment after its answer came in, and feedback where it was training."""

    assignment: Assignment
    feedback: Feedback | None


@transaction.atomic
def submit(*, assignment: Assignment, annotation: object, now: datetime, seconds: float | None = None) -> Submission:
    """Store an answer for good. The same answer twice is one answer; another one is refused.

    A late one is counted where the slot is still free, else kept as void with the reason. Raises Invalid naming every
    fault's JSON path; the draft saved before stays.
    """
    image = assignment.task.image
    document = annotation_to_json(
        parse_annotation(
            annotation, schema=versions.schema_of(assignment.guideline), width=image.width, height=image.height
        )
    )
    # Locks in the order that every verb keeps: the worker's standing, the task, the assignment.
    standing = Standing.objects.select_for_update().get(project=assignment.task.project_id, worker=assignment.worker_id)
    task = Task.objects.select_for_update(of=("self",)).select_related("project").get(pk=assignment.task_id)
    assignment = (
        Assignment.objects.select_for_update(of=("self",)).select_related("worker", "guideline").get(pk=assignment.pk)
    )
    if assignment.submitted_at is not None:
        return _again(assignment, document)
    if assignment.state == Assignment.State.SKIPPED:
        raise Contradiction("You have skipped this image; it cannot be answered any more.", code="closed")
    _count(assignment, task, standing, document)
    assignment.annotation, assignment.submitted_at = document, now
    assignment.seconds = _plausible(seconds, longest=(now - assignment.leased_at).total_seconds())
    assignment.save(update_fields=["state", "annotation", "submitted_at", "seconds", "reason"])
    counts = assignment.state == Assignment.State.SUBMITTED
    standings.take_in(standing=standing, counts=counts, now=now)
    Task.objects.filter(pk=task.pk).update(labels=F("labels") + int(counts), stale_at=now)
    jobs.send(jobs.resolve, task.pk)
    events.record(
        project=task.project,
        kind="assignment.submitted",
        now=now,
        by=assignment.worker,
        data={"assignment": str(assignment.pk), "task": task.pk, "state": assignment.state},
    )
    return Submission(assignment, _feedback(assignment, now))


def _count(assignment: Assignment, task: Task, standing: Standing, document: dict[str, Any]) -> None:
    """Decide whether the answer counts, and move the numbers that say so."""
    barred = BARRED.format(status=standing.status) if standing.status != Standing.Status.ACTIVE else ""
    if reason := barred or _overtaken(assignment, document):
        if assignment.state == Assignment.State.LEASED:
            slots.free(tasks=[task.pk])
        assignment.state, assignment.reason = Assignment.State.VOID, reason
        return
    if assignment.state == Assignment.State.EXPIRED:
        free = task.state == Task.State.OPEN and task.open_slots > 0
        if not free and not Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
            assignment.state, assignment.reason = Assignment.State.VOID, LATE
            return
        slots.take(tasks=[task.pk])
    assignment.state = Assignment.State.SUBMITTED


def _overtaken(assignment: Assignment, document: dict[str, Any]) -> str:
    """Return why the answer is void: a version published since redefines a label that it speaks of; else nothing."""
    made_under = assignment.guideline
    if made_under.state == Guideline.State.PUBLISHED:
        return ""
    since = Guideline.objects.filter(
        project=made_under.project_id, published_at__gt=made_under.published_at, impact=Guideline.Impact.RELABEL
    )
    for version in since.order_by("published_at"):
        named = [label for label in version.affected if mentions(document, label)]
        if named:
            return OVERTAKEN.format(number=version.number, labels=", ".join(named))[:500]
    return ""


def _again(assignment: Assignment, document: dict[str, Any]) -> Submission:
    if assignment.annotation != document:
        raise Contradiction(
            "This image already has an answer from you, and an answer never changes.", code="already_submitted"
        )
    return Submission(assignment, None)


def _plausible(seconds: float | None, *, longest: float) -> float:
    """Return the client's own measure within what the clock allows, else the lease's age."""
    longest = max(longest, 0.0)
    return round(longest if seconds is None else min(max(seconds, 0.0), longest), 3)


def _feedback(assignment: Assignment, now: datetime) -> Feedback | None:
    openly = (Gold.Use.TRAINING, Gold.Use.EXAM)
    gold = Gold.objects.filter(task=assignment.task_id, use__in=openly, withdrawn_at__isnull=True).first()
    if gold is None or assignment.state != Assignment.State.SUBMITTED:
        return None
    scoring.score(task_id=assignment.task_id, worker_id=assignment.worker_id, now=now)
    if gold.exam:
        return None
    check = GoldCheck.objects.get(assignment=assignment)
    return Feedback(score=check.score, explanation=gold.explanation, expected=gold.annotation)
