"""What an owner changes about a task."""

from datetime import datetime

from django.db import transaction

from crowd import jobs
from crowd.errors import Contradiction, Invalid
from crowd.models import Gold, Task, User
from crowd.workflow import events
from crowd.workflow.conflicts import adjudication
from crowd.workflow.projects import members
from crowd.workflow.workers import standing


@transaction.atomic
def change(
    *,
    task: Task,
    by: User,
    now: datetime,
    priority: int | None = None,
    overlap: int | None = None,
    skill: str | None = None,
    state: str | None = None,
    reason: str = "",
) -> Task:
    """Change a task's priority, overlap or skill, exclude it, for a reason or without, or bring it back."""
    if state is not None:
        excluded = state == Task.State.EXCLUDED
        task = adjudication.exclude(task=task, by=by, now=now, excluded=excluded, reason=reason)
    task = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=task.pk)
    changes: dict[str, list[int] | list[str]] = {}
    if priority is not None and priority != task.priority:
        changes["priority"] = [task.priority, priority]
        task.priority = priority
    if skill is not None and (wanted := clean_skill(skill)) != task.skill:
        changes["skill"] = [task.skill, wanted]
        task.skill = wanted
    if overlap is not None and _is_another(task, overlap):
        changes["overlap"] = [task.overlap, overlap]
        _set_overlap(task, overlap)
    if changes:
        task.stale_at = now
        task.save()
        if "overlap" in changes and task.state != Task.State.OPEN and task.open_slots > 0:
            standing.reopen_computed(task=task, now=now, by=by)
        jobs.send(jobs.resolve, task.pk)
        events.record(
            project=task.project, kind="task.changed", now=now, by=by, data={"task": task.pk, "changed": changes}
        )
    return task


def clean_skill(skill: str) -> str:
    """Return a skill as members' tags are kept; empty for none, Invalid where no tag could be it."""
    found = members.clean_tags([skill])
    return found[0] if found else ""


def _is_another(task: Task, overlap: int) -> bool:
    """Return whether an overlap is not the task's own: an open one may have been given one more answer than it asks."""
    return overlap != task.overlap or (task.state == Task.State.OPEN and overlap != task.base_overlap)


def _set_overlap(task: Task, overlap: int) -> None:
    if Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
        raise Contradiction("This is a gold task: it is served to every worker once.", code="gold")
    if task.consensus is not None and task.consensus.by_id is not None:
        raise Contradiction("This task has been ruled on; reopen it first, with a reason.", code="already_adjudicated")
    live = task.overlap - task.open_slots
    if overlap < live:
        told = f"{live} answers are given or under way already; it cannot be below that."
        raise Invalid(f"overlap: {told}", errors={"overlap": [told]})
    task.base_overlap, task.overlap, task.open_slots = overlap, overlap, overlap - live
