"""What a new guideline version does to what was there: answers asked again, gold that does not read any more."""

from collections.abc import Sequence
from datetime import datetime

from crowd.models import Assignment, Gold, Guideline, Project, Standing, Task, User
from crowd.queries import impact as impacts
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.assignments import slots
from crowd.workflow.gold import scoring
from crowd.workflow.workers import standing


def ask_again(
    *,
    project: Project,
    guideline: Guideline,
    redefined: Sequence[str],
    divided: Sequence[str],
    by: User,
    now: datetime,
) -> None:
    """Void the computed labels that the change touches, and ask anew; all standings are locked.

    On a task that speaks of a redefined label every answer goes; of a divided one, those that the rule does not tell.
    """
    voided: dict[int, int] = {}
    if redefined:
        reason = f"Guideline {guideline.number} redefines {', '.join(redefined)}."
        for task in _locked(project, redefined):
            _void(task, list(Assignment.objects.valid().filter(task=task)), reason, by, now, voided)
    if divided:
        history = versions.history(project)
        reason = f"Guideline {guideline.number} divides {', '.join(divided)}, and this answer does not say into which."
        for task in _locked(project, divided):
            answers = Assignment.objects.valid().filter(task=task).select_related("guideline")
            unread = [
                one
                for one in answers
                if versions.read(
                    one.annotation, image=task.image, made_under=one.guideline, target=guideline, history=history
                )
                is None
            ]
            if unread:
                _void(task, unread, reason, by, now, voided)
    for worker, count in voided.items():
        row = Standing.objects.get(project=project, worker=worker)
        row.labels, row.overtaken = row.labels - count, row.overtaken + count
        row.save(update_fields=["labels", "overtaken"])


def _locked(project: Project, labels: Sequence[str]) -> list[Task]:
    """Return the tasks that speak of a label and that no person settled, locked."""
    touched = impacts.touched_tasks(project=project, labels=labels)
    tasks = touched.ordinary().exclude(state=Task.State.EXCLUDED).order_by("pk")
    rows = tasks.select_related("project", "image").select_for_update(no_key=True, of=("self",))
    return [task for task in rows if task.consensus is None or task.consensus.by_id is None]


def _void(
    task: Task, answers: Sequence[Assignment], reason: str, by: User, now: datetime, voided: dict[int, int]
) -> None:
    Assignment.objects.filter(pk__in=[one.pk for one in answers]).update(
        state=Assignment.State.VOID, reason=reason[:500], overtaken_at=now
    )
    for one in answers:
        voided[one.worker_id] = voided.get(one.worker_id, 0) + 1
    events.record_all(
        project=task.project,
        kind="assignment.voided",
        now=now,
        by=by,
        rows=[{"assignment": str(one.pk), "task": task.pk, "reason": reason} for one in answers],
    )
    slots.recount(task=task, at_least=task.base_overlap)
    task.save(update_fields=["overlap", "open_slots", "labels"])
    standing.reopen_computed(task=task, now=now, by=by)


def reread_gold(*, project: Project, guideline: Guideline, now: datetime) -> list[int]:
    """Set aside the gold that does not read under the version in force, take back what reads again, and say which.

    All standings are locked, as for every change of gold.
    """
    unread, again = [], []
    history = versions.history(project)
    rows = Gold.objects.filter(project=project, withdrawn_at__isnull=True).select_related("task__image", "guideline")
    for gold in rows.order_by("pk"):
        whole = versions.reads_whole(gold, target=guideline, history=history)
        if not whole:
            unread.append(gold.pk)
        elif gold.unreadable_at is not None:
            again.append(gold)
    Gold.objects.filter(pk__in=unread, unreadable_at__isnull=True).update(unreadable_at=now)
    Gold.objects.filter(pk__in=[gold.pk for gold in again]).update(unreadable_at=None)
    for gold in again:
        scoring.score(task_id=gold.task_id, now=now)
    return unread
