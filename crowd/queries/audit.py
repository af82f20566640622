"""What happened in a project, searched: newest first, page by page, however many events there are.

A type has an index of its own. Who did it, when, and words are asked of the events met on the way, at most `LOOKED_AT`
a page; the cursor says where the search goes on.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from crowd.models import Event, Project
from crowd.queries.feeds import Cursor

STEP, LOOKED_AT = 1_000, 20_000
SLACK = timedelta(hours=1)  # a long transaction's events are older than their place


@dataclass(frozen=True)
class Search:
    """What is looked for; what is empty or None asks for nothing."""

    type: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether everything matches."""
        return self == Search()


@dataclass(frozen=True)
class Found:
    """Some events, newest first; `cursor` is where the search goes on, None at its end."""

    events: Sequence[Event]
    cursor: Cursor | None


def search(*, project: Project, wanted: Search, before: Cursor | None, size: int) -> Found:
    """Return the next events that match."""
    rows = Event.objects.filter(project=project)
    rows = rows.filter(type=wanted.type) if wanted.type else rows
    found: list[Event] = []
    looked_at = 0
    while looked_at < LOOKED_AT:
        seen = _next(rows, before, size + 1 if _leads(wanted) else STEP)
        for event in seen:
            if wanted.since is not None and event.at < wanted.since - SLACK:
                return Found(found, None)
            if _matches(event, wanted):
                if len(found) == size:
                    return Found(found, before)
                found.append(event)
            before = Cursor(event.transaction, event.pk)
        if len(seen) < (size + 1 if _leads(wanted) else STEP):
            return Found(found, None)
        looked_at += len(seen)
    return Found(found, before)


def all_of(*, project: Project, wanted: Search, most: int) -> Iterator[Event]:
    """Yield the events that match, newest first, at most so many."""
    before, given = None, 0
    while given < most:
        found = search(project=project, wanted=wanted, before=before, size=STEP)
        yield from found.events[: most - given]
        given += len(found.events)
        before = found.cursor
        if before is None:
            return


def types(project: Project) -> list[str]:
    """Return the types that there are, by a walk along their index from one to the next."""
    found: list[str] = []
    while True:
        rows = Event.objects.filter(project=project, type__gt=found[-1] if found else "").order_by("type")
        following = rows.values_list("type", flat=True).first()
        if following is None:
            return found
        found.append(following)


def _leads(wanted: Search) -> bool:
    return not (wanted.actor or wanted.text or wanted.since or wanted.until)


def _next(rows: QuerySet[Event], before: Cursor | None, count: int) -> list[Event]:
    if before is not None:
        behind = Q(transaction__lt=before.transaction) | Q(transaction=before.transaction, pk__lt=before.pk)
        rows = rows.filter(behind, transaction__lte=before.transaction)
    return list(rows.select_related("actor").order_by("-transaction", "-pk")[:count])


def _matches(event: Event, wanted: Search) -> bool:
    actor: Any = event.actor
    return (
        (not wanted.actor or (actor.username if actor else "system") == wanted.actor)
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
        and (not wanted.text or wanted.text.lower() in json.dumps(event.data, ensure_ascii=False).lower())
    )
