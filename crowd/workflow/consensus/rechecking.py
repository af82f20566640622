"""Tasks looked at again under new worker models: a stretch at a time, each a job of its own, none of them forgotten."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from crowd import jobs, sampling
from crowd.labels.annotation import annotation_to_json
from crowd.models import Fit, Recheck, Task
from crowd.queries import readings
from crowd.queries.readings import Reading
from crowd.workflow.consensus import resolving

STRETCH = 200  # tasks in one job
LOST_AFTER = timedelta(minutes=5)  # a stretch sent longer ago than this is sent again
LOST_BATCH = 100  # at a time

_STRETCHES = """
    SELECT min(id), max(id) FROM (
        SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS stretch FROM crowd_task
        WHERE project_id = %s AND labels > 0 AND state <> 'excluded'
    ) t GROUP BY stretch ORDER BY stretch
"""


@transaction.atomic
def plan(*, fit: Fit, now: datetime) -> None:
    """Have all of a project's tasks with answers looked at under the new fit; what older ones left to do is dropped."""
    Recheck.objects.filter(fit__project=fit.project_id).delete()
    with connection.cursor() as cursor:
        cursor.execute(_STRETCHES, [STRETCH, fit.project_id])
        stretches = cursor.fetchall()
    made = Recheck.objects.bulk_create(
        Recheck(fit=fit, first=first, last=last, sent_at=now) for first, last in stretches
    )
    for each in made:
        jobs.send(jobs.recheck, each.pk)


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the oldest stretches again whose message seems lost."""
    lost = Recheck.objects.filter(sent_at__lt=now - LOST_AFTER).order_by("sent_at", "pk")
    found = list(lost.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)[:LOST_BATCH])
    Recheck.objects.filter(pk__in=found).update(sent_at=now)
    for pk in found:
        jobs.send(jobs.recheck, pk)


def recheck(*, recheck_id: int, now: datetime) -> None:
    """Look again at those tasks of a stretch whose outcome the new models change; running it twice changes nothing.

    The outcomes are computed without any lock; the few tasks that change are then decided one by one under their own.
    """
    stretch = Recheck.objects.select_related("fit__project").filter(pk=recheck_id).first()
    if stretch is None:
        return
    newest = Fit.objects.filter(project=stretch.fit.project_id).aggregate(newest=Max("pk"))["newest"]
    if newest == stretch.fit_id:
        for task_id in _changed(stretch):
            resolving.look_again(task_id=task_id, now=now)
    Recheck.objects.filter(pk=recheck_id).delete()


def _changed(stretch: Recheck) -> list[int]:
    """Return the tasks whose outcome under the stretch's fit is another than the one in force."""
    fit = stretch.fit
    tasks = Task.objects.ordinary().filter(
        project=fit.project_id, pk__range=(stretch.first, stretch.last), labels__gt=0, consensus__by__isnull=True
    )
    rows = list(tasks.exclude(state=Task.State.EXCLUDED).select_related("project", "image", "consensus"))
    return [task.pk for task, reading in readings.under_all(rows, fit.guideline) if _changes(task, reading, fit)]


def _changes(task: Task, reading: Reading, fit: Fit) -> bool:
    """Return whether the task would now be settled, be settled otherwise or be taken back, or a reviewer see another.

    Below the confidence that counts nothing is written down anew: each fit moves every confidence a little.
    """
    settled = task.state == Task.State.RESOLVED
    if not reading.answers or (not settled and len(reading.answers) < task.base_overlap):
        return False
    fresh = readings.resolve(reading, fit=fit.pk, method=fit.method, iou_threshold=task.project.iou_threshold)
    target = task.project.confidence_target
    if settled and sampling.in_doubt(fresh.confidence, target=target):
        return True
    if not settled and fresh.confidence >= target:
        return True
    return task.consensus is not None and annotation_to_json(fresh.annotation) != task.consensus.annotation
