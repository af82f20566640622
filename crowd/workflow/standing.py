"""Standings: who is paused, banned or active, and why."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from crowd import jobs
from crowd.agreement import proportion_interval
from crowd.errors import Invalid, Missing
from crowd.models import Assignment, Consensus, Project, Standing, Task, User
from crowd.workflow import conflicts, events, leasing, slots

CERTAINTY = 0.95


def judge(*, standing: Standing, now: datetime) -> None:
    """Pause a worker whose accuracy on gold is provably below the project's bar: the whole interval, not the average.

    Checks from before an owner let them go on do not count again.
    """
    project = standing.project
    seen = standing.gold_seen - standing.cleared_at_seen
    passed = standing.gold_passed - standing.cleared_at_passed
    if standing.status != Standing.Status.ACTIVE or seen < project.min_gold_checks:
        return
    low, high = proportion_interval(passed, seen, level=CERTAINTY)
    if high >= project.min_gold_accuracy:
        return
    standing.status = Standing.Status.PAUSED
    standing.reason = (
        f"{passed} of {seen} answers to checked images were right. The true share is very likely between "
        f"{low:.0%} and {high:.0%}, and this project asks for {project.min_gold_accuracy:.0%}."
    )
    standing.save(update_fields=["status", "reason"])
    leasing.give_back(project=project, worker=standing.worker, now=now)
    look_again(project=project, now=now)
    events.record(
        project=project,
        kind="worker.paused",
        now=now,
        data={"worker": standing.worker.username, "reason": standing.reason, "seen": seen, "passed": passed},
    )


@transaction.atomic
def set_status(
    *,
    project: Project,
    username: str,
    status: str,
    by: User,
    now: datetime,
    reason: str = "",
    void_labels: bool = False,
) -> Standing:
    """Let an owner pause, ban or let a worker go on; `void_labels` takes back all that they answered."""
    if status not in Standing.Status.values:
        raise Invalid(f"status: choose one of {', '.join(Standing.Status.values)}.", errors={"status": ["Unknown."]})
    if status != Standing.Status.ACTIVE and not reason.strip():
        raise Invalid("reason: the worker will read it; say why.", errors={"reason": ["Say why."]})
    row = (
        Standing.objects.select_for_update(of=("self",))
        .select_related("worker", "project")
        .filter(project=project, worker__username=username)
        .first()
    )
    if row is None:
        raise Missing(f"{username} is not a worker of this project.")
    row.status, row.reason = status, reason.strip()[:500]
    if status == Standing.Status.ACTIVE:
        row.cleared_at_seen, row.cleared_at_passed = row.gold_seen, row.gold_passed
    row.save()
    if status != Standing.Status.ACTIVE:
        leasing.give_back(project=project, worker=row.worker, now=now)
        look_again(project=project, now=now)
    if void_labels:
        _void_all(row, by, now)
    kind = {"active": "worker.resumed", "paused": "worker.paused", "banned": "worker.banned"}[status]
    events.record(project=project, kind=kind, now=now, by=by, data={"worker": username, "reason": row.reason})
    return row


def _void_all(row: Standing, by: User, now: datetime) -> None:
    """Void a locked worker's answers: slots reopen, consensus is computed anew, adjudications and gold stay."""
    answers = Assignment.objects.valid().filter(worker=row.worker_id, task__project=row.project_id)
    tasks = Task.objects.filter(pk__in=answers.values("task")).select_related("project")
    for task in tasks.order_by("pk").select_for_update(of=("self",)):
        voided = answers.filter(task=task)
        events.record_all(
            project=row.project,
            kind="assignment.voided",
            now=now,
            by=by,
            rows=[{"assignment": str(one.pk), "task": task.pk, "reason": row.reason} for one in voided],
        )
        voided.update(state=Assignment.State.VOID, reason=row.reason or "Voided by the owner.")
        Task.objects.filter(pk=task.pk).update(labels=F("labels") - 1)
        slots.free(tasks=[task.pk])
        reopen_computed(task=task, now=now, by=by)
    row.labels = 0
    row.save(update_fields=["labels"])


def reopen_computed(*, task: Task, now: datetime, by: User | None) -> None:
    """Put a locked task back into the queue, unless a person settled it or it is excluded."""
    if task.state == Task.State.EXCLUDED or (task.consensus is not None and task.consensus.by_id is not None):
        return
    was = task.state
    Task.objects.filter(pk=task.pk).update(state=Task.State.OPEN, consensus=None, resolved_at=None, stale_at=now)
    conflicts.close(task=task, now=now, by=by)
    jobs.send(jobs.resolve, task.pk)
    if was != Task.State.OPEN:
        events.record(project=task.project, kind="task.reopened", now=now, by=by, data={"task": task.pk})


def look_again(*, project: Project, now: datetime) -> None:
    """Have tasks that were settled once or extended, and wait for one more answer, looked at: one who could is gone."""
    waiting = Task.objects.filter(project=project, state=Task.State.OPEN, stale_at__isnull=True)
    begun = Q(overlap__gt=F("base_overlap")) | Q(Exists(Consensus.objects.filter(task=OuterRef("pk"))))
    rows = waiting.filter(begun).order_by("pk").select_for_update(skip_locked=True)
    Task.objects.filter(pk__in=[task.pk for task in rows.only("pk")]).update(stale_at=now)
