"""Claims: which task a worker is given next, and whether it is one whose answer is known."""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crowd import sampling
from crowd.errors import Contradiction, Invalid, Refused
from crowd.models import Acknowledgement, Assignment, Gold, Guideline, Project, Standing, Task, User
from crowd.workflow import events, leasing, qualifying, slots
from crowd.workflow.qualifying import Progress, Stage

MAX_BATCH = 50

ORDER: dict[str, tuple[Any, ...]] = {
    Project.Order.PRIORITY: (F("priority").desc(), "open_slots", "id"),
    Project.Order.RANDOM: (F("priority").desc(), "open_slots", "shuffle"),
    Project.Order.UNCERTAINTY: (F("priority").desc(), F("uncertainty").desc(), "id"),
}


@dataclass(frozen=True)
class Claim:
    """What a worker was given, its tasks and images in hand; where that is nothing, whether to ask again soon."""

    assignments: Sequence[Assignment]
    queue: Literal["ready", "busy", "empty"]


def claim(*, project: Project, worker: User, now: datetime, rng: random.Random, count: int = 1) -> Claim:
    """Lease the best open tasks to `worker`, up to `count`.

    An empty claim frees overdue leases and looks once more, so that nobody waits for the sweep.
    """
    if not 1 <= count <= MAX_BATCH:
        raise Invalid(f"count: ask for 1 to {MAX_BATCH} at a time.", errors={"count": [f"1 to {MAX_BATCH}."]})
    found = _claim(project=project, worker=worker, now=now, rng=rng, count=count, wait=False)
    if found:
        return Claim(found, "ready")
    leasing.expire(project=project, now=now)
    found = _claim(project=project, worker=worker, now=now, rng=rng, count=1, wait=True)
    if found:
        return Claim(found, "ready")
    if _share(project, Standing.objects.get(project=project, worker=worker)) <= 0:
        return Claim((), "empty")
    waiting = project.tasks.filter(state=Task.State.OPEN).exclude(_had_by(worker))
    return Claim((), "busy" if waiting.exists() else "empty")


@transaction.atomic
def _claim(
    *, project: Project, worker: User, now: datetime, rng: random.Random, count: int, wait: bool
) -> list[Assignment]:
    # The worker's own row first: their claims queue up behind one another, so the limits below are exact.
    standing = (
        Standing.objects.select_for_update(of=("self",))
        .select_related("project", "worker")
        .get(project=project, worker=worker)
    )
    project = standing.project
    guideline = _guideline_for(standing)
    progress = qualifying.progress(standing=standing, project=project)
    if progress.stage is Stage.FAILED:
        raise Refused(progress.reason, code="not_qualified")
    count = min(count, _room(standing, now))
    if count <= 0:
        return []
    resumed = _expired_of(standing, count)
    if progress.stage is not Stage.WORK:
        return _lease(standing, guideline, _openly(standing, progress, count - len(resumed)), resumed, now)
    tasks = _open_for(project, worker, count - len(resumed), wait=wait)
    gold = _gold_for(standing, len(tasks))
    chance = sampling.gold_probability(
        project.gold_rate,
        seen=standing.gold_seen,
        passed=standing.gold_passed,
        min_checks=project.min_gold_checks,
    )
    # Every statement above runs whether or not gold is served, so that time tells nothing.
    chosen = [gold.pop() if gold and rng.random() < chance else task for task in tasks]
    return _lease(standing, guideline, chosen, resumed, now)


def _lease(
    standing: Standing, guideline: Guideline, chosen: list[Task], resumed: list[Assignment], now: datetime
) -> list[Assignment]:
    deadline = now + timedelta(seconds=standing.project.lease_seconds)
    for assignment in resumed:
        assignment.state, assignment.leased_at, assignment.expires_at = Assignment.State.LEASED, now, deadline
    Assignment.objects.bulk_update(resumed, ["state", "leased_at", "expires_at"])
    fresh = Assignment.objects.bulk_create(
        Assignment(task=task, worker=standing.worker, guideline=guideline, leased_at=now, expires_at=deadline)
        for task in chosen
    )
    leased = [*resumed, *fresh]
    for assignment in leased:
        assignment.task.project = standing.project  # in hand: what shows the assignment need not read it again
    if leased:
        slots.take(tasks=[assignment.task_id for assignment in leased])
        Gold.objects.filter(task__in=chosen).update(served=F("served") + 1)
        events.record_all(
            project=standing.project,
            kind="assignment.leased",
            now=now,
            by=standing.worker,
            rows=[{"assignment": str(one.pk), "task": one.task_id} for one in leased],
        )
    return leased


