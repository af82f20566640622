"""What each member needs to know of their projects at a glance, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from crowd.models import Assignment, Conflict, Guideline, Membership, Project, Standing, Task, User


@dataclass(frozen=True)
class Card:
    """One project as one of its members sees it from outside."""

    project: Project
    role: str
    states: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    held: int = 0
    published: bool = False
    standing: Standing | None = None


def cards(*, user: User) -> Sequence[Card]:
    """Return the caller's projects, newest first."""
    seats = list(
        Membership.objects.select_related("project")
        .filter(user=user, project__deleted_at__isnull=True)
        .order_by("-project__created_at")
    )
    ids = [seat.project_id for seat in seats]
    states: dict[int, dict[str, int]] = defaultdict(dict)
    counted = Task.objects.filter(project__in=ids).order_by().values_list("project", "state").annotate(Count("pk"))
    for project, state, count in counted:
        states[project][state] = count
    open_ = Conflict.objects.filter(task__project__in=ids, closed_at__isnull=True).order_by()
    conflicts = dict(open_.values_list("task__project").annotate(Count("pk")))
    leases = Assignment.objects.filter(worker=user, state=Assignment.State.LEASED, task__project__in=ids).order_by()
    held = dict(leases.values_list("task__project").annotate(Count("pk")))
    published = set(
        Guideline.objects.filter(project__in=ids, state=Guideline.State.PUBLISHED).values_list("project", flat=True)
    )
    standings = {row.project_id: row for row in Standing.objects.filter(worker=user, project__in=ids)}
    return [
        Card(
            project=seat.project,
            role=seat.role,
            states=states[seat.project_id],
            conflicts=conflicts.get(seat.project_id, 0),
            held=held.get(seat.project_id, 0),
            published=seat.project_id in published,
            standing=standings.get(seat.project_id),
        )
        for seat in seats
    ]
