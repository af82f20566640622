"""The contact sheet: conflicts whose consensus is sure enough to be accepted at a glance, the surest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from crowd.models import Conflict, Project

Kind = Conflict.Kind
# a sample is looked at before its label is seen; a second ruling, and a dispute about gold, are not the consensus's
APART = (Kind.SAMPLE, Kind.SECOND_REVIEW, Kind.DISPUTED_GOLD, Kind.ESCALATED)
KINDS = tuple(kind for kind in Kind if kind not in APART)
SIZE = 48


@dataclass(frozen=True)
class Sheet:
    """Some conflicts, how many there are in all, and behind which the next ones are; empty at the end."""

    rows: Sequence[Conflict]
    total: int
    cursor: str


def sheet(*, project: Project, kind: str, bar: float, cursor: str = "") -> Sheet:
    """Return the open conflicts of a kind, or of all, whose consensus is at least as sure as the bar."""
    rows = Conflict.objects.filter(project=project, closed_at=None, consensus__isnull=False, confidence__gte=bar)
    rows = rows.exclude(cause__in=APART).exclude(kind__in=APART)
    if kind:
        rows = rows.filter(kind=kind)
    total = rows.count()
    sure, _, key = cursor.partition("_")
    if key.isdecimal() and len(key) < 19:
        try:
            behind = float(sure)
        except ValueError:
            behind = 1.0
        rows = rows.filter(Q(confidence__lt=behind) | Q(confidence=behind, pk__gt=int(key)))
    found = list(rows.select_related("task__image", "consensus").order_by("-confidence", "pk")[: SIZE + 1])
    shown = found[:SIZE]
    more = f"{shown[-1].confidence!r}_{shown[-1].pk}" if len(found) > SIZE else ""
    return Sheet(shown, total, more)