def _guideline_for(standing: Standing) -> Guideline:
    """Return the version to work under; refuse whoever may not work now."""
    project = standing.project
    if standing.status != Standing.Status.ACTIVE:
        raise Refused(standing.reason, code=standing.status)
    if project.paused:
        raise Refused("The owner has paused this project; nobody is given work for now.", code="paused")
    guideline = project.guidelines.filter(state=Guideline.State.PUBLISHED).first()
    if guideline is None:
        raise Contradiction("This project has no published guideline yet.", code="no_guideline")
    if (
        project.require_acknowledgement
        and not Acknowledgement.objects.filter(guideline=guideline, worker=standing.worker_id).exists()
    ):
        raise Contradiction(
            f"Read guideline {guideline.number} and acknowledge it first.",
            code="guideline_unacknowledged",
            errors={"guideline": [str(guideline.number)]},
        )
    return guideline


def _room(standing: Standing, now: datetime) -> int:
    """Return how many more leases the worker may hold."""
    project = standing.project
    held = Assignment.objects.filter(
        worker=standing.worker_id, state=Assignment.State.LEASED, task__project=project, expires_at__gt=now
    ).count()
    if held >= project.max_leases:
        raise Contradiction(
            f"You hold {held} images, which is the most this project allows: submit or skip some first.",
            code="too_many_leases",
        )
    return min(project.max_leases - held, _share(project, standing) - held)


def _share(project: Project, standing: Standing) -> int:
    """Return how many more answers the worker may give in all."""
    if project.max_share_per_worker >= 1.0:
        return sys.maxsize
    images = project.tasks.exclude(state=Task.State.EXCLUDED).count()
    return max(int(project.max_share_per_worker * images), 1) - standing.labels


def _had_by(worker: User) -> Exists:
    """Return the condition that the worker has had the task; a lease that ran out may be taken up again."""
    return Exists(Assignment.objects.filter(task=OuterRef("pk"), worker=worker).exclude(state=Assignment.State.EXPIRED))


def _ever_had_by(worker: User) -> Exists:
    return Exists(Assignment.objects.filter(task=OuterRef("pk"), worker=worker))


def _open_for(project: Project, worker: User, count: int, *, wait: bool) -> list[Task]:
    """Return open tasks, locked; with `wait` also behind tasks that others are claiming at this moment.

    The lock makes PostgreSQL look at the row again, so a slot taken meanwhile is seen.
    """
    if count <= 0:
        return []
    tasks = (
        Task.objects.filter(project=project, state=Task.State.OPEN, open_slots__gt=0)
        .select_related("image", "prelabel_guideline")
        .exclude(_ever_had_by(worker))
        # who waits, waits in an order that never changes: rows tried in vain stay locked, so two who wait
        # in different orders would wait for one another
        .order_by(*(("pk",) if wait else ORDER[project.order]))
    )
    return list(tasks.select_for_update(skip_locked=not wait, of=("self",))[:count])


def _gold_for(standing: Standing, count: int) -> list[Task]:
    """Return as many hidden gold tasks new to the worker, the least served last."""
    unseen = _unseen_gold(standing, use=Gold.Use.HIDDEN).order_by("gold__served", "shuffle")
    return list(unseen.select_for_update(skip_locked=True, of=("self",))[:count])[::-1]


def _openly(standing: Standing, progress: Progress, count: int) -> list[Task]:
    """Return gold that the worker knows to be such: training tasks, or the exam's, those first that fewest have met."""
    use = Gold.Use.TRAINING if progress.stage is Stage.TRAINING else Gold.Use.EXAM
    left = min(count, progress.left)
    unseen = _unseen_gold(standing, use=use).order_by("gold__served", "pk")
    return list(unseen.select_for_update(skip_locked=True, of=("self",))[:left]) if left > 0 else []


def _unseen_gold(standing: Standing, *, use: Gold.Use) -> QuerySet[Task]:
    gold = Q(gold__use=use, gold__withdrawn_at__isnull=True, state=Task.State.RESOLVED)
    tasks = Task.objects.filter(gold, project=standing.project_id).select_related("image", "prelabel_guideline")
    return tasks.exclude(_ever_had_by(standing.worker))


def _expired_of(standing: Standing, count: int) -> list[Assignment]:
    """Return the worker's own leases that ran out and whose slot can still be had, oldest first, tasks locked."""
    mine = Assignment.objects.filter(
        worker=standing.worker_id, state=Assignment.State.EXPIRED, task__project=standing.project_id
    )
    open_again = Q(task__state=Task.State.OPEN, task__open_slots__gt=0)
    gold = Q(task__gold__isnull=False, task__gold__withdrawn_at__isnull=True)
    ids = list(mine.filter(open_again | gold).order_by("leased_at").values_list("task_id", flat=True)[:count])
    if not ids:
        return []
    locked = Task.objects.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True)
    still = {task.pk for task in locked if task.open_slots > 0 or task.state == Task.State.RESOLVED}
    found = mine.filter(task_id__in=still).filter(open_again | gold)
    return list(found.select_related("task__image", "task__prelabel_guideline", "guideline"))
