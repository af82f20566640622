"""Walking the images that match a filter, a page at a time, by key and never by offset.

One of the filter's conditions leads: it has an index that gives its tasks in an order, from any place on. The others
are asked of the tasks that it gives, at most `LOOKED_AT` of them a page; where that was not enough for a full page, the
page says so by its cursor, and the walk goes on from there. So a page costs the same whatever is asked, of however many
images: with one condition an index scan of one page, with several at most `LOOKED_AT` look-ups by key.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crowd.models import Assignment, Facet, FacetLabel, Gold, Guideline, Image, Project, Standing, Task
from crowd.queries.browse_filter import MEASURES, Filter

FIRST_LOOK, LOOK, LOOKED_AT = 400, 4_000, 20_000


class Way(Protocol):
    """What leads: tasks in an order, and which conditions they meet for certain."""

    @property
    def serves(self) -> frozenset[str]:
        """The conditions that they meet."""

    def look(self, cursor: str, count: int) -> list[tuple[Any, int]]:
        """Return the places and the keys of the next tasks behind a cursor; from the beginning where it is none."""


@dataclass(frozen=True)
class Rows:
    """Rows in the order of a column, `place`, and of the key of their task, `task`."""

    rows: QuerySet[Any]
    place: str
    task: str
    descending: bool
    serves: frozenset[str]

    def look(self, cursor: str, count: int) -> list[tuple[Any, int]]:
        """Return the next ones."""
        rows, place = self.rows, _read(cursor, _KINDS.get(self.place, int))
        if place is not None:
            value, key = place
            step, reach = ("lt", "lte") if self.descending else ("gt", "gte")
            behind = Q(**{f"{self.place}__{step}": value}) | Q(**{self.place: value, f"{self.task}__{step}": key})
            rows = rows.filter(behind, **{f"{self.place}__{reach}": value})  # the last is what an index can use
        sign = "-" if self.descending else ""
        order = [f"{sign}{name}" for name in dict.fromkeys((self.place, self.task))]
        return list(rows.order_by(*order).values_list(self.place, self.task)[:count])


@dataclass(frozen=True)
class States:
    """Tasks of some states in the order of their keys: the one index has them state by state, so each is read."""

    project: Project
    states: Sequence[str]
    descending: bool
    serves: frozenset[str] = frozenset({"state"})

    def look(self, cursor: str, count: int) -> list[tuple[Any, int]]:
        """Return the next ones."""
        rows, place = Task.objects.filter(project=self.project), _read(cursor, int)
        if place is not None:
            rows = rows.filter(**{"pk__lt" if self.descending else "pk__gt": place[1]})
        order = "-pk" if self.descending else "pk"
        each = [rows.filter(state=state).order_by("state", order)[:count] for state in self.states]
        keys = sorted((key for one in each for key in one.values_list("pk", flat=True)), reverse=self.descending)
        return [(key, key) for key in keys[:count]]


@dataclass(frozen=True)
class Found:
    """The keys of some tasks that match; `cursor` is where the walk goes on, empty at its end."""

    keys: Sequence[int]
    cursor: str
    looked_at: int


def walk(*, project: Project, wanted: Filter, cursor: str, size: int, upto: int | None = None) -> Found:
    """Return the next tasks that match, in the order of what leads; fewer than `size` where they are rare."""
    way = _way(project, wanted)
    rest = _rest(project, wanted, way.serves)
    if upto is not None:
        rest = (rest or Q()) & Q(pk__lte=upto)
    keys: list[int] = []
    looked_at, place, step = 0, cursor, FIRST_LOOK if rest is not None else size + 1
    while len(keys) < size and looked_at < LOOKED_AT:
        seen = way.look(place, step)
        looked_at += len(seen)
        matching = {key for _, key in seen} if rest is None else _matching([key for _, key in seen], rest)
        for value, key in seen:
            if key not in matching:
                continue
            if len(keys) == size:
                return Found(keys, place, looked_at)
            keys.append(key)
            place = _write(value, key)
        if len(seen) < step:
            return Found(keys, "", looked_at)
        if len(keys) < size:
            place = _write(*seen[-1])
        step = LOOK
    return Found(keys, place, looked_at)


def _matching(keys: Sequence[int], rest: Q) -> set[int]:
    return set(Task.objects.filter(pk__in=keys).filter(rest).values_list("pk", flat=True))


def confined(*, project: Project, wanted: Filter) -> Filter:
    """Return the filter as it may be asked by somebody who knows workers by their pseudonyms only."""
    known = not wanted.worker or Standing.objects.filter(project=project, pseudonym=wanted.worker).exists()
    return wanted if known else replace(wanted, worker="nobody?")


def _way(project: Project, wanted: Filter) -> Way:
    """Return what leads: the condition that is likely to leave the fewest, of those that are asked."""
    old = wanted.order == "oldest"
    if wanted.gold:
        rows = Gold.objects.filter(project=project, withdrawn_at__isnull=True)
        return Rows(rows, "task_id", "task_id", not old, frozenset({"gold"}))
    if wanted.q:
        named = Image.objects.filter(project=project).filter(_text(wanted, ""))
        return Rows(named, "pk", "task", not old, frozenset({"q"}))
    if wanted.worker:
        given = Assignment.objects.filter(worker=_worker(project, wanted.worker), submitted_at__isnull=False)
        everywhere: frozenset[str] = frozenset()  # in all their projects: the rest asks in which
        return Rows(given, "submitted_at", "task_id", not old, everywhere)
    if wanted.label:
        spoken = FacetLabel.objects.filter(project=project, label=wanted.label)
        return Rows(spoken, "task_id", "task_id", not old, frozenset({"label"}))
    for measure in MEASURES:
        above, below = wanted.bounds(measure)
        if above is not None or below is not None:
            measured = Facet.objects.filter(_between("", measure, above, below), project=project)
            return Rows(measured, measure, "task_id", below is None, frozenset({measure}))
    if wanted.guideline is not None:
        under = Facet.objects.filter(project=project, guideline=_guideline(project, wanted.guideline))
        return Rows(under, "task_id", "task_id", not old, frozenset({"guideline"}))
    return States(project, [wanted.state] if wanted.state else Task.State.values, not old)


def _rest(project: Project, wanted: Filter, served: frozenset[str]) -> Q | None:
    """Return the conditions that are left to ask of each task; None where there are none."""
    asked: list[Any] = []
    if wanted.state and "state" not in served:
        asked.append(Q(state=wanted.state))
    if wanted.label and "label" not in served:
        asked.append(Exists(FacetLabel.objects.filter(task=OuterRef("pk"), label=wanted.label)))
    if wanted.worker:
        asked.append(Q(project=project))
    if wanted.gold is False:
        asked.append(~Exists(Gold.objects.filter(task=OuterRef("pk"), withdrawn_at__isnull=True)))
    if wanted.q and "q" not in served:
        asked.append(_text(wanted, "image__"))
    if wanted.guideline is not None and "guideline" not in served:
        asked.append(Q(facet__guideline=_guideline(project, wanted.guideline)))
    for measure in MEASURES:
        above, below = wanted.bounds(measure)
        if measure not in served and (above is not None or below is not None):
            asked.append(_between("facet__", measure, above, below))
    if wanted.worker and wanted.gold:
        given = Assignment.objects.filter(worker=_worker(project, wanted.worker), submitted_at__isnull=False)
        asked.append(Exists(given.filter(task=OuterRef("pk"))))
    return Q(*asked) if asked else None


def _between(prefix: str, measure: str, above: float | None, below: float | None) -> Q:
    found = Q()
    if above is not None:
        found &= Q(**{f"{prefix}{measure}__gte": above})
    if below is not None:
        found &= Q(**{f"{prefix}{measure}__lt": below})
    return found


def _text(wanted: Filter, prefix: str) -> Q:
    """Return the condition that an image's name has this part, or that its metadata says so."""
    said = wanted.metadata
    if said is None:
        return Q(**{f"{prefix}name__icontains": wanted.q})
    name, value = said
    readings: list[Any] = [value]
    if value in {"true", "false"}:
        readings.append(value == "true")
    with suppress(ValueError):
        readings.append(float(value) if "." in value else int(value))
    found = Q()
    for reading in readings:
        found |= Q(**{f"{prefix}metadata__contains": {name: reading}})
    return found


