"""Pilots: a few images answered by many under one guideline version, while the rest of the project waits."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from crowd import jobs
from crowd.errors import Contradiction, Invalid, Missing
from crowd.models import Assignment, Membership, Pilot, PilotTask, Project, Standing, Task, User
from crowd.queries import browse_filter, browse_walk, drawing, scope, versions
from crowd.workflow import events
from crowd.workflow.assignments import answerers

MOST_IMAGES: Final = 500
MOST_ANSWERS: Final = 100
LOOKED_AT: Final = 5_000  # images matching a filter among which the pilot's are drawn
USUAL_SIZE: Final = 30


def able(project: Project) -> int:
    """Return how many workers could answer a pilot's images: active members, past the exam if there is one."""
    members = Membership.objects.filter(project=project, role=Membership.Role.WORKER)
    if project.skill:
        members = members.filter(tags__contains=[project.skill])
    active = Standing.objects.filter(project=project, status=Standing.Status.ACTIVE, worker__in=members.values("user"))
    if project.exam_tasks:
        active = active.filter(qualified_at__isnull=False)
    return active.count()


@transaction.atomic
def start(
    *,
    project: Project,
    by: User,
    now: datetime,
    rng: random.Random,
    size: int = USUAL_SIZE,
    overlap: int | None = None,
    query: Mapping[str, Any] | None = None,
) -> Pilot:
    """Have some open images answered by every able worker, or by `overlap` of them, while all others wait.

    The images are drawn by lot, from all or from those that match a filter. What is leased already may be handed in.
    """
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    guideline = versions.current(row)
    if guideline is None:
        raise Contradiction("Publish a guideline first: a pilot shows how well it is understood.", code="no_guideline")
    if row.pilots.filter(state=Pilot.State.RUNNING).exists():
        raise Contradiction("A pilot is under way already: end it first.", code="pilot_running")
    asked = _asked(row, overlap)
    if not 1 <= size <= MOST_IMAGES:
        raise Invalid(f"size: 1 to {MOST_IMAGES}.", errors={"size": [f"From 1 to {MOST_IMAGES}."]})
    chosen = _chosen(row, size, query, rng)
    tasks = list(
        Task.objects.select_for_update(no_key=True).filter(pk__in=chosen, state=Task.State.OPEN).order_by("pk")
    )
    if not tasks:
        raise Contradiction("There is no open image to begin with: add some, or choose another filter.", code="none")
    last = row.pilots.aggregate(last=Max("number"))["last"] or 0
    made = Pilot.objects.create(
        project=row, number=last + 1, guideline=guideline, size=len(tasks), overlap=asked, created_by=by, created_at=now
    )
    PilotTask.objects.bulk_create(PilotTask(pilot=made, task=one, base_overlap=one.base_overlap) for one in tasks)
    _ask({one.pk: asked for one in tasks}, now)
    row.pilot = made
    row.save(update_fields=["pilot"])
    told = {"pilot": made.number, "images": len(tasks), "answers": asked, "guideline": guideline.number}
    events.record(project=row, kind="pilot.started", now=now, by=by, data=told)
    return made


@transaction.atomic
def finish(*, pilot: Pilot, by: User | None, now: datetime) -> Pilot:
    """End a pilot with the answers it has: its images ask for as many as before; the others wait on."""
    return _end(pilot, Pilot.State.FINISHED, by, now)


@transaction.atomic
def cancel(*, pilot: Pilot, by: User, now: datetime) -> Pilot:
    """Call a pilot off and open the rest; the answers given stay what they are."""
    ended = _end(pilot, Pilot.State.CANCELLED, by, now)
    _open(ended.project, by, now)
    return ended


@transaction.atomic
def open_rest(*, project: Project, by: User, now: datetime) -> None:
    """Give all images out again, ending the pilot where one is under way."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if row.pilot is None:
        raise Contradiction("Nothing waits for a pilot here.", code="no_pilot")
    if row.pilot.state == Pilot.State.RUNNING:
        _end(row.pilot, Pilot.State.FINISHED, by, now)
    _open(row, by, now)


def notice(*, pilot_id: int, now: datetime) -> None:
    """Finish a pilot whose images all have what they were to get: their answers, a label, a reviewer.

    Or as many answers as there are people to give them; where fewer than two have had an image, more are to be invited.
    """
    with transaction.atomic():
        pilot = Pilot.objects.select_related("project").get(pk=pilot_id)
        if pilot.state == Pilot.State.RUNNING and not awaited(pilot):
            given = ~Q(assignments__state=Assignment.State.EXPIRED)
            people = Count("assignments__worker", filter=given, distinct=True)
            if not _waiting(pilot).annotate(people=people).filter(people__lt=2).exists():
                finish(pilot=pilot, by=None, now=now)


def awaited(pilot: Pilot) -> list[str]:
    """Return the user names of those who hold, or may still be given, an image of the pilot that wants answers."""
    waiting = _waiting(pilot)
    given = Assignment.objects.filter(task__in=waiting).exclude(state=Assignment.State.EXPIRED)
    found = set(given.filter(state=Assignment.State.LEASED).values_list("worker__username", flat=True))
    for skill, images in waiting.values_list("skill").annotate(Count("pk")).order_by("skill"):
        had = given.filter(task__skill=skill).order_by().values("worker")
        all_of_them = had.annotate(images=Count("task", distinct=True)).filter(images=images).values("worker")
        workers = answerers.at_work(pilot.project, skills={skill}).exclude(worker__in=all_of_them)
        found.update(workers.values_list("worker__username", flat=True))
    return sorted(found)


def notice_all(*, now: datetime) -> None:
    """Look at all pilots under way: a message may have been lost, or an image excluded."""
    for pk in Pilot.objects.filter(state=Pilot.State.RUNNING).values_list("pk", flat=True):
        notice(pilot_id=pk, now=now)


def get(*, project: Project, number: int) -> Pilot:
    """Return a project's pilot of this number."""
    found = project.pilots.select_related("project", "guideline", "created_by").filter(number=number).first()
    if found is None:
        raise Missing(scope.MISSING)
    return found


