"""Feeds: labels and events as they come, without gap or repeat.

A row is told only once every transaction that began before its own has ended: only then is it certain that nothing
will still appear before it.

Places are told with the epoch that they belong to. Restoring a backup begins another one, in which rows may have gone
and others come in their places: a place of an earlier epoch is refused, so that its holder starts over and misses
nothing. Restored rows keep their order under numbers below nought, so that all that comes is behind them.
"""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from crowd.errors import Gone, Invalid
from crowd.models import Consensus, Epoch, Event, Project

BEGINNING = -(2**62)  # less than the number of any transaction, restored ones included
_CURSOR = re.compile(r"(-?[0-9]{1,18})-([0-9]{1,18})")
Row = TypeVar("Row", bound=Model)

# The oldest transaction still under way, else the next one. Numbers are drawn for the whole server, so those of its
# other databases are left out as far as they can be told: what is written there appears in no feed of ours.
HORIZON = """
    WITH here AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
    elsewhere AS (
        SELECT backend_xid::text::bigint AS xid FROM pg_stat_activity
        WHERE backend_xid IS NOT NULL AND datname <> current_database()
    ),
    running AS (SELECT pg_snapshot_xip(snapshot)::text::bigint AS xid FROM here)
    SELECT LEAST(
        (SELECT min(xid) FROM running WHERE xid % 4294967296 NOT IN (SELECT xid FROM elsewhere)),
        pg_current_xact_id_if_assigned()::text::bigint,
        (SELECT pg_snapshot_xmax(snapshot)::text::bigint FROM here)
    )
"""


@dataclass(frozen=True)
class Cursor:
    """A place in a feed, just behind one row."""

    transaction: int = BEGINNING
    pk: int = 0

    def __str__(self) -> str:
        return f"{self.transaction}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Return the cursor that `text` stands for; empty is the beginning. Invalid for anything else."""
        if not text:
            return cls()
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise Invalid("since: use a cursor that this feed gave you.", errors={"since": ["Not a cursor."]})
        return cls(int(found[1]), int(found[2]))


def epoch() -> str:
    """Return the name of the present epoch; empty for the first."""
    return Epoch.objects.order_by("-pk").values_list("name", flat=True).first() or ""


def told(place: Cursor, *, epoch: str) -> str:
    """Return a place as clients keep it."""
    return f"{epoch}.{place}" if epoch else str(place)


def heard(text: str, *, epoch: str) -> Cursor:
    """Return the place that a client kept; Gone for one of another epoch, Invalid for what is none."""
    name, dot, place = text.rpartition(".")
    found = Cursor.parse(place if not dot or re.fullmatch("[0-9a-f]{12}", name) else text)
    if text and name != epoch:
        raise Gone(
            "This cursor is from before the data were restored from a backup. Start over without since.",
            code="feed_restarted",
        )
    return found


def after(rows: QuerySet[Row], *, since: Cursor, limit: int) -> list[Row]:
    """Return the rows behind the cursor, oldest first, and none that another could still come before."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        horizon: int = cursor.fetchone()[0]
    behind = Q(transaction__gt=since.transaction) | Q(transaction=since.transaction, pk__gt=since.pk)
    return list(rows.filter(behind, transaction__lt=horizon).order_by("transaction", "pk")[:limit])


def place_of(row: Any) -> Cursor:
    """Return the cursor just behind a row."""
    return Cursor(row.transaction, row.pk)


def labels(*, project: Project, since: Cursor, limit: int) -> list[Consensus]:
    """Return resolved labels, one each time a task was settled or its label changed."""
    rows = Consensus.objects.filter(task__project=project, resolves=True)
    related = rows.select_related("task__image", "guideline", "by").prefetch_related("lineage__assignment__guideline")
    return after(related, since=since, limit=limit)


def events(*, project: Project, since: Cursor, limit: int) -> list[Event]:
    """Return what happened in the project."""
    return after(Event.objects.filter(project=project).select_related("actor"), since=since, limit=limit)
