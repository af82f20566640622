"""Reports: a worker asks about an image or reports it, without leaving it; whoever runs the project answers."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid, TooMany
from crowd.models import Assignment, Report, Task, User
from crowd.workflow import conflicts, events

LONGEST = 2000
MOST = 10  # about one image


@transaction.atomic
def report(*, assignment: Assignment, kind: str, comment: str, now: datetime) -> Report:
    """Keep what a worker asks or tells about an image of theirs; the same words twice are one report.

    Nothing here looks at whether the image is gold: neither the answer nor the time taken may tell. The event carries
    no words, as events never go and what is reported may be private.
    """
    comment = _said(comment, "comment", "Say what it is about")
    if kind not in Report.Kind.values:
        told = f"It is one of {', '.join(Report.Kind.values)}."
        raise Invalid(f"kind: {told}", errors={"kind": [told]})
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=assignment.task_id)
    )
    Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)  # two at once are counted one by one
    same = Report.objects.filter(assignment=assignment, kind=kind, comment=comment).first()
    if same is not None:
        return same
    if Report.objects.filter(assignment=assignment).count() >= MOST:
        raise TooMany(f"You have sent {MOST} reports about this image; wait for an answer.", code="too_many_reports")
    project = task.project
    made = Report.objects.create(project=project, assignment=assignment, kind=kind, comment=comment, at=now)
    data = {"report": made.pk, "kind": kind, "assignment": str(assignment.pk), "task": assignment.task_id}
    events.record(project=project, kind="report.opened", now=now, by=assignment.worker, data=data)
    if kind == Report.Kind.IMAGE:
        conflicts.bring_up(task=task, assignment=assignment, text=comment, now=now)
    return made


@transaction.atomic
def answer(*, report: Report, answer: str, by: User, now: datetime) -> Report:
    """Answer a report, for good; the same answer twice is one."""
    answer = _said(answer, "answer", "Write an answer")
    found = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if found.answered_at is not None:
        if found.answer == answer:
            return found
        raise Contradiction("This report has been answered already.", code="already_answered")
    found.answer, found.answered_by, found.answered_at, found.closed = answer, by, now, True
    found.save(update_fields=["answer", "answered_by", "answered_at", "closed"])
    data = {"report": found.pk, "kind": found.kind}
    events.record(project=found.project, kind="report.answered", now=now, by=by, data=data)
    conflicts.answered(task_id=_task_of(found), by=by, now=now)
    return found


@transaction.atomic
def close(*, report: Report, by: User, now: datetime) -> Report:
    """Put a report away without an answer; closed twice is closed once."""
    found = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    if not found.closed:
        found.closed = True
        found.save(update_fields=["closed"])
        data = {"report": found.pk, "kind": found.kind}
        events.record(project=found.project, kind="report.closed", now=now, by=by, data=data)
        conflicts.answered(task_id=_task_of(found), by=by, now=now)
    return found


def _task_of(report: Report) -> int:
    return Assignment.objects.values_list("task", flat=True).get(pk=report.assignment_id)


def _said(text: str, field: str, asked: str) -> str:
    """Return what was said, without the space around it."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        told = f"{asked}, in up to {LONGEST:,} characters."
        raise Invalid(f"{field}: {told}", errors={field: [told]})
    return text
