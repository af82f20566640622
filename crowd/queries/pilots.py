"""Pilots as their owner sees them: how far they are, and what their answers say of the guideline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max, Q, QuerySet

from crowd.consensus import Answer
from crowd.models import Assignment, Pilot, Project, Task
from crowd.queries import versions
from crowd.queries.comparing import Comparison, compare


@dataclass(frozen=True)
class Progress:
    """How far a pilot is; `asked` answers in all, where an image may have been settled with fewer."""

    answered: int
    asked: int
    images_done: int
    leased: int


def listed(project: Project) -> QuerySet[Pilot]:
    """Return a project's pilots, newest first."""
    return project.pilots.select_related("guideline", "created_by").order_by("-number")


def before(pilot: Pilot) -> Pilot | None:
    """Return the last pilot before this one that was seen to its end."""
    earlier = listed(pilot.project).filter(number__lt=pilot.number, state=Pilot.State.FINISHED)
    return earlier.first()


def answers(pilot: Pilot) -> QuerySet[Assignment]:
    """Return the answers to a pilot's images that were given under its guideline version, until it ended.

    Those that a later version overtook are among them: they tell what was understood then.
    """
    rows = Assignment.objects.filter(
        task__pilots__pilot=pilot, guideline=pilot.guideline_id, submitted_at__isnull=False, annotation__isnull=False
    ).exclude(state=Assignment.State.VOID, overtaken_at__isnull=True)
    return rows if pilot.finished_at is None else rows.filter(submitted_at__lte=pilot.finished_at)


def progress(pilot: Pilot) -> Progress:
    """Return how far a pilot is."""
    settled = Q(labels__gte=pilot.overlap) | ~Q(state=Task.State.OPEN)
    done = Task.objects.filter(settled, pilots__pilot=pilot).count()
    leased = Assignment.objects.filter(task__pilots__pilot=pilot, state=Assignment.State.LEASED).count()
    if pilot.state != Pilot.State.RUNNING:
        leased = 0
    return Progress(answers(pilot).count(), pilot.size * pilot.overlap, done, leased)


def findings(pilot: Pilot) -> Comparison:
    """Return what a pilot's answers say; workers by user name, images by the key of their task."""
    state = answers(pilot).aggregate(number=Count("pk"), last=Max("submitted_at"))
    return _findings(pilot.pk, state["number"], state["last"])


@lru_cache(maxsize=32)
def _findings(pk: int, number: int, last: datetime | None) -> Comparison:  # noqa: ARG001
    """Return them; `number` and `last` of the answers only say whether they are still the same."""
    pilot = Pilot.objects.select_related("project", "guideline").get(pk=pk)
    return compare(
        _by_image(pilot, answers(pilot)),
        schema=versions.schema_of(pilot.guideline),
        iou_threshold=pilot.project.iou_threshold,
    )


def _by_image(pilot: Pilot, rows: QuerySet[Assignment]) -> Sequence[Sequence[Answer]]:
    found: dict[int, list[Answer]] = {}
    for one in rows.select_related("task__image", "worker").order_by("task", "pk"):
        image, version = one.task.image, pilot.guideline
        read = versions.read(one.annotation, image=image, made_under=version, target=version, history=[version])
        if read is not None:
            made = Answer(str(one.task_id), one.worker.username, read, width=image.width, height=image.height)
            found.setdefault(one.task_id, []).append(made)
    return list(found.values())