def _guideline(project: Project, number: int) -> int:
    found = Guideline.objects.filter(project=project, number=number).values_list("pk", flat=True).first()
    return found or -1


def _worker(project: Project, name: str) -> int:
    """Return whose answers are meant, by user name or pseudonym; nobody's where there is no such worker here."""
    rows = Standing.objects.filter(project=project).filter(Q(pseudonym=name) | Q(worker__username=name))
    return rows.values_list("worker_id", flat=True).first() or -1


def _write(value: Any, key: int) -> str:
    return f"{value.isoformat() if isinstance(value, datetime) else repr(value)}~{key}"


def _moment(text: str) -> datetime:
    found = parse_datetime(text)
    if found is None or timezone.is_naive(found):
        raise ValueError(text)
    return found


_KINDS: dict[str, Callable[[str], Any]] = {"submitted_at": _moment, **dict.fromkeys(MEASURES, float)}


def _read(cursor: str, kind: Callable[[str], Any]) -> tuple[Any, int] | None:
    """Return the place and the key that a cursor names; None where it is empty or not one of this walk."""
    text, _, key = cursor.partition("~")
    if not (key.isascii() and key.isdigit() and max(len(key), len(text)) < 40):
        return None
    try:
        place = (kind(text), int(key))
    except ValueError:
        return None
    fits = all(not isinstance(one, int) or 0 <= one < 2**63 for one in place)
    return place if fits else None


def rows(keys: Sequence[int]) -> list[Task]:
    """Return the tasks of these keys, in their order, with what a tile shows."""
    found = Task.objects.select_related("image", "gold", "facet").defer("prelabel", "gold__annotation").in_bulk(keys)
    return [found[key] for key in keys if key in found]
