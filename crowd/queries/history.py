"""What a worker has done in a project: their own answers and nobody else's, newest first, page by page.

Nothing here is read from gold, and an answer is in the state its worker is told (`work.shown_state`): neither what is
shown, nor how many, nor in which order may tell which image had a known answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from crowd.errors import Missing
from crowd.models import Assignment, Project, User
from crowd.queries.scope import MISSING

LATELY = timedelta(days=1)  # not since midnight: the server does not know when that is where the worker lives


@dataclass(frozen=True)
class Effort:
    """How much somebody did: answers handed in, and the seconds they took."""

    answers: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Page:
    """Some answers, and the key behind which the older ones are; empty at the end."""

    rows: Sequence[Assignment]
    before: str


def own(*, project: Project, worker: User) -> QuerySet[Assignment]:
    """Return a worker's answers in a project, whatever became of them, with their images."""
    rows = Assignment.objects.filter(worker=worker, task__project=project, submitted_at__isnull=False)
    return rows.select_related("task__image", "guideline").order_by("-submitted_at", "-pk")


def page(*, project: Project, worker: User, before: str, size: int) -> Page:
    """Return the answers behind a key; from the newest where it is none."""
    rows = own(project=project, worker=worker)
    if key := _parsed(before):
        at, pk = key
        rows = rows.filter(Q(submitted_at__lt=at) | Q(submitted_at=at, pk__lt=pk), submitted_at__lte=at)
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page(shown, f"{shown[-1].submitted_at:%Y-%m-%dT%H:%M:%S.%f%z}~{shown[-1].pk}" if len(found) > size else "")


def one(*, project: Project, worker: User, pk: UUID) -> Assignment:
    """Return one of them; Missing where it is none of theirs, or no answer."""
    found = own(project=project, worker=worker).filter(pk=pk).first()
    if found is None:
        raise Missing(MISSING)
    return found


def lately(*, worker: User, projects: Iterable[int], now: datetime) -> dict[int, Effort]:
    """Return what a worker did in the last day, by project."""
    rows = Assignment.objects.filter(worker=worker, submitted_at__gt=now - LATELY, task__project__in=projects)
    counted = rows.order_by().values_list("task__project").annotate(Count("pk"), Sum("seconds"))
    return {project: Effort(answers, seconds or 0.0) for project, answers, seconds in counted}


def _parsed(key: str) -> tuple[datetime, UUID] | None:
    at, _, pk = key.partition("~")
    try:
        found = datetime.fromisoformat(at), UUID(pk)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None
