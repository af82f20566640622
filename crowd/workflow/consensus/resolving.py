"""A task's answers become its consensus, a wish for one more answer, or a conflict."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction

from crowd import sampling
from crowd.consensus import Resolution
from crowd.models import Assignment, Conflict, Consensus, Image, Project, Task
from crowd.queries import readings
from crowd.queries.readings import Reading, Terms
from crowd.telemetry import measures
from crowd.workflow import conflicts, events
from crowd.workflow.assignments import leasing
from crowd.workflow.assignments.answerers import left
from crowd.workflow.conflicts import samples
from crowd.workflow.consensus import growth, storing
from crowd.workflow.gold import scoring
from crowd.workflow.guidelines import piloting

MOST_TAKEN_BACK = 2  # the second time that newer models doubt what earlier ones settled, only a person settles it
DOUBTED = "What has been learnt of the workers since makes this answer doubtful."
_DECIDED = ["state", "consensus", "resolved_at", "uncertainty", "overlap", "open_slots", "taken_back", "stale_at"]


def resolve(*, task_id: int, now: datetime) -> None:
    """Resolve a stale task, ask for one more answer or send it to review; running it twice changes nothing.

    Nothing here touches what a person settled: gold, an adjudication, an excluded image.
    """
    project = look_again(task_id=task_id, now=now, if_stale=True)
    if project is not None:
        growth.ask_if_due(project_id=project, now=now)


def look_again(*, task_id: int, now: datetime, if_stale: bool = False) -> int | None:
    """Do what the task's answers call for now, and return its project; None where there was nothing to look at."""
    with transaction.atomic():
        task = _locked(task_id, if_stale=if_stale)
        if task is None:
            return None
        seen, terms = task.stale_at, readings.terms_of(task)
        if task.asked_at is not None:
            measures.observe("consensus_lag_seconds", (now - task.asked_at).total_seconds())
        if not terms.known:
            task.stale_at = None
            if not _settled_by_a_person(task):
                _decide(task, terms, now)
            task.save(update_fields=_DECIDED)
    if terms.known:  # outside: scoring locks standings, which come before tasks
        scoring.score(task_id=task_id, now=now)
        # whoever marked it stale meanwhile is looked after by another run
        Task.objects.filter(pk=task_id, stale_at=seen).update(stale_at=None)
    elif task.project.pilot_id is not None:  # outside, for the same reason: the project comes before its tasks
        piloting.notice(pilot_id=task.project.pilot_id, now=now)
    return task.project_id


def _locked(task_id: int, *, if_stale: bool) -> Task | None:
    """Return the task, locked, with its project and image read after the wait for the lock: a join shows earlier ones.

    Where it is not stale an earlier message did it all: however far behind the jobs are, three answers are looked at
    once. The statements are written out, as they run once for each answer handed in.
    """
    for task in Task.objects.raw("SELECT * FROM crowd_task WHERE id = %s FOR NO KEY UPDATE", [task_id]):
        if if_stale and task.stale_at is None:
            return None
        task.project = Project.objects.raw("SELECT * FROM crowd_project WHERE id = %s", [task.project_id])[0]
        task.image = Image.objects.raw("SELECT id, width, height FROM crowd_image WHERE id = %s", [task.image_id])[0]
        return task
    return None


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


def _decide(task: Task, terms: Terms, now: datetime) -> None:
    """Change a locked task as its answers call for; the caller saves it."""
    if terms.guideline is None:
        return
    reading = readings.under(task, terms.guideline)
    if len(reading.answers) < task.base_overlap and task.state != Task.State.RESOLVED:
        _wait(task, len(reading.answers), now)
        return
    if task.state == Task.State.RESOLVED and len(reading.answers) < _lineage_of(task):
        return  # some answers no longer read under the guideline in force: the label they gave stands as it was given
    resolution = _resolution(task, reading, terms.fit)
    if task.state == Task.State.OPEN:
        task.uncertainty = _uncertainty(task, reading, resolution)  # the order by it gives the most disputed first
    step = _step(task, reading, resolution, terms.fit)
    if task.state == Task.State.RESOLVED:
        doubted = sampling.in_doubt(resolution.confidence, target=task.project.confidence_target)
        if doubted and task.base_overlap <= len(reading.answers):
            _take_back(task, reading, resolution, terms.fit, asks=step == "ask", now=now)
            return
        step = "resolve"
    if step == "resolve" and not _for_a_person(task):
        _resolve(task, storing.store(task, reading, resolution, terms.fit, resolves=True, now=now), reading, now)
    elif task.state == Task.State.OPEN and (_under_way(task) or (step == "ask" and ask_one_more(task))):
        return
    else:
        shown = storing.store(task, reading, resolution, terms.fit, resolves=False, now=now)
        conflicts.open_(task=task, consensus=shown, reading=reading, now=now)


