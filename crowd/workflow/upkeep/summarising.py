"""Figures for dashboards, brought up to date behind the events: each once, in their order, whoever is interrupted.

An event that speaks of a task has what the task contributes told anew, and the figures change by the difference: to
count twice changes nothing. A project that is new to this, or is rebuilt, is counted task by task from its first one,
while the events since are counted too.
"""

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from crowd.models import Digest, Event, Figure, Mistake, Project, Summary, Task
from crowd.queries import feeds
from crowd.queries.quality import contributions
from crowd.queries.quality.cells import Cell, Cells

EVENTS = 1000
TASKS = 500  # counted in one transaction
TURN = 20.0  # seconds after which others have theirs
LAST = 2**63 - 1
TELLING = ("task.", "gold.", "image.imported", "assignment.submitted", "assignment.voided", "prelabels.loaded")
_NEWS = """
    SELECT p.id FROM crowd_project p LEFT JOIN crowd_summary s ON s.project_id = p.id
    WHERE p.deleted_at IS NULL AND (
        s.project_id IS NULL OR s.through IS NOT NULL
        OR EXISTS (SELECT FROM crowd_event e WHERE e.project_id = p.id
                   AND (e.transaction, e.id) > (s.transaction, s.event)))
    ORDER BY p.id
"""
_NAMES = ("measure", "at", "guideline", "question", "key", "other")
_KNOWN = """
    INSERT INTO crowd_figure (project_id, measure, at, guideline, question, key, other, n, total)
    SELECT %(project)s, c.*, 0, 0
    FROM unnest(%(measure)s::text[], %(at)s::bigint[], %(guideline)s::int[], %(question)s::text[], %(key)s::text[],
                %(other)s::text[]) c
    ON CONFLICT DO NOTHING
"""
_IDS = """
    SELECT f.id, f.measure, f.at, f.guideline, f.question, f.key, f.other
    FROM unnest(%(measure)s::text[], %(at)s::bigint[], %(guideline)s::int[], %(question)s::text[], %(key)s::text[],
                %(other)s::text[]) c(measure, at, guideline, question, key, other)
    JOIN crowd_figure f ON f.project_id = %(project)s AND (f.measure, f.at, f.guideline, f.question, f.key, f.other)
        = (c.measure, c.at, c.guideline, c.question, c.key, c.other)
"""
_CHANGE = """
    UPDATE crowd_figure f SET n = f.n + c.n, total = f.total + c.total
    FROM unnest(%(ids)s::bigint[], %(ns)s::bigint[], %(totals)s::bigint[]) c(id, n, total) WHERE f.id = c.id
"""
logger = logging.getLogger(__name__)


def summarise_all(*, now: datetime) -> None:
    """Bring every project's figures up to date; one that it fails on keeps no other from it."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS)
        found = [row[0] for row in cursor.fetchall()]
    for pk in found:
        try:
            summarise(project_id=pk, now=now)
        except Exception:
            logger.exception("The figures of project %d could not be brought up to date", pk)


def summarise(*, project_id: int, now: datetime, turn: float | None = TURN) -> bool:
    """Bring a project's figures up to date; return whether they are, or there was no time left in this turn."""
    ends = time.monotonic() + turn if turn is not None else float("inf")
    while time.monotonic() < ends:
        if not _step(project_id, now):
            return True
    return False


@transaction.atomic
def rebuild(*, project: Project, now: datetime) -> None:
    """Forget a project's figures, and have all its tasks counted anew by the next turns."""
    summary = _locked(project.pk, now, wait=True)
    assert summary is not None
    Digest.objects.filter(task__project=project)._raw_delete("default")
    Figure.objects.filter(project=project)._raw_delete("default")
    Mistake.objects.filter(task__project=project)._raw_delete("default")
    cursor = _until_now()
    summary.transaction, summary.event, summary.through = cursor.transaction, cursor.pk, 0
    summary.save(update_fields=["transaction", "event", "through"])


@transaction.atomic
def _step(project_id: int, now: datetime) -> bool:
    """Count some events, or some tasks that were there before; return whether there may be more."""
    summary = _locked(project_id, now, wait=False)
    if summary is None:  # somebody else is at it
        return False
    since = feeds.Cursor(summary.transaction, summary.event)
    rows = feeds.after(
        Event.objects.filter(project=project_id).only("type", "data", "transaction"), since=since, limit=EVENTS
    )
    told, tasks = _tasks_of(rows)
    if told is None and summary.through is None:
        return False
    if told is not None:
        summary.transaction, summary.event = told.transaction, told.pk
    if summary.through is not None:
        older = Task.objects.filter(project=project_id, pk__gt=summary.through).order_by("pk")
        found = list(older.values_list("pk", flat=True)[:TASKS])
        summary.through = found[-1] if found else None
        tasks.update(found)
    summary.began_at = _count(project_id, tasks, summary.began_at)
    summary.at = now
    summary.save(update_fields=["transaction", "event", "through", "began_at", "at"])
    return True


