"""Answers come in: counted where their slot is theirs, kept in any case."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from crowd import jobs
from crowd.errors import Contradiction
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.mentions import mentions
from crowd.models import Assignment, Gold, GoldCheck, Guideline, Standing, Task, statements
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.assignments import slots
from crowd.workflow.gold import scoring
from crowd.workflow.workers import standing as standings

LATE = "The lease had run out and the image has been answered by others meanwhile; the answer is kept, but not counted."
OVERTAKEN = "Guideline {number}, published meanwhile, redefines {labels}; the answer is kept, but not counted."
BARRED = "The answer came after the worker was {status}; it is kept, but not counted."

OPENLY = (Gold.Use.TRAINING, Gold.Use.EXAM)
_LOCK = """
    WITH standing AS (
        SELECT s.status FROM crowd_standing s
        WHERE s.worker_id = %(worker)s AND s.project_id = (SELECT project_id FROM crowd_task WHERE id = %(task)s)
        FOR NO KEY UPDATE
    ), task AS (
        SELECT t.id, standing.status FROM standing, crowd_task t WHERE t.id = %(task)s FOR NO KEY UPDATE OF t
    )
    SELECT task.status, g.use FROM task LEFT JOIN crowd_gold g ON g.task_id = task.id AND g.withdrawn_at IS NULL
"""
_KEEP = """
    WITH answer AS (
        UPDATE crowd_assignment a
        SET state = 'submitted', annotation = %(annotation)s::jsonb, submitted_at = %(now)s, seconds = %(seconds)s
        FROM crowd_guideline g
        WHERE a.id = %(id)s AND a.state = 'leased' AND g.id = a.guideline_id AND g.state = 'published'
        RETURNING a.id, a.task_id
    ), task AS (
        -- an open task that waits for its first answers need not be looked at, unless something else came of it
        UPDATE crowd_task t
        SET labels = t.labels + 1,
            stale_at = CASE WHEN t.state = 'open' AND t.labels + 1 < t.base_overlap AND t.stale_at IS NULL
                AND NOT EXISTS (
                    SELECT FROM crowd_assignment o WHERE o.task_id = t.id AND o.state IN ('skipped', 'void'))
                AND NOT EXISTS (SELECT FROM crowd_consensus c WHERE c.task_id = t.id)
                THEN NULL ELSE %(now)s END
        FROM answer WHERE t.id = answer.task_id
        RETURNING t.project_id, t.stale_at
    ), standing AS (
        UPDATE crowd_standing s SET labels = s.labels + 1, handed_in = s.handed_in + 1 FROM task
        WHERE s.project_id = task.project_id AND s.worker_id = %(worker)s
        RETURNING s.handed_in
    ), told AS (
        INSERT INTO crowd_event (project_id, type, at, actor_id, data)
        SELECT task.project_id, 'assignment.submitted', %(now)s, %(worker)s,
               jsonb_build_object('assignment', %(id)s::uuid, 'task', %(task)s::bigint, 'state', 'submitted')
        FROM task
    )
    SELECT standing.handed_in, task.stale_at IS NOT NULL FROM standing, task
"""


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
    known = _lock(assignment)
    seconds = _plausible(seconds, longest=(now - assignment.leased_at).total_seconds())
    handed_in, stale = (
        _keep(assignment, document, seconds, now) if known.status == Standing.Status.ACTIVE else (0, True)
    )
    if handed_in:
        assignment.state, assignment.annotation = Assignment.State.SUBMITTED, document
        assignment.submitted_at, assignment.seconds = now, seconds
        if standings.is_told_at(handed_in):
            standings.tell(project=assignment.task.project_id, worker=assignment.worker_id, now=now)
    else:
        assignment = Assignment.objects.select_related("worker", "guideline", "task__project").get(pk=assignment.pk)
        if assignment.submitted_at is not None:
            return _again(assignment, document, known, now)
        if assignment.state == Assignment.State.SKIPPED:
            raise Contradiction("You have skipped this image; it cannot be answered any more.", code="closed")
        _keep_late(assignment, document, seconds, now)
    if stale:
        jobs.send(jobs.resolve, assignment.task_id)
    return Submission(assignment, _feedback(assignment, known, now))


@dataclass(frozen=True)
class _Known:
    """What the locks of a submission show: whether the worker may work, and whether the task's answer is known."""

    status: str
    use: str | None