def _step(task: Task, reading: Reading, resolution: Resolution, fit: int | None) -> sampling.Step:
    """Return what to do next; whether one more answer pays is judged by who is left to give it.

    They are looked up only where an answer by nobody in particular would not pay: of the answers so far many may have
    come from people who are paused by now.
    """
    rule = partial(
        sampling.next_step,
        answers=len(reading.answers),
        confidence=resolution.confidence,
        target=task.project.confidence_target,
        overlap=task.base_overlap,
        max_overlap=max(task.project.max_overlap, task.base_overlap),
    )
    step = rule(gain=resolution.gain)
    if step == "escalate" and rule() == "ask":
        others = [str(worker) for worker in left(task).values_list("worker", flat=True)]
        if others:
            step = rule(gain=_resolution(task, reading, fit, asking=others).gain)
    return step


def _take_back(
    task: Task, reading: Reading, resolution: Resolution, fit: int | None, *, asks: bool, now: datetime
) -> None:
    """Open a resolved task again that newer worker models put in doubt: for one more answer, else for a reviewer.

    Only the first time for an answer, and after the second only a person settles it, so it cannot go to and fro.
    """
    task.taken_back += 1
    task.uncertainty = _uncertainty(task, reading, resolution)
    if asks and not _for_a_person(task) and ask_one_more(task):
        task.state, task.consensus, task.resolved_at = Task.State.OPEN, None, None
        conflicts.close(task=task, now=now, aside=True)
        events.record(
            project=task.project,
            kind="task.reopened",
            now=now,
            data={"task": task.pk, "confidence": resolution.confidence, "reason": DOUBTED},
        )
        return
    shown = storing.store(task, reading, resolution, fit, resolves=False, now=now)
    conflicts.open_(task=task, consensus=shown, reading=reading, now=now)


def _uncertainty(task: Task, reading: Reading, resolution: Resolution) -> float:
    return sampling.combined(1.0 - resolution.confidence, answers=len(reading.answers), told=task.model_uncertainty)


def _for_a_person(task: Task) -> bool:
    """Return whether worker models have settled the task and doubted it so often that only a person may settle it."""
    return task.taken_back >= MOST_TAKEN_BACK and task.state != Task.State.OPEN


def _lineage_of(task: Task) -> int:
    return task.consensus.lineage.count() if task.consensus is not None else 0


def compute(task: Task, reading: Reading) -> Resolution:
    """Return what the answers come to under the newest worker models."""
    return _resolution(task, reading, readings.terms_of(task).fit)


def _resolution(task: Task, reading: Reading, fit: int | None, *, asking: Collection[str] = ()) -> Resolution:
    project = task.project
    return readings.resolve(
        reading, fit=fit, method=project.consensus, iou_threshold=project.iou_threshold, asking=asking
    )


def _resolve(task: Task, made: Consensus, reading: Reading, now: datetime) -> None:
    if task.consensus_id == made.pk and task.state == Task.State.RESOLVED:
        return
    if task.state == Task.State.CONFLICT:
        conflicts.close(task=task, now=now, outcome=Conflict.Outcome.RESOLVED, aside=False)
    task.state, task.consensus, task.resolved_at = Task.State.RESOLVED, made, now
    task.uncertainty = 1.0 - made.confidence
    events.record(
        project=task.project,
        kind="task.resolved",
        now=now,
        data={"task": task.pk, "method": made.method, "confidence": made.confidence, "answers": task.labels},
    )
    samples.consider(task=task, made=made, workers={one.worker_id for one in reading.assignments}, now=now)


def _under_way(task: Task) -> bool:
    """Return whether an answer that was asked for is still to come: leased, or open with somebody to take it."""
    leased = task.overlap - task.open_slots - task.labels
    return leased > 0 or (task.open_slots > 0 and _somebody_left(task))


def _somebody_left(task: Task) -> bool:
    """Return whether any active worker could still answer the task."""
    return left(task).exists()


def _in_vain(task: Task, skips: int) -> bool:
    """Return whether nobody is left to give the answer a task waits for, though it was begun, settled or skipped once.

    A task nobody has settled or skipped yet waits for workers who are still to be invited.
    """
    leased = task.overlap - task.open_slots - task.labels
    return leased == 0 and (skips > 0 or task.consensuses.exists()) and not _somebody_left(task)


def _wait(task: Task, answers: int, now: datetime) -> None:
    """Leave the task in the queue, or send it to review where several workers found it unusable.

    Answers that no longer read under the guideline in force fill slots without counting: their slots are asked again.
    The caller saves the task.
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
