"""Reports as their worker and as the project's owner and reviewers see them."""

from typing import Any

from django.db.models import QuerySet

from crowd.errors import Missing
from crowd.models import Membership, Project, Report, User
from crowd.queries.scope import MISSING

OVERSEERS = (Membership.Role.OWNER, Membership.Role.REVIEWER)
SHOWN = 20


def of_project(project: Project) -> QuerySet[Report]:
    """Return a project's reports with what is told of each."""
    rows = Report.objects.filter(project=project)
    return rows.select_related("assignment__worker", "assignment__task__image", "answered_by")


def waiting(project: Project) -> QuerySet[Report]:
    """Return those that nobody has answered or put away."""
    return of_project(project).filter(closed=False)


def own(*, project: Project, worker: User) -> QuerySet[Report]:
    """Return a worker's own."""
    return Report.objects.filter(project=project, assignment__worker=worker)


def one(*, user: User, pk: Any, slug: str | None = None) -> Report:
    """Return a report of a project that the caller owns or reviews; with a slug, of that project only."""
    digits = str(pk)
    rows = Report.objects.filter(
        pk=int(digits) if digits.isdecimal() and len(digits) < 19 else -1,
        project__deleted_at__isnull=True,
        project__memberships__user=user,
        project__memberships__role__in=OVERSEERS,
    ).select_related("project", "assignment__worker", "assignment__task__image", "answered_by")
    found = (rows if slug is None else rows.filter(project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found


def for_workbench(*, project: Project, worker: User) -> dict[str, Any]:
    """Return how many of a worker's reports wait, and the last answers that came."""
    rows = own(project=project, worker=worker)
    answered = rows.exclude(answer="").order_by("-answered_at", "-pk")[:SHOWN]
    return {
        "waiting": rows.filter(closed=False).count(),
        "answered": [
            {"id": row.pk, "kind": row.kind, "comment": row.comment, "answer": row.answer} for row in answered
        ],
    }
