"""Answers to gold tasks compared with the known answer, and what follows for the worker."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q

from crowd import agreement
from crowd.labels.annotation import Annotation
from crowd.models import Assignment, Gold, GoldCheck, Project, Standing, Task
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.workers import qualifying, standing

PASS_ABOVE = 0.5  # more right than wrong
COUNTED = ("gold_seen", "gold_passed", "told_seen", "told_passed", "trained", "cleared_at_seen", "cleared_at_passed")


def lock_all(*, project: Project) -> None:
    """Lock every standing of a project: for an owner's verbs that touch many workers, before they lock any task."""
    list(Standing.objects.select_for_update(no_key=True).filter(project=project).order_by("pk").values_list("pk"))


@transaction.atomic
def score(*, task_id: int, now: datetime, worker_id: int | None = None) -> None:
    """Compare the answers to a gold task that have not been compared yet; running it twice changes nothing."""
    waiting = Assignment.objects.valid().filter(task=task_id, gold_check__isnull=True)
    if worker_id is not None:
        waiting = waiting.filter(worker=worker_id)
    workers = list(waiting.order_by("worker_id").values_list("worker_id", flat=True))
    task = Task.objects.select_related("project", "image").get(pk=task_id)
    # Standings before tasks, as every verb locks them. Whoever changes gold locks all of them first, so its row
    # needs no lock of its own: a claim, holding tasks, would wait for that row, and a pause, holding it, for tasks.
    list(
        Standing.objects.select_for_update(no_key=True).filter(project=task.project, worker__in=workers).order_by("pk")
    )
    gold = Gold.objects.select_related("guideline").filter(task=task_id, withdrawn_at__isnull=True).first()
    if gold is None or gold.unreadable_at is not None:
        return
    if gold.source == Gold.Source.CONSENSUS:  # whoever agreed on it would be measured by their own word
        waiting = waiting.filter(leased_at__gte=gold.created_at)
    target = versions.current(task.project) or gold.guideline
    history = versions.history(task.project)
    truth = versions.read(gold.annotation, image=task.image, made_under=gold.guideline, target=target, history=history)
    if truth is None:
        return
    rows = []
    for assignment in waiting.filter(worker__in=workers).select_related("guideline"):
        answer = versions.read(
            assignment.annotation, image=task.image, made_under=assignment.guideline, target=target, history=history
        )
        value = agreement.score(
            answer or Annotation(classifications={}, objects=()),
            truth,
            schema=versions.schema_of(target),
            image_size=(task.image.width, task.image.height),
            iou_threshold=task.project.iou_threshold,
        ).value
        rows.append(GoldCheck(gold=gold, assignment=assignment, score=value, passed=value > PASS_ABOVE, at=now))
    GoldCheck.objects.bulk_create(rows)
    told = [{"assignment": str(one.assignment_id), "task": task_id, "passed": one.passed} for one in rows]
    events.record_all(project=task.project, kind="gold.checked", now=now, by=None, rows=told)
    recount(project=task.project, workers=workers, now=now)


def recount(*, project: Project, workers: Collection[int], now: datetime) -> None:
    """Set the workers' gold numbers from their checks, and judge them."""
    for row in (
        Standing.objects.select_for_update(no_key=True).filter(project=project, worker__in=workers).order_by("pk")
    ):
        for field, number in _counted(row).items():
            setattr(row, field, number)
        row.save(update_fields=COUNTED)
        qualifying.settle(standing=row, project=project, now=now)
        standing.judge(standing=row, now=now)


def _counted(row: Standing) -> dict[str, int]:
    """Return a worker's gold numbers: of all answers, of those told, of those before they were let go on.

    Each is counted anew: gold that was suspected while the worker was let go on may be confirmed later.
    """
    checks = GoldCheck.objects.filter(assignment__worker=row.worker_id, gold__project=row.project_id)
    hidden, passed = Q(gold__use=Gold.Use.HIDDEN), Q(passed=True)
    told, cleared = _until(row.told_at), _until(row.cleared_at)
    fair = checks.fair().aggregate(
        gold_seen=Count("pk", filter=hidden),
        gold_passed=Count("pk", filter=hidden & passed),
        told_seen=Count("pk", filter=hidden & told),
        told_passed=Count("pk", filter=hidden & passed & told),
        cleared_at_seen=Count("pk", filter=hidden & cleared),
        cleared_at_passed=Count("pk", filter=hidden & passed & cleared),
    )
    met_as_such = Q(gold__use=Gold.Use.TRAINING, assignment__leased_at__gte=F("gold__created_at"))
    return {**fair, "trained": checks.filter(met_as_such).count()}


def _until(when: datetime | None) -> Q:
    return Q(pk__in=[]) if when is None else Q(assignment__submitted_at__lte=when)