def _waiting(pilot: Pilot) -> QuerySet[Task]:
    """Return the images that want answers still."""
    return Task.objects.filter(pilots__pilot=pilot, state=Task.State.OPEN, labels__lt=pilot.overlap)


def _asked(project: Project, overlap: int | None) -> int:
    """Return how many answers each image is to get."""
    workers = able(project)
    if overlap is None and workers < 2:
        raise Contradiction(
            "A pilot compares people: it takes at least two workers who may work now. Invite some first.",
            code="too_few_workers",
        )
    asked = min(workers, MOST_ANSWERS) if overlap is None else overlap
    if not 2 <= asked <= MOST_ANSWERS:
        raise Invalid(f"overlap: 2 to {MOST_ANSWERS}.", errors={"overlap": [f"From 2 to {MOST_ANSWERS}."]})
    return asked


def _chosen(project: Project, size: int, query: Mapping[str, Any] | None, rng: random.Random) -> Sequence[int]:
    if not query:
        return drawing.open_tasks(project, count=size, rng=rng)
    wanted = browse_filter.parse({**query, "state": Task.State.OPEN}, strict=True)
    keys: list[int] = []
    cursor = ""
    while len(keys) < LOOKED_AT:
        found = browse_walk.walk(project=project, wanted=wanted, cursor=cursor, size=LOOKED_AT - len(keys))
        keys += found.keys
        cursor = found.cursor
        if not cursor:
            break
    return rng.sample(keys, min(size, len(keys)))


def _ask(wanted: Mapping[int, int], now: datetime) -> None:
    """Have each of these locked tasks ask for so many answers, or for as many as it has or awaits."""
    live = F("overlap") - F("open_slots")
    for number in sorted(set(wanted.values())):
        rows = Task.objects.filter(pk__in=[key for key, asked in wanted.items() if asked == number])
        enough = list(rows.filter(labels__gte=number).values_list("pk", flat=True))
        rows.update(base_overlap=number, overlap=Greatest(live, number), open_slots=Greatest(live, number) - live)
        Task.objects.filter(pk__in=enough).update(stale_at=now)
        for key in enough:
            jobs.send(jobs.resolve, key)


def _end(pilot: Pilot, state: str, by: User | None, now: datetime) -> Pilot:
    Project.objects.select_for_update(no_key=True).get(pk=pilot.project_id)
    row = Pilot.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=pilot.pk)
    if row.state != Pilot.State.RUNNING:
        if by is None:
            return row
        raise Contradiction("This pilot is over already.", code="pilot_over")
    before = dict(row.tasks.values_list("task", "base_overlap"))
    # what somebody else has given another number since is left as it is
    mine = Task.objects.filter(pk__in=before, base_overlap=row.overlap)
    locked = list(mine.select_for_update(no_key=True).order_by("pk").only("pk", "state"))
    _ask({one.pk: before[one.pk] for one in locked if one.state == Task.State.OPEN}, now)
    # the answers of the others stand; only if they are ever asked again, it is for as many as before
    asked = row.tasks.filter(task=OuterRef("pk")).values("base_overlap")
    settled = [one.pk for one in locked if one.state != Task.State.OPEN]
    Task.objects.filter(pk__in=settled).update(base_overlap=Subquery(asked))
    # whoever noticed may have looked at the clock before the last answers came: they are the pilot's all the same
    last = Assignment.objects.filter(task__in=before).aggregate(last=Max("submitted_at"))["last"]
    row.state, row.finished_at = state, max(now, last or now)
    row.save(update_fields=["state", "finished_at"])
    events.record(project=row.project, kind=f"pilot.{state}", now=now, by=by, data={"pilot": row.number})
    return row


def _open(project: Project, by: User, now: datetime) -> None:
    """Let go of a project's pilot; the project is locked."""
    Project.objects.filter(pk=project.pk).update(pilot=None)
    events.record(project=project, kind="pilot.rest_opened", now=now, by=by)
