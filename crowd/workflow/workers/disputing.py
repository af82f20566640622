"""Disputes: a worker says that an answer was judged wrongly or an image is not what it seems; somebody decides."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid
from crowd.models import Assignment, Dispute, Gold, Project, Task, User
from crowd.workflow import conflicts, events


@transaction.atomic
def dispute(*, assignment: Assignment, text: str, now: datetime) -> Dispute:
    """Keep what a worker says about an answer they gave; the same words twice are one dispute.

    Nothing here looks at whether the image is gold: neither the answer nor the time taken may tell.
    """
    text = text.strip()
    if not text:
        raise Invalid("text: say what is wrong.", errors={"text": ["Say what is wrong."]})
    if assignment.submitted_at is None:
        raise Contradiction("You have not answered this image yet; there is nothing to dispute.", code="not_submitted")
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=assignment.task_id)
    )
    made, created = Dispute.objects.get_or_create(assignment=assignment, defaults={"text": text, "opened_at": now})
    if not created and made.text != text:
        raise Contradiction("You have disputed this image already.", code="already_disputed")
    if created:
        events.record(
            project=task.project,
            kind="assignment.disputed",
            now=now,
            by=assignment.worker,
            data={"assignment": str(assignment.pk), "task": assignment.task_id, "text": text},
        )
        conflicts.bring_up(task=task, assignment=assignment, text=text, now=now)
    return made


@transaction.atomic
def reject(*, dispute: Dispute, by: User, now: datetime, reason: str) -> Dispute:
    """Let the answer stand, and say why."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why it stands.", errors={"reason": ["Say why it stands."]})
    # the task first, as whoever corrects or withdraws its gold does
    Task.objects.select_for_update(no_key=True, of=("self",)).get(assignments=dispute.assignment_id)
    found = Dispute.objects.select_for_update(no_key=True).get(pk=dispute.pk)
    if found.outcome:
        raise Contradiction(f"This dispute has been {found.outcome} already.", code="already_decided")
    _decide(found, Dispute.Outcome.REJECTED, reason[:500], by, now)
    return found


def uphold(*, gold: Gold, by: User, now: datetime, reason: str) -> None:
    """End the open disputes about gold that was corrected or withdrawn: the workers were right."""
    rows = Dispute.objects.filter(assignment__task=gold.task_id, outcome="").order_by("pk")
    for found in rows.select_for_update(no_key=True, of=("self",)):
        _decide(found, Dispute.Outcome.UPHELD, reason, by, now)


def _decide(dispute: Dispute, outcome: Dispute.Outcome, reason: str, by: User, now: datetime) -> None:
    dispute.outcome, dispute.reason, dispute.decided_by, dispute.decided_at = outcome, reason, by, now
    dispute.save()
    assignment = Assignment.objects.select_related("task__project").get(pk=dispute.assignment_id)
    project: Project = assignment.task.project
    events.record(
        project=project,
        kind="dispute.decided",
        now=now,
        by=by,
        data={"dispute": dispute.pk, "task": assignment.task_id, "outcome": outcome, "reason": reason},
    )
    conflicts.answered(task_id=assignment.task_id, by=by, now=now)
