"""What lost messages left behind is found and done: a message costs time, never data."""

from datetime import datetime, timedelta

from crowd import jobs
from crowd.models import IdempotencyKey, Release, Task

GRACE = timedelta(seconds=10)
STALE_BATCH = 1000
KEYS_LAST = timedelta(days=7)


def sweep(*, now: datetime) -> None:
    """Send again the jobs of tasks left stale and releases left unbuilt; forget old idempotency keys."""
    stale = Task.objects.filter(stale_at__lt=now - GRACE).order_by("stale_at")
    for pk in stale.values_list("pk", flat=True)[:STALE_BATCH]:
        jobs.send(jobs.resolve, pk)
    unbuilt = Release.objects.filter(state=Release.State.BUILDING, created_at__lt=now - GRACE)
    for pk in unbuilt.values_list("pk", flat=True):
        jobs.send(jobs.build_release, pk)
    IdempotencyKey.objects.filter(created_at__lt=now - KEYS_LAST).delete()
