"""A task's answers become its consensus, a wish for one more answer, or a conflict."""

from datetime import datetime

from django.db import transaction

from crowd import sampling
from crowd.consensus import Resolution
from crowd.consensus.version import VERSION
from crowd.labels.annotation import annotation_to_json
from crowd.models import Assignment, Conflict, Consensus, Fit, Gold, Lineage, Membership, Standing, Task
from crowd.queries import readings
from crowd.queries.readings import Reading
from crowd.workflow import conflicts, events, fitting, leasing, scoring


def resolve(*, task_id: int, now: datetime) -> None:
    """Resolve the task, ask for one more answer or send it to review; running it twice changes nothing.

    Nothing here touches what a person settled: gold, an adjudication, an excluded image.
    """
    # What was stale when we began is what we may call fresh: whoever marks it meanwhile is looked after by another run.
    seen = Task.objects.filter(pk=task_id).values_list("stale_at", flat=True).first()
    if seen is None:
        return  # an earlier message did it all: however far behind the jobs are, a task with three answers is done once
    with transaction.atomic():
        task = (
            Task.objects.select_for_update(of=("self",))
            .select_related("project", "image")  # not "consensus": a join shows the row before the wait for the lock
            .filter(pk=task_id)
            .first()
        )
        if task is None:
            return
        known = Gold.objects.filter(task=task_id, withdrawn_at__isnull=True).exists()
        if not known:
            Task.objects.filter(pk=task_id).update(stale_at=None)
            task.stale_at = None
            if not _settled_by_a_person(task):
                _decide(task, now)
    if known:  # outside: scoring locks standings, which come before tasks
        scoring.score(task_id=task_id, now=now)
        Task.objects.filter(pk=task_id, stale_at=seen).update(stale_at=None)
    fitting.refit_if_grown(project_id=task.project_id)


def ask_one_more(task: Task) -> bool:
    """Open one more slot of a locked task if it may have one and somebody is left to fill it; the caller saves."""
    if task.open_slots > 0 and _somebody_left(task):
        return True
    if task.overlap >= task.project.max_overlap or not _somebody_left(task):
        return False
    task.overlap += 1
    task.open_slots += 1
    return True


def _settled_by_a_person(task: Task) -> bool:
    return task.state == Task.State.EXCLUDED or (task.consensus is not None and task.consensus.by_id is not None)


def _decide(task: Task, now: datetime) -> None:
    reading = readings.of_task(task)
    if reading is None:
        return
    if len(reading.answers) < task.base_overlap and task.state != Task.State.RESOLVED:
        _wait(task, len(reading.answers), now)
        return
    if task.state == Task.State.RESOLVED and len(reading.answers) < _lineage_of(task):
        return  # some answers no longer read under the guideline in force: the label they gave stands as it was given
    resolution, fit = compute(task, reading)
    step = sampling.next_step(
        answers=len(reading.answers),
        confidence=resolution.confidence,
        target=task.project.confidence_target,
        overlap=task.base_overlap,
        max_overlap=max(task.project.max_overlap, task.base_overlap),
    )
    if step == "resolve" or task.state == Task.State.RESOLVED:
        _resolve(task, store(task, reading, resolution, fit, resolves=True, now=now), now)
    elif task.state == Task.State.OPEN and _under_way(task):
        return
    elif task.state == Task.State.OPEN and step == "ask" and ask_one_more(task):
        task.save(update_fields=["overlap", "open_slots"])
    else:
        shown = store(task, reading, resolution, fit, resolves=False, now=now)
        conflicts.open_(task=task, kind=Conflict.Kind.LOW_CONFIDENCE, consensus=shown, now=now)


def _lineage_of(task: Task) -> int:
    return task.consensus.lineage.count() if task.consensus is not None else 0


