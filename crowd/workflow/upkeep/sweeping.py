"""What lost messages left behind is found and done: a message costs time, never data."""

from datetime import datetime, timedelta

from django.db import transaction

from crowd import jobs
from crowd.models import Release, Task
from crowd.workflow import erasing
from crowd.workflow.conflicts import reviewing, samples
from crowd.workflow.guidelines import piloting
from crowd.workflow.importing import direct, measuring, runs
from crowd.workflow.predictions import model_runs
from crowd.workflow.projects import deriving
from crowd.workflow.tasks import bulk

GRACE = timedelta(seconds=60)  # older, a message counts as lost; sent again sooner, it only lengthens the queue
STALE_BATCH = 1000


def sweep(*, now: datetime) -> None:
    """Send again the jobs of stale tasks, unbuilt releases, imports and images left lying."""
    _send_stale(now)
    unbuilt = Release.objects.filter(state=Release.State.BUILDING, created_at__lt=now - GRACE)
    for pk in unbuilt.values_list("pk", flat=True):
        jobs.send(jobs.build_release, pk)
    runs.send_lost(now=now)
    bulk.send_lost(now=now)
    model_runs.send_lost(now=now)
    deriving.send_lost(now=now)
    measuring.send_lost(now=now)
    piloting.notice_all(now=now)
    reviewing.expire(now=now)
    samples.begin_all()
    direct.forget(now=now)
    erasing.sweep(now=now)


@transaction.atomic
def _send_stale(now: datetime) -> None:
    """Send the oldest again, and count them as sent now."""
    stale = (
        Task.objects.filter(stale_at__lt=now - GRACE)
        .order_by("stale_at")
        .select_for_update(no_key=True, skip_locked=True)
    )
    found = list(stale.values_list("pk", flat=True)[:STALE_BATCH])
    Task.objects.filter(pk__in=found).update(stale_at=now)
    for pk in found:
        jobs.send(jobs.resolve, pk)
