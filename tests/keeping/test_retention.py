"""What is kept for a while goes when its time is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from crowd.models import Assignment, Delivery, IdempotencyKey, Project, User
from crowd.workflow import webhooks
from crowd.workflow.assignments import leasing
from crowd.workflow.upkeep import retention
from tests.factories import make

NOW = timezone.now()


def left(project: Project, owner: User) -> tuple[int, int, int, int]:
    """How many there are of what is kept for a while."""
    drafts = Assignment.objects.filter(task__project=project, draft__isnull=False)
    return Session.objects.count(), IdempotencyKey.objects.count(), Delivery.objects.count(), drafts.count()


@pytest.fixture
def lying(project: Project, owner: User) -> None:
    """One of each, new."""
    Session.objects.create(session_key="k", session_data="", expire_date=NOW)
    IdempotencyKey.objects.create(user=owner, key="k", request="r", created_at=NOW)
    hook = webhooks.create(project=project, by=owner, url="https://8.8.8.8/", types=[], now=NOW)
    hook.deliveries.create(event=project.events.order_by("pk")[0], created_at=NOW, state="delivered")
    make.task(project)
    [leased] = make.claim(project, make.member(project))
    leasing.autosave(assignment=leased, draft=make.CAT, now=NOW)
    leasing.expire(now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("days", "found"), [(0, (1, 1, 1, 1)), (6, (0, 1, 1, 1)), (8, (0, 0, 1, 1)), (31, (0, 0, 0, 1)), (92, (0, 0, 0, 0))]
)
@pytest.mark.usefixtures("lying")
def test_each_goes_after_its_days(project: Project, owner: User, days: int, found: tuple[int, ...]) -> None:
    retention.forget(now=NOW + timedelta(days=days))
    assert left(project, owner) == found


@pytest.mark.usefixtures("lying")
def test_nought_is_for_ever(project: Project, owner: User, settings: Any) -> None:
    settings.CROWD_KEEP_KEYS_DAYS = settings.CROWD_KEEP_DELIVERIES_DAYS = settings.CROWD_KEEP_DRAFTS_DAYS = 0
    retention.forget(now=NOW + timedelta(days=4000))
    assert left(project, owner) == (0, 1, 1, 1)


@pytest.mark.django_db
def test_counts_that_ended_go_and_running_ones_stay() -> None:
    for number in range(400):
        cache.set(f"running-{number}", 1, timeout=7200)
    cache.set("ended", 1, timeout=60)
    retention.forget(now=timezone.now() + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE cache_key LIKE '%ended') FROM crowd_cache")
        assert cursor.fetchone() == (400, 0)
