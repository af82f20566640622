"""What is kept for a while goes when its time is over, some thousand rows at a time; the operator says how long."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet

from crowd.models import Assignment, Attempt, Delivery, IdempotencyKey
from crowd.workflow.upkeep import resealing

BATCH: Final = 5000


def forget(*, now: datetime) -> None:
    """Remove ended sessions and counts, old keys and settled deliveries, drafts left lying, and secrets in clear."""
    for rows in _overdue(now):
        rows.model._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True)[:BATCH])).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crowd_cache WHERE expires < %s", [now])
    if (left := _before(settings.CROWD_KEEP_DRAFTS_DAYS, now)) is not None:
        drafts = Assignment.objects.filter(state="expired", leased_at__lt=left, draft__isnull=False)
        Assignment.objects.filter(pk__in=list(drafts.values_list("pk", flat=True)[:BATCH])).update(draft=None)
    resealing.go_on(now=now)


def _overdue(now: datetime) -> Iterator[QuerySet[Any]]:
    yield Session.objects.filter(expire_date__lt=now)
    yield Attempt.objects.filter(at__lt=now - timedelta(days=30))  # of what was cancelled or deleted meanwhile
    if (before := _before(settings.CROWD_KEEP_KEYS_DAYS, now)) is not None:
        yield IdempotencyKey.objects.filter(created_at__lt=before).order_by("created_at")
    if (before := _before(settings.CROWD_KEEP_DELIVERIES_DAYS, now)) is not None:
        settled = Delivery.objects.exclude(state=Delivery.State.PENDING)
        yield settled.filter(created_at__lt=before).order_by("created_at")


def _before(days: int, now: datetime) -> datetime | None:
    """Return the moment before which things go; None where they stay for ever."""
    return now - timedelta(days=days) if days else None
