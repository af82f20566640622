"""Conflicts: opened, kept up to date, closed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd import agreement
from crowd.models import Assignment, Conflict, Consensus, Dispute, Gold, Report, Task, User
from crowd.queries import rulings, versions
from crowd.queries.readings import Reading
from crowd.workflow import events

Kind, Outcome = Conflict.Kind, Conflict.Outcome
BROUGHT_UP = (Kind.REPORTED, Kind.DISPUTED_GOLD)
FREE: Mapping[str, Any] = {"assignee": None, "taken_at": None, "held_until": None}


@transaction.atomic
def open_(
    *,
    task: Task,
    kind: Conflict.Kind | None = None,
    consensus: Consensus | None,
    now: datetime,
    reading: Reading | None = None,
) -> None:
    """Send a locked task to review, or bring its open conflict up to date; whoever holds it goes on holding it.

    Without a kind it is of what the answers of the reading disagree about. Whatever looked at the label that is in
    question now has nothing to look at any more.
    """
    values = _facts(task, kind, reading)
    values["consensus"] = consensus
    values["confidence"] = consensus.confidence if consensus else None
    values["gain"] = 1.0 - consensus.confidence if consensus else 1.0
    found = Conflict.objects.select_for_update(no_key=True).filter(task=task, closed_at=None, aside=False).first()
    if found is None:
        close(task=task, now=now, aside=True)
        found = Conflict(task=task, project=task.project, opened_at=now)
        events.record(
            project=task.project,
            kind="task.conflict",
            now=now,
            data={"task": task.pk, "kind": values["kind"], "confidence": values["confidence"]},
        )
    elif found.kind == Kind.ESCALATED:
        values |= {"kind": found.kind, "gain": found.gain}
    for name, value in values.items():
        setattr(found, name, value)
    found.save()
    task.state, task.consensus, task.resolved_at = Task.State.CONFLICT, consensus, None
    task.save()


def set_aside(*, task: Task, kind: Conflict.Kind, now: datetime, **values: Any) -> Conflict:
    """Have a reviewer look at a locked task while it goes on; of each kind there is one at a time."""
    found = Conflict.objects.select_for_update(no_key=True).filter(task=task, closed_at=None, cause=kind).first()
    if found is None:
        found = Conflict(task=task, project=task.project, kind=kind, cause=kind, aside=True, opened_at=now)
        events.record(project=task.project, kind="conflict.opened", now=now, data={"task": task.pk, "kind": kind})
    for name, value in values.items():
        setattr(found, name, value)
    found.save()
    return found


def close(
    *,
    task: Task,
    now: datetime,
    outcome: Conflict.Outcome = Outcome.PASSED,
    by: User | None = None,
    comment: str = "",
    ruling: Consensus | None = None,
    aside: bool | None = None,
) -> None:
    """End a locked task's open conflicts, if it has any: all, or only those that are aside or that are not.

    What workers report is ended by people only; disputes of gold are, where they are decided.
    """
    rows = Conflict.objects.select_for_update(no_key=True).filter(task=task, closed_at__isnull=True)
    rows = rows.exclude(cause=Kind.DISPUTED_GOLD)
    if aside is not None:
        rows = rows.filter(aside=aside)
    if by is None:
        rows = rows.exclude(cause=Kind.REPORTED)
    for found in rows.order_by("pk"):
        end(found, now=now, outcome=outcome, by=by, comment=comment, ruling=ruling)


def end(
    found: Conflict,
    *,
    now: datetime,
    outcome: Conflict.Outcome,
    by: User | None,
    comment: str = "",
    ruling: Consensus | None = None,
) -> None:
    """End a locked conflict; of a sample it is told whether the ruling is another label than the one drawn.

    Only a reviewer's ruling on that image says so: one of many by a bulk change, or gold, is no look at it.
    """
    if found.assignee_id is not None and found.taken_at is not None and by is not None and found.assignee_id == by.pk:
        found.seconds = max((now - found.taken_at).total_seconds(), 0.0)
    looked = ruling is not None and ruling.method == Consensus.ADJUDICATION and "bulk" not in ruling.parameters
    if found.cause == Kind.SAMPLE and ruling is not None and looked:
        label = Consensus.objects.select_related("guideline").get(pk=found.consensus_id or 0)
        found.wrong = rulings.is_wrong(label, ruling)
    for name, value in FREE.items():
        setattr(found, name, value)
    found.closed_at, found.closed_by, found.outcome = now, by, outcome
    found.comment, found.ruling = comment, ruling
    found.save()


def bring_up(*, task: Task, assignment: Assignment, text: str, now: datetime) -> Conflict:
    """Have somebody look at what a worker says about a locked task: an owner where it is gold, else any reviewer.

    The same statements in either case, so that the time they take tells nothing.
    """
    gold = Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists()
    kind = Kind.DISPUTED_GOLD if gold else Kind.REPORTED
    before = Conflict.objects.filter(task=task, closed_at__isnull=True, cause=kind).first()
    whose = _whose([assignment])
    for name, values in whose.items() if before is not None else ():
        whose[name] = [*(one for one in getattr(before, name) if one not in values), *values]
    return set_aside(task=task, kind=kind, now=now, reason=text, gain=0.5, **whose)


def answered(*, task_id: int, by: User, now: datetime) -> None:
    """End what workers brought up about a task once nothing of it waits for an answer any more.

    The task is locked first, as by whoever brings something up: what comes meanwhile is seen here.
    """
    Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task_id)
    waits = Report.objects.filter(assignment__task=task_id, kind=Report.Kind.IMAGE, closed=False).exists()
    if waits or Dispute.objects.filter(assignment__task=task_id, outcome="").exists():
        return
    rows = Conflict.objects.filter(task=task_id, closed_at__isnull=True, cause__in=BROUGHT_UP)
    for found in rows.select_for_update(no_key=True).order_by("pk"):
        end(found, now=now, outcome=Outcome.ANSWERED, by=by)


def _facts(task: Task, kind: Conflict.Kind | None, reading: Reading | None) -> dict[str, Any]:
    """Return what the conflict is about, how far the answers are apart, and whose they are."""
    if kind == Kind.SKIPPED:
        turns = list(task.assignments.filter(state=Assignment.State.SKIPPED).order_by("pk"))
        share = len(turns) / (len(turns) + task.labels) if turns else 0.0
        return {"kind": kind, "cause": kind, "severity": share, **_whose(turns)}
    if reading is None:
        wanted = kind or Kind.LOW_CONFIDENCE
        return {"kind": wanted, "cause": wanted, **_whose(list(task.assignments.valid().order_by("pk")))}
    found = agreement.disagreement(
        [one.annotation for one in reading.answers],
        schema=versions.schema_of(reading.guideline),
        image_size=(task.image.width, task.image.height),
        iou_threshold=task.project.iou_threshold,
    )
    subject = kind or Kind(found.kind)
    return {
        "kind": subject,
        "cause": subject,
        "severity": min(max(found.severity, 0.0), 1.0),
        "labels": list(found.labels),
        "confused": [" | ".join(pair) for pair in found.confused],
        **_whose(reading.assignments),
    }


def _whose(turns: Any) -> dict[str, Any]:
    return {"answers": [one.pk for one in turns], "workers": [one.worker_id for one in turns]}
