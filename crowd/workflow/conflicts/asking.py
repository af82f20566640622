"""A conflict sent back to the crowd: more answers, from people who have not seen the image."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid
from crowd.models import Conflict, Gold, Task, User
from crowd.workflow import conflicts, events
from crowd.workflow.assignments import answerers
from crowd.workflow.conflicts import reviewing

MOST = 20


@transaction.atomic
def ask(*, task: Task, answers: int, by: User, reason: str, now: datetime) -> Task:
    """Reject what the answers came to, and have so many more people answer before it is looked at again."""
    reason = reviewing.said(reason, "reason", "Say what is wrong")
    if not 1 <= answers <= MOST:
        raise Invalid(f"answers: from 1 to {MOST}.", errors={"answers": [f"1 to {MOST}."]})
    related = Task.objects.select_related("project", "image")
    task = related.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    _check(task)
    reviewing.check_task(task=task, by=by, now=now)
    left = answerers.left(task).count()
    if left < answers:
        told = f"Only {left} active workers have not had this image yet."
        raise Contradiction(told, code="nobody_left", errors={"answers": [told]})
    live = task.overlap - task.open_slots
    task.overlap = max(task.overlap, live + answers)
    task.open_slots = task.overlap - live
    task.base_overlap = live + answers
    conflicts.close(task=task, now=now, outcome=Conflict.Outcome.ASKED, by=by, comment=reason)
    task.state, task.consensus, task.resolved_at = Task.State.OPEN, None, None
    task.save()
    data = {"task": task.pk, "reason": reason, "answers": answers}
    events.record(project=task.project, kind="task.reopened", now=now, by=by, data=data)
    return task


def _check(task: Task) -> None:
    """Refuse where the crowd has nothing more to say."""
    if task.state not in {Task.State.RESOLVED, Task.State.CONFLICT}:
        raise Contradiction(f"This task is {task.state}; its answers are still to come.", code="not_settled")
    if Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
        raise Contradiction("This is a gold task: correct or withdraw the gold instead.", code="gold")
    if task.consensus is not None and task.consensus.by_id is not None:
        raise Contradiction("This task has been ruled on; reopen it first, with a reason.", code="already_adjudicated")
