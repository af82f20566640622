"""Conflicts page by page, by key and not by offset: the last page costs what the first does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from crowd.models import Conflict, Project

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the key behind which the next ones are; None at the end."""

    rows: Sequence[Row]
    after: int | None


def page(rows: QuerySet[Row], *, after: int | None, size: int, newest_first: bool = False) -> Page[Row]:
    """Return the rows behind a key."""
    if after is not None:
        rows = rows.filter(**{"pk__lt" if newest_first else "pk__gt": after})
    found = list(rows.order_by("-pk" if newest_first else "pk")[: size + 1])
    shown = found[:size]
    return Page(shown, shown[-1].pk if len(found) > size else None)


def conflicts(*, project: Project) -> QuerySet[Conflict]:
    """Return a project's open conflicts."""
    rows = Conflict.objects.filter(task__project=project, closed_at__isnull=True)
    return rows.select_related("task__image", "task__project")


def next_conflict(*, project: Project, after: Conflict | None) -> Conflict | None:
    """Return the oldest open conflict behind another, else the oldest of all but it."""
    rows = conflicts(project=project)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
        behind = rows.filter(pk__gt=after.pk).order_by("pk").first()
        if behind is not None:
            return behind
    return rows.order_by("pk").first()
