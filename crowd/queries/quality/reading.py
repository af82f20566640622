"""Reading figures: a project's whole history in a few hundred rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from crowd.models import Project
from crowd.queries.quality.cells import DAY, HOUR, QUARTER, QUARTER_MINUTE

POINTS = 300  # most stretches of time drawn
_SPAN = "SELECT min(at), max(at) FROM crowd_figure WHERE project_id = %s AND measure = %s AND at > 0 AND n > 0"
_OVER_TIME = """
    SELECT at / %(step)s * %(step)s, guideline, key, other, sum(n)::bigint, sum(total)::bigint FROM crowd_figure
    WHERE project_id = %(project)s AND measure = %(measure)s AND at > 0
    GROUP BY 1, 2, 3, 4 HAVING sum(n) > 0 ORDER BY 1, 2, 3, 4
"""
_SUMS = """
    SELECT guideline, question, key, other, sum(n)::bigint, sum(total)::bigint FROM crowd_figure
    WHERE project_id = %(project)s AND measure = %(measure)s
    GROUP BY 1, 2, 3, 4 HAVING sum(n) > 0 ORDER BY 1, 2, 3, 4
"""

Unit = Literal["text", "number", "mean", "percent", "money", "seconds", "moment"]


@dataclass(frozen=True)
class Column:
    """One column of a chart's table; `unit` says how its values are written."""

    name: str
    title: str
    unit: Unit = "number"


@dataclass(frozen=True)
class Chart:
    """A chart as its numbers: a table that is drawn, read out and downloaded alike.

    A row may have `images`: the query of the page of images that shows what it counts. `drawing` says how it is drawn,
    for the browser; without one the table is the chart.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    empty: str = "Nothing to show yet."
    drawing: Mapping[str, Any] = field(default_factory=dict)
    shape: Literal["drawing", "bars", "matrix", "map", "table"] = "drawing"


@dataclass(frozen=True)
class Sum:
    """One figure, over all time."""

    guideline: int
    question: str
    key: str
    other: str
    n: int
    total: int


@dataclass(frozen=True)
class Moment:
    """One figure in one stretch of time, which begins `at`, in seconds since 1970."""

    at: int
    guideline: int
    key: str
    other: str
    n: int
    total: int


def step_of(project: Project, measure: str) -> int:
    """Return how many seconds one point of a course covers: as few as leave no more than a few hundred points."""
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, [project.pk, measure])
        first, last = cursor.fetchone()
    span = (last or 0) - (first or 0)
    steps = (QUARTER_MINUTE, 60, QUARTER, HOUR, 6 * HOUR, DAY)
    return next((step for step in steps if span <= POINTS / 3 * step), 7 * DAY if span > POINTS * DAY else DAY)


def over_time(project: Project, measure: str, step: int) -> list[Moment]:
    """Return a measure's figures stretch by stretch, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OVER_TIME, {"project": project.pk, "measure": measure, "step": step})
        return [Moment(*row) for row in cursor.fetchall()]


def sums(project: Project, measure: str) -> list[Sum]:
    """Return a measure's figures over all time."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"project": project.pk, "measure": measure})
        return [Sum(*row) for row in cursor.fetchall()]


def moment(at: float, like: datetime) -> datetime:
    """Return a number of seconds since 1970 as a moment in the same zone as another."""
    return datetime.fromtimestamp(at, tz=like.tzinfo)


def marks(project: Project) -> list[dict[str, Any]]:
    """Return when each guideline version was put in force, to be marked on a course."""
    found = project.guidelines.order_by("published_at").values_list("number", "published_at")
    return [{"at": int(when.timestamp()), "text": f"v{number}"} for number, when in found if when is not None]
