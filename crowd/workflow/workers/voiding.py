"""Taking a worker's answers back: what they had filled is asked again, what people settled stays."""

from datetime import datetime

from django.db.models import F

from crowd import jobs
from crowd.models import Assignment, Conflict, Standing, Task, User
from crowd.workflow import conflicts, events
from crowd.workflow.assignments import slots

SENT_AT_ONCE = 1000  # the sweep sends the rest


def void_all(*, standing: Standing, by: User, now: datetime) -> None:
    """Void a locked worker's answers: slots reopen, consensus is computed anew; adjudications, gold and releases stay.

    Statement by statement over all of them, tasks locked in order: a hundred thousand answers are a few statements.
    """
    answers = Assignment.objects.valid().filter(worker=standing.worker_id, task__project=standing.project_id)
    tasks = {
        task.pk: task
        for task in Task.objects.filter(pk__in=answers.values("task"))
        .only("pk", "state")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    }
    voided = dict(answers.filter(task__in=tasks).values_list("pk", "task_id"))
    reason = standing.reason or "Voided by the owner."
    Assignment.objects.filter(pk__in=voided).update(state=Assignment.State.VOID, reason=reason)
    touched = list(voided.values())
    Task.objects.filter(pk__in=touched).update(labels=F("labels") - 1)
    slots.free(tasks=touched)
    events.record_all(
        project=standing.project,
        kind="assignment.voided",
        now=now,
        by=by,
        rows=[{"assignment": str(pk), "task": task, "reason": reason} for pk, task in voided.items()],
    )
    _reopen(standing, {pk: tasks[pk] for pk in touched}, by, now)
    # shown as submitted until now, they would stand out from those to gold, which no guideline voids
    Assignment.objects.filter(
        worker=standing.worker_id, task__project=standing.project_id, overtaken_at__isnull=False
    ).update(overtaken_at=None, reason=reason)
    standing.labels, standing.overtaken = standing.labels - len(voided), 0
    standing.save(update_fields=["labels", "overtaken"])


def _reopen(standing: Standing, tasks: dict[int, Task], by: User, now: datetime) -> None:
    """Put the locked tasks back into the queue that no person settled and nobody excluded."""
    rows = Task.objects.filter(pk__in=tasks).exclude(state=Task.State.EXCLUDED).exclude(consensus__by__isnull=False)
    found = list(rows.values_list("pk", flat=True))
    Task.objects.filter(pk__in=found).update(state=Task.State.OPEN, consensus=None, resolved_at=None, stale_at=now)
    passed = Conflict.objects.filter(task__in=found, closed_at__isnull=True)
    passed.exclude(cause__in=[Conflict.Kind.REPORTED, Conflict.Kind.DISPUTED_GOLD]).update(
        closed_at=now, closed_by=by, outcome=Conflict.Outcome.PASSED, **conflicts.FREE
    )
    events.record_all(
        project=standing.project,
        kind="task.reopened",
        now=now,
        by=by,
        rows=[{"task": pk} for pk in found if tasks[pk].state != Task.State.OPEN],
    )
    for pk in found[:SENT_AT_ONCE]:
        jobs.send(jobs.resolve, pk)