def _lock(assignment: Assignment) -> _Known:
    """Lock, in the order that every verb keeps, the worker's standing and then the task.

    Whoever changes an assignment holds its task, and whoever publishes a guideline all standings: both stay as they are
    now read.
    """
    found = statements.row(_LOCK, {"task": assignment.task_id, "worker": assignment.worker_id})
    assert found is not None  # the assignment refers to both
    return _Known(*found)


def _keep(assignment: Assignment, document: dict[str, Any], seconds: float, now: datetime) -> tuple[int, bool]:
    """Keep the answer to a lease in force under the guideline in force.

    Return how many answers the worker has handed in, and whether the task is to be looked at. If it is not such a
    lease, nothing is done, and the number is 0.
    """
    values = {
        "id": assignment.pk,
        "task": assignment.task_id,
        "worker": assignment.worker_id,
        "annotation": json.dumps(document),
        "seconds": seconds,
        "now": now,
    }
    found = statements.row(_KEEP, values)
    return (found[0], found[1]) if found else (0, True)


def _keep_late(assignment: Assignment, document: dict[str, Any], seconds: float, now: datetime) -> None:
    """Keep any other answer, counted or not."""
    task = assignment.task
    standing = Standing.objects.get(project=task.project_id, worker=assignment.worker_id)
    _count(assignment, task, standing, document)
    assignment.annotation, assignment.submitted_at, assignment.seconds = document, now, seconds
    assignment.save(update_fields=["state", "annotation", "submitted_at", "seconds", "reason"])
    counts = assignment.state == Assignment.State.SUBMITTED
    standings.take_in(standing=standing, counts=counts, now=now)
    Task.objects.filter(pk=task.pk).update(labels=F("labels") + int(counts), stale_at=now)
    events.record(
        project=task.project,
        kind="assignment.submitted",
        now=now,
        by=assignment.worker,
        data={"assignment": str(assignment.pk), "task": task.pk, "state": assignment.state},
    )


def _count(assignment: Assignment, task: Task, standing: Standing, document: dict[str, Any]) -> None:
    """Decide whether the answer counts, and move the numbers that say so."""
    barred = BARRED.format(status=standing.status) if standing.status != Standing.Status.ACTIVE else ""
    if reason := barred or _overtaken(assignment, document):
        if assignment.state == Assignment.State.LEASED:
            slots.free(tasks=[task.pk])
        assignment.state, assignment.reason = Assignment.State.VOID, reason
        return
    if assignment.state == Assignment.State.EXPIRED:
        if not slots.is_free_again(assignment):
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


def _again(assignment: Assignment, document: dict[str, Any], known: _Known, now: datetime) -> Submission:
    """Return the same for the same answer: whoever sends it twice may not have read the first response."""
    if assignment.annotation != document:
        raise Contradiction(
            "This image already has an answer from you, and an answer never changes.", code="already_submitted"
        )
    return Submission(assignment, _feedback(assignment, known, now))


def _plausible(seconds: float | None, *, longest: float) -> float:
    """Return the client's own measure within what the clock allows, else the lease's age."""
    longest = max(longest, 0.0)
    return round(longest if seconds is None else min(max(seconds, 0.0), longest), 3)


def _feedback(assignment: Assignment, known: _Known, now: datetime) -> Feedback | None:
    """Return what training tells; nothing where the answer cannot be compared, as after a change of the guideline."""
    if known.use not in OPENLY:
        return None
    gold = Gold.objects.filter(task=assignment.task_id, use__in=OPENLY, withdrawn_at__isnull=True).first()
    if gold is None or assignment.state != Assignment.State.SUBMITTED:
        return None
    scoring.score(task_id=assignment.task_id, worker_id=assignment.worker_id, now=now)
    if gold.exam:
        return None
    check = GoldCheck.objects.filter(assignment=assignment).first()
    return Feedback(check.score, gold.explanation, expected=gold.annotation) if check is not None else None
