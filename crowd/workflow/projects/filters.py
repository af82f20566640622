"""Filters that somebody keeps, under names of their own."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid
from crowd.models import Project, SavedFilter, User
from crowd.queries.browse_filter import Filter, to_query

MOST = 50


@transaction.atomic
def keep(*, project: Project, user: User, name: str, wanted: Filter, now: datetime) -> SavedFilter:
    """Keep a filter; one of the same name is replaced."""
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid("name: give it a name.", errors={"name": ["Give it a name."]})
    mine = SavedFilter.objects.filter(project=project, user=user)
    if mine.count() >= MOST and not mine.filter(name=name).exists():
        raise Contradiction(f"You keep {MOST} filters here; forget one first.", code="too_many")
    made, _ = SavedFilter.objects.update_or_create(
        project=project, user=user, name=name, defaults={"query": to_query(wanted), "created_at": now}
    )
    return made


@transaction.atomic
def forget(*, project: Project, user: User, pk: int) -> None:
    """Forget a kept filter."""
    SavedFilter.objects.filter(project=project, user=user, pk=pk).delete()
