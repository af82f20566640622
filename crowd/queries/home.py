"""What each member needs to know of their projects at a glance, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from crowd.models import Appeal, Assignment, Conflict, Guideline, Membership, Project, Report, Standing, Task, User
from crowd.queries.history import Effort, lately
from crowd.queries.qualification import Progress, Stage, progress

RECENT = timedelta(days=14)


class Door(StrEnum):
    """Whether a worker may go in, and if not, why."""

    OPEN = "open"
    TRAINING = "training"
    EXAM = "exam"
    EMPTY = "empty"
    UNPUBLISHED = "unpublished"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    PAUSED = "paused"
    BANNED = "banned"


ENTERED = frozenset({Door.OPEN, Door.TRAINING, Door.EXAM})


@dataclass(frozen=True)
class Work:
    """What a worker needs to know of a project; `answered` counts the recent answers to what they asked."""

    standing: Standing
    door: Door
    way: Progress
    effort: Effort = field(default_factory=Effort)
    appeal: Appeal | None = None
    answered: int = 0
    last: datetime | None = None


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
    work: Work | None = None


def cards(*, user: User, now: datetime) -> Sequence[Card]:
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
    own = [seat.project for seat in seats if seat.role == Membership.Role.WORKER and seat.project_id in standings]
    work = _work(user, own, standings, published=published, held=set(held), now=now) if own else {}
    return [
        Card(
            project=seat.project,
            role=seat.role,
            states=states[seat.project_id],
            conflicts=conflicts.get(seat.project_id, 0),
            held=held.get(seat.project_id, 0),
            published=seat.project_id in published,
            standing=standings.get(seat.project_id),
            work=work.get(seat.project_id),
        )
        for seat in seats
    ]


def _work(
    user: User,
    projects: Sequence[Project],
    standings: dict[int, Standing],
    *,
    published: set[int],
    held: set[int],
    now: datetime,
) -> dict[int, Work]:
    ids = [project.pk for project in projects]
    efforts, left, last = lately(worker=user, projects=ids, now=now), _left(user, ids) | held, _last(user, ids)
    told = Report.objects.filter(project__in=ids, assignment__worker=user, answered_at__gt=now - RECENT).order_by()
    answered = dict(told.values_list("project").annotate(Count("pk")))
    mine = Appeal.objects.filter(standing__worker=user, standing__project__in=ids).order_by("pk")
    appeals = {row.standing_id: row for row in mine}
    found = {}
    for project in projects:
        standing = standings[project.pk]
        way = progress(standing=standing, project=project)
        found[project.pk] = Work(
            standing=standing,
            door=_door(project, standing, way, published=project.pk in published, left=project.pk in left),
            way=way,
            effort=efforts.get(project.pk, Effort()),
            appeal=appeals.get(standing.pk),
            answered=answered.get(project.pk, 0),
            last=last.get(project.pk),
        )
    return found


def _door(project: Project, standing: Standing, way: Progress, *, published: bool, left: bool) -> Door:
    if standing.status != Standing.Status.ACTIVE:
        return Door.PAUSED if standing.status == Standing.Status.PAUSED else Door.BANNED
    if project.archived_at is not None:
        return Door.FINISHED
    if project.paused:
        return Door.STOPPED
    if not published:
        return Door.UNPUBLISHED
    if way.stage != Stage.WORK:
        return Door(way.stage.value)
    return Door.OPEN if left else Door.EMPTY


def _left(user: User, ids: Sequence[int]) -> set[int]:
    """Return the projects whose queue holds an image that the worker has not had; gold stands in no queue."""
    # one look into the unique index for each task: a NOT EXISTS might be answered by reading all they ever did
    had = Assignment.objects.filter(task=OuterRef("pk"), worker=user).exclude(state=Assignment.State.EXPIRED)
    queued = Task.objects.filter(project=OuterRef("pk"), state=Task.State.OPEN, open_slots__gt=0)
    new = queued.annotate(had=Subquery(had.values("pk")[:1])).filter(had__isnull=True)
    return set(Project.objects.filter(Q(Exists(new)), pk__in=ids).values_list("pk", flat=True))


def _last(user: User, ids: Sequence[int]) -> dict[int, datetime]:
    """Return when the worker last handed an image in, by project."""
    newest = Assignment.objects.filter(worker=user, task__project=OuterRef("pk"), submitted_at__isnull=False)
    rows = Project.objects.filter(pk__in=ids).annotate(
        last=Subquery(newest.order_by("-submitted_at").values("submitted_at")[:1])
    )
    return {pk: last for pk, last in rows.values_list("pk", "last") if last is not None}