def compute(task: Task, reading: Reading) -> tuple[Resolution, Fit | None]:
    """Return what the answers come to under the newest worker models."""
    project = task.project
    fit = readings.newest_fit(project=project, guideline=reading.guideline)
    return (
        readings.resolve(reading, fit=fit, method=project.consensus, iou_threshold=project.iou_threshold),
        fit,
    )


def store(
    task: Task, reading: Reading, resolution: Resolution, fit: Fit | None, *, resolves: bool, now: datetime
) -> Consensus:
    """Keep a computed answer with its lineage; where it equals the one in force, that one is returned."""
    document = annotation_to_json(resolution.annotation)
    old = task.consensus
    if (
        old is not None
        and old.annotation == document
        and old.confidence == resolution.confidence
        and old.resolves == resolves
        and old.guideline_id == reading.guideline.pk
        and {one.pk for one in reading.assignments} == set(old.lineage.values_list("assignment_id", flat=True))
    ):
        return old
    made = Consensus.objects.create(
        task=task,
        annotation=document,
        confidence=resolution.confidence,
        agreement=resolution.agreement,
        method=fit.method if fit else task.project.consensus,
        parameters={"iou_threshold": task.project.iou_threshold, "edition": VERSION},
        fit=fit,
        guideline=reading.guideline,
        resolves=resolves,
        created_at=now,
    )
    Lineage.objects.bulk_create(
        Lineage(consensus=made, assignment=one, weight=resolution.weights[str(one.worker_id)])
        for one in reading.assignments
    )
    return made


def _resolve(task: Task, made: Consensus, now: datetime) -> None:
    if task.consensus_id == made.pk and task.state == Task.State.RESOLVED:
        return
    conflicts.close(task=task, now=now)
    task.state, task.consensus, task.resolved_at = Task.State.RESOLVED, made, now
    task.uncertainty = 1.0 - made.confidence
    task.save()
    events.record(
        project=task.project,
        kind="task.resolved",
        now=now,
        data={"task": task.pk, "method": made.method, "confidence": made.confidence, "answers": task.labels},
    )


def _under_way(task: Task) -> bool:
    """Return whether an answer that was asked for is still to come: leased, or open with somebody to take it."""
    leased = task.overlap - task.open_slots - task.labels
    return leased > 0 or (task.open_slots > 0 and _somebody_left(task))


def _somebody_left(task: Task) -> bool:
    """Return whether any active worker could still answer the task."""
    had = task.assignments.exclude(state=Assignment.State.EXPIRED).values("worker")
    active = Standing.objects.filter(project=task.project, status=Standing.Status.ACTIVE).exclude(worker__in=had)
    members = Membership.objects.filter(project=task.project, role=Membership.Role.WORKER).values("user")
    return active.filter(worker__in=members).exists()


def _in_vain(task: Task, skips: int) -> bool:
    """Return whether nobody is left to give the answer a task waits for, though it was begun, settled or skipped once.

    A task nobody has settled or skipped yet waits for workers who are still to be invited.
    """
    leased = task.overlap - task.open_slots - task.labels
    return leased == 0 and (skips > 0 or task.consensuses.exists()) and not _somebody_left(task)


def _wait(task: Task, answers: int, now: datetime) -> None:
    """Leave the task in the queue, or send it to review where several workers found it unusable.

    Answers that no longer read under the guideline in force fill slots without counting: their slots are asked again.
    """
    if task.state != Task.State.OPEN:
        return
    skips = task.assignments.filter(state=Assignment.State.SKIPPED).count()
    if skips >= leasing.SKIPS_TO_REVIEW or _in_vain(task, skips):
        kind = Conflict.Kind.SKIPPED if skips else Conflict.Kind.LOW_CONFIDENCE
        conflicts.open_(task=task, kind=kind, consensus=None, now=now)
        return
    missing = task.base_overlap - answers - (task.overlap - task.labels)
    if missing > 0:
        task.overlap += missing
        task.open_slots += missing
        task.save(update_fields=["overlap", "open_slots"])
