"""Saying what happened, in the transaction that made it happen."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from crowd.models import Event, Project, User


def record(
    *,
    project: Project,
    kind: str,
    now: datetime,
    by: User | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one event; `by` is None for what the system did."""
    record_all(project=project, kind=kind, now=now, by=by, rows=[data or {}])


def record_all(
    *,
    project: Project,
    kind: str,
    now: datetime,
    by: User | None,
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """Write one event a row, in one statement."""
    Event.objects.bulk_create([Event(project=project, type=kind, at=now, actor=by, data=dict(data)) for data in rows])
