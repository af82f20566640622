"""Leases: kept alive by autosave, given back by skipping, ended by the clock."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from crowd import jobs
from crowd.errors import Contradiction, Invalid, TooMany
from crowd.models import Assignment, Project, Standing, Task, User
from crowd.queries import work
from crowd.telemetry import measures
from crowd.workflow import events
from crowd.workflow.assignments import slots, terms
from crowd.workflow.workers import qualifying

EXPIRE_BATCH = 500
SKIPS_TO_REVIEW = 3


@transaction.atomic
def autosave(*, assignment: Assignment, draft: dict[str, Any], now: datetime) -> Assignment:
    """Keep the draft and renew the lease; one that ran out is taken up again where its slot is still free.

    Whoever has had as much meanwhile as the project allows keeps the draft only.
    """
    standing = Standing.objects.select_for_update(no_key=True).get(
        project=assignment.task.project_id, worker=assignment.worker_id
    )
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=assignment.task_id)
    )
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    if assignment.state not in {Assignment.State.LEASED, Assignment.State.EXPIRED}:
        raise Contradiction(
            f"This assignment is {work.shown_state(assignment)}; its draft can no longer change.", code="closed"
        )
    assignment.draft, assignment.drafted_at = draft, now
    ran_out = assignment.state == Assignment.State.EXPIRED or assignment.expires_at <= now
    renews = not ran_out or _may_hold_one_more(standing, now)
    if renews and assignment.state == Assignment.State.EXPIRED and slots.is_free_again(assignment):
        slots.take(tasks=[task.pk])
        assignment.state, assignment.twin = Assignment.State.LEASED, None
        events.record(
            project=task.project,
            kind="assignment.leased",
            now=now,
            by=assignment.worker,
            data={"assignment": str(assignment.pk), "task": task.pk},
        )
    if renews and assignment.state == Assignment.State.LEASED:
        assignment.expires_at = now + timedelta(seconds=task.project.lease_seconds)
    assignment.save(update_fields=["draft", "drafted_at", "state", "expires_at", "twin"])
    return assignment


def _may_hold_one_more(standing: Standing, now: datetime) -> bool:
    """Return whether the worker of a locked standing may be given an image now, by all limits of the project."""
    asked = terms.of(standing, now=now)
    if standing.status != Standing.Status.ACTIVE or asked.project.paused:
        return False
    try:
        return terms.room(asked, standing) > 0
    except (Contradiction, TooMany):
        return False


@transaction.atomic
def skip(*, assignment: Assignment, reason: str, now: datetime) -> Assignment:
    """Give the task back for good, with a reason."""
    reason = reason.strip()
    if not reason:
        raise Invalid("reason: say why, for example “the image is blurred”.", errors={"reason": ["Say why."]})
    standing = Standing.objects.select_for_update(no_key=True).get(
        project=assignment.task.project_id, worker=assignment.worker_id
    )
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=assignment.task_id)
    )
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    if assignment.state not in {Assignment.State.LEASED, Assignment.State.EXPIRED}:
        raise Contradiction(f"This assignment is {work.shown_state(assignment)}; it cannot be skipped.", code="closed")
    if assignment.state == Assignment.State.LEASED:
        slots.free(tasks=[task.pk])
    assignment.state, assignment.reason = Assignment.State.SKIPPED, reason[:500]
    assignment.save(update_fields=["state", "reason"])
    Task.objects.filter(pk=task.pk).update(stale_at=now)
    jobs.send(jobs.resolve, task.pk)
    events.record(
        project=task.project,
        kind="assignment.skipped",
        now=now,
        by=assignment.worker,
        data={"assignment": str(assignment.pk), "task": task.pk, "reason": assignment.reason},
    )
    qualifying.settle(standing=standing, project=task.project, now=now)  # skipped in the exam is not answered well
    return assignment


@transaction.atomic
def give_back(*, project: Project, worker: User, now: datetime) -> None:
    """End a worker's leases at once, waiting for whoever holds a task; what they saved stays with the assignments."""
    held = Assignment.objects.filter(worker=worker, task__project=project, state=Assignment.State.LEASED)
    tasks = Task.objects.filter(pk__in=held.values("task")).order_by("pk").select_for_update(no_key=True)
    _end(held.filter(task__in=[task.pk for task in tasks]), now)


@transaction.atomic
def end_overdue(*, project: Project, worker: User, now: datetime) -> None:
    """End a worker's own overdue leases, their standing being locked."""
    held = Assignment.objects.filter(
        worker=worker, task__project=project, state=Assignment.State.LEASED, expires_at__lte=now
    )
    tasks = Task.objects.filter(pk__in=held.values("task")).order_by("pk").select_for_update(no_key=True)
    _end(held.filter(task__in=[task.pk for task in tasks]), now)


@transaction.atomic
def expire(*, now: datetime, project: Project | None = None) -> int:
    """Free the slots of overdue leases, a batch at a time, and return how many; two sweeps at once do no harm."""
    overdue = Assignment.objects.filter(state=Assignment.State.LEASED, expires_at__lte=now)
    if project is not None:
        overdue = overdue.filter(task__project=project)
    found = list(overdue.order_by("expires_at").values_list("pk", "task_id")[:EXPIRE_BATCH])
    if not found:
        return 0
    tasks = (
        Task.objects.filter(pk__in={task for _, task in found})
        .order_by("pk")
        .select_for_update(no_key=True, skip_locked=True)
    )
    locked = {task.pk for task in tasks}
    return _end(overdue.filter(pk__in=[pk for pk, task in found if task in locked]), now)


def _end(leases: QuerySet[Assignment], now: datetime) -> int:
    """End leases whose tasks are locked, and return how many."""
    ended = list(leases.select_for_update(no_key=True, of=("self",)).select_related("task__project"))
    slots.free(tasks=[one.task_id for one in ended])
    for one in ended:  # once all are free, and for gold or not: what ran out with it is as good a twin as any
        one.state, one.twin_id = Assignment.State.EXPIRED, slots.twin_of(one.task)
    Assignment.objects.bulk_update(ended, ["state", "twin"])
    for project, rows in groupby(sorted(ended, key=lambda one: one.task.project_id), key=lambda one: one.task.project):
        events.record_all(
            project=project,
            kind="assignment.expired",
            now=now,
            by=None,
            rows=[{"assignment": str(one.pk), "task": one.task_id} for one in rows],
        )
    measures.count("lease_expiries", by=len(ended))
    return len(ended)
