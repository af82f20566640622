"""The report on how a project's images look: of few it is counted on the spot, of many as it was counted lately."""

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache

from crowd import jobs
from crowd.models import Project
from crowd.queries import image_quality
from crowd.queries.image_quality import Quality

SOON_COUNTED: Final = 50_000  # images
FRESH: Final = timedelta(minutes=5)  # then whoever looks has it counted anew
KEPT: Final = timedelta(days=7)
ASKED: Final = timedelta(minutes=1)


def report(*, project: Project, now: datetime) -> Quality:
    """Return how a project's images look; `counted_at` says as of when, where that is not now."""
    kept = cache.get(_key(project.pk))
    if kept is None:
        return count(project_id=project.pk, now=now)
    told = json.loads(kept)
    counted_at = datetime.fromisoformat(told["counted_at"])
    if now - counted_at >= FRESH:
        count_soon(project_id=project.pk)
    return Quality(**told | {"counted_at": counted_at})


def count(*, project_id: int, now: datetime) -> Quality:
    """Count, and keep what was counted where the images are many."""
    found = image_quality.report(Project.objects.get(pk=project_id))
    if found.images <= SOON_COUNTED:
        cache.delete(_key(project_id))
        return found
    found = replace(found, counted_at=now)
    cache.set(_key(project_id), json.dumps(asdict(found), default=str), timeout=KEPT.total_seconds())
    return found


def count_soon(*, project_id: int) -> None:
    """Have it counted in the background; asked for once, however many ask within a minute."""
    if cache.add(f"{_key(project_id)}:asked", value=True, timeout=ASKED.total_seconds()):
        jobs.send(jobs.count_looks, project_id)


def _key(project: int) -> str:
    return f"looks:2:{project}"  # the number is that of what a report tells
