"""What a check is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from crowd.models import Project

Found = tuple[int, Iterable[str]]


@dataclass(frozen=True)
class Check:
    """One thing that must hold: the invariant's number, a sentence, and how to find who breaks it."""

    invariant: int
    holds: str
    find: Callable[[Project | None], Found]


@dataclass(frozen=True)
class Finding:
    """What a check found: how many things it looked at, and those that break it, each in a readable line."""

    check: Check
    checked: int
    offenders: tuple[str, ...]


def of(rows: QuerySet[Any], project: Project | None, path: str = "project") -> QuerySet[Any]:
    """Keep a project's rows."""
    return rows if project is None else rows.filter(**{path: project})


def sql(query: str, project: Project | None, line: str) -> Iterable[str]:
    """Return a readable line for each row of a query over `%(project)s`, which is null for all projects."""
    with connection.cursor() as cursor:
        cursor.execute(query, {"project": project.pk if project else None})
        names = [column.name for column in cursor.description or ()]
        return [line.format(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