def _locked(project_id: int, now: datetime, *, wait: bool) -> Summary | None:
    """Return the project's summary, locked; None where another holds it. A new one begins with the tasks there are."""
    if not Summary.objects.filter(project=project_id).exists():
        cursor = _until_now()
        fresh = Summary(project_id=project_id, transaction=cursor.transaction, event=cursor.pk, through=0, at=now)
        Summary.objects.bulk_create([fresh], ignore_conflicts=True)
    rows = Summary.objects.select_for_update(no_key=True, skip_locked=not wait)
    return rows.filter(project=project_id).first()


def _until_now() -> feeds.Cursor:
    """Return the place behind every event whose transaction has certainly ended: what it did can be read."""
    with connection.cursor() as cursor:
        cursor.execute(feeds.HORIZON)
        return feeds.Cursor(cursor.fetchone()[0] - 1, LAST)


def _tasks_of(rows: Iterable[Event]) -> tuple[feeds.Cursor | None, set[int]]:
    """Return the tasks that events speak of, as many as are counted at once, and the place behind the last such event.

    A great import names its images in one event: they are counted together.
    """
    place, tasks = None, set()
    for event in rows:
        if event.type.startswith(TELLING):
            tasks |= _named(event.data)
        place = feeds.place_of(event)
        if len(tasks) >= TASKS:
            break
    return place, tasks


def _named(data: Mapping[str, object]) -> set[int]:
    found = data.get("task")
    if isinstance(found, int):
        return {found}
    images = data.get("images")
    if isinstance(images, list):
        return set(Task.objects.filter(image__in=images).values_list("pk", flat=True))
    return set()


def _count(project_id: int, tasks: Collection[int], began: datetime | None) -> datetime | None:
    """Have these tasks contribute what they do now; return when the project's first answer was."""
    if not tasks:
        return began
    project = Project.objects.get(pk=project_id)
    told = contributions.of_tasks(project, tasks, began)
    found = told.cells
    before = {one.pk: one for one in Digest.objects.filter(task__in=list(found))}
    ids = _ids_of(project_id, {cell for cells in found.values() for cell in cells})
    change: dict[int, list[int]] = {}
    fresh = []
    for task, cells in sorted(found.items()):
        digest = _digest(task, cells, ids)
        old = before.get(task)
        if old is not None and (old.figures, old.counts, old.totals) == (digest.figures, digest.counts, digest.totals):
            continue
        fresh.append(digest)
        _differ(change, digest, 1)
        if old is not None:
            _differ(change, old, -1)
    _change(change)
    _note(tasks, told.mistakes)
    Digest.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["task"], update_fields=["figures", "counts", "totals"]
    )
    return told.began


def _note(tasks: Collection[int], mistakes: Sequence[Mistake]) -> None:
    """Note where models were wrong in these tasks, instead of what was noted before."""
    Mistake.objects.filter(task__in=list(tasks))._raw_delete("default")
    Mistake.objects.bulk_create(mistakes)


def _ids_of(project_id: int, cells: Collection[Cell]) -> dict[Cell, int]:
    """Return the figures that count these, made where there were none."""
    ordered = sorted(cells)
    values = {name: [getattr(cell, name) for cell in ordered] for name in _NAMES} | {"project": project_id}
    with connection.cursor() as cursor:
        cursor.execute(_IDS, values)
        rows = cursor.fetchall()
        if len(rows) < len(ordered):
            cursor.execute(_KNOWN, values)
            cursor.execute(_IDS, values)
            rows = cursor.fetchall()
    return {Cell(*row[1:]): row[0] for row in rows}


def _digest(task: int, cells: Cells, ids: Mapping[Cell, int]) -> Digest:
    ordered = sorted((ids[cell], n, total) for cell, (n, total) in cells.items())
    figures, counts, totals = ([row[place] for row in ordered] for place in range(3))
    return Digest(task_id=task, figures=figures, counts=counts, totals=totals)


def _differ(change: dict[int, list[int]], digest: Digest, sign: int) -> None:
    for figure, n, total in zip(digest.figures, digest.counts, digest.totals, strict=True):
        found = change.setdefault(figure, [0, 0])
        found[0] += sign * n
        found[1] += sign * total


def _change(change: Mapping[int, list[int]]) -> None:
    wanted = [(pk, n, total) for pk, (n, total) in sorted(change.items()) if n or total]
    if wanted:
        ids, ns, totals = ([row[place] for row in wanted] for place in range(3))
        with connection.cursor() as cursor:
            cursor.execute(_CHANGE, {"ids": ids, "ns": ns, "totals": totals})
