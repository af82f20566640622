"""All that happened to one image: answers, checks, labels, conflicts, reports, events, releases."""

import json
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import Prefetch, QuerySet

from crowd import storage
from crowd.models import (
    Assignment,
    Conflict,
    Consensus,
    Event,
    Gold,
    GoldCheck,
    Release,
    ReleaseFile,
    Report,
    Task,
    User,
)
from crowd.models import Standing as StandingRow
from crowd.queries import blind

MOST_EVENTS, MOST_RELEASES = 200, 50


@dataclass(frozen=True)
class Turn:
    """One worker's turn at the image; `name` is what the reader may know of them."""

    assignment: Assignment
    name: str
    username: str
    weight: float | None
    check: GoldCheck | None
    reports: Sequence[Report]


@dataclass(frozen=True)
class Moment:
    """One thing that happened; `who` is what the reader may know of whoever did it."""

    at: datetime
    text: str
    who: str


@dataclass(frozen=True)
class Story:
    """What is told."""

    task: Task
    gold: Gold | None
    turns: Sequence[Turn]
    labels: Sequence[Consensus]
    conflicts: Sequence[Conflict]
    moments: Sequence[Moment]
    releases: Sequence[Release]


def tell(task: Task, *, by_name: bool, reader: User) -> Story:
    """Return a task's story; workers by their user names, or by their pseudonyms only.

    Whoever may yet give a second ruling is told nothing of the first, nor of what came after it.
    """
    kept = Consensus.objects.filter(pk__in=blind.waiting(reader).filter(task=task).values("consensus")).first()
    if kept is not None:
        task = copy(task)
        task.consensus = None
    labels = Consensus.objects.filter(task=task).select_related("guideline", "by").order_by("-pk")
    conflicts = Conflict.objects.filter(task=task).select_related("closed_by", "assignee").order_by("-opened_at")
    if kept is not None:
        labels, conflicts = labels.exclude(pk=kept.pk), conflicts.exclude(ruling=kept)
    return Story(
        task=task,
        gold=Gold.objects.filter(task=task, withdrawn_at__isnull=True).select_related("guideline").first(),
        turns=_turns(task, by_name),
        labels=list(labels[:MOST_EVENTS]),
        conflicts=list(conflicts),
        moments=moments(task, by_name=by_name, until=kept.created_at if kept is not None else None),
        releases=_releases(task),
    )


def events_of(task: Task) -> QuerySet[Event]:
    """Return what is recorded of a task, newest first."""
    rows = Event.objects.filter(project=task.project_id, data__task=task.pk)
    return rows.select_related("actor").order_by("-transaction", "-pk")


def moments(task: Task, *, by_name: bool, without: Collection[str] = (), until: datetime | None = None) -> list[Moment]:
    """Return what happened to a task, newest first; workers by their user names, or by their pseudonyms only.

    What became of its label is told `until` a moment, where one is given.
    """
    rows = events_of(task).exclude(type__in=without)
    if until is not None:
        rows = rows.exclude(type__startswith="task.", at__gte=until)
    found = list(rows[:MOST_EVENTS])
    actors = {event.actor_id for event in found if event.actor_id}
    workers = StandingRow.objects.filter(project=task.project_id, worker__in=actors)
    hidden = {} if by_name else dict(workers.values_list("worker", "pseudonym"))

    def who(event: Event) -> str:
        return hidden.get(event.actor_id, event.actor.username) if event.actor_id and event.actor else ""

    return [Moment(event.at, words_of(event), who(event)) for event in found]


def _turns(task: Task, by_name: bool) -> list[Turn]:
    told = Prefetch("reports", queryset=Report.objects.select_related("answered_by").order_by("pk"))
    rows = task.assignments.select_related("worker", "guideline", "gold_check").prefetch_related(told)
    ordered = list(rows.order_by("leased_at", "pk"))
    standings = StandingRow.objects.filter(project=task.project_id, worker__in=[one.worker_id for one in ordered])
    known = {row.worker_id: row.pseudonym for row in standings}
    weights: dict[Any, float] = {}
    if task.consensus is not None:
        weights = dict(task.consensus.lineage.values_list("assignment_id", "weight"))
    return [
        Turn(
            assignment=one,
            name=one.worker.username if by_name else known.get(one.worker_id, ""),
            username=one.worker.username if by_name else "",
            weight=weights.get(one.pk),
            check=getattr(one, "gold_check", None),
            reports=list(one.reports.all()),
        )
        for one in ordered
    ]


def _releases(task: Task) -> list[Release]:
    """Return the ready releases that contain the task, newest first; of very many the newest are looked into."""
    ready = Release.objects.filter(project=task.project_id, state=Release.State.READY, created_at__gte=task.created_at)
    files = ReleaseFile.objects.filter(release__in=ready.order_by("-number")[:MOST_RELEASES], format="jsonl")
    found = []
    for file in sorted(files.select_related("release"), key=lambda one: -one.release.number):
        try:
            with storage.store().open(file.key) as lines:
                if holds(lines, size=file.bytes, task=task.pk):
                    found.append(file.release)
        except OSError:  # the store does not answer: the rest of the page does
            break
    return found


def holds(lines: BinaryIO, *, size: int, task: int) -> bool:
    """Return whether a file of a release's labels, a line each in the order of their tasks, has one of this task.

    The line is sought by halving, so a file of a million labels costs some twenty reads.
    """
    low, high = 0, size  # the line, if there is one, begins at `low` or behind it, and before `high`
    while low < high:
        middle = (low + high) // 2
        lines.seek(middle)
        if middle > low:
            lines.readline()  # the rest of the line in which we landed
        begun = lines.tell()
        if begun >= high:
            high = middle
            if middle == low:
                return False
            continue
        line = lines.readline()
        found = json.loads(line)["task"]
        if found == task:
            return True
        if found < task:
            low = begun + len(line)
        else:
            high = middle if middle > low else low
    return False


_SAID = {
    "image.imported": "Imported",
    "task.resolved": "Settled",
    "task.conflict": "Sent to review",
    "task.reopened": "Reopened",
    "task.excluded": "Excluded",
    "task.included": "Brought back",
    "task.changed": "Changed",
    "gold.planted": "Made gold",
    "gold.corrected": "Gold corrected",
    "gold.withdrawn": "Gold withdrawn",
}


def words_of(event: Event) -> str:
    """Return an event in words."""
    data, said = event.data, _SAID.get(event.type, event.type.replace(".", " ").replace("_", " ").capitalize())
    if event.type == "task.resolved" and data.get("method"):
        said += f" by {str(data['method']).replace('_', ' ')}"
    if event.type == "task.changed":
        told = (f"{name} from {before} to {after}" for name, (before, after) in data.get("changed", {}).items())
        said = f"{', '.join(told).capitalize()}" or said
    more = data.get("reason") or data.get("comment")
    return f"{said}: {more}" if more else said
