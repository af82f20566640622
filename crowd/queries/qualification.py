"""How far a worker is on the way to work: training, then the exam, where the project asks for them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from crowd.models import Assignment, Gold, Project, Qualification, Standing, Task

OF_ATTEMPT = ("attempt", "state", "needed", "pass_mark", "answered", "passed")
HELD = (Assignment.State.LEASED, Assignment.State.EXPIRED)


class Stage(StrEnum):
    """What kind of images a worker is given next; none at all once they have failed."""

    TRAINING = "training"
    EXAM = "exam"
    WORK = "work"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """A worker's way to work.

    `attempt` counts from 1, 0 without an exam; `answered` of `needed` images of the stage are done, and `left` more may
    be given now (what the worker holds already is not among them). `reason` says why they may not go on.
    """

    stage: Stage
    attempt: int = 0
    answered: int = 0
    needed: int = 0
    pass_mark: float | None = None
    left: int = 0
    reason: str = ""


@dataclass(frozen=True)
class _Supply:
    """Images of a use that the worker has not met, and those in their hands."""

    unmet: int
    held: int


def progress(*, standing: Standing, project: Project) -> Progress:
    """Return how far the worker is; one query, and none where the project asks for nothing or all is done."""
    untrained = project.training_tasks - standing.trained
    if standing.qualified_at is not None or (untrained <= 0 and not project.exam_tasks):
        return Progress(Stage.WORK)
    found = _facts(standing, project)
    training = _Supply(found["untrained"], found["training_held"])
    if untrained > 0 and training.unmet + training.held > 0:
        return Progress(
            Stage.TRAINING,
            answered=standing.trained,
            needed=min(project.training_tasks, standing.trained + training.unmet + training.held),
            left=max(min(untrained - training.held, training.unmet), 0),
        )
    if not project.exam_tasks:
        return Progress(Stage.WORK)
    return _exam(project, found["last"], _Supply(found["unasked"], found["exam_held"]))


def _exam(project: Project, last: dict[str, Any] | None, supply: _Supply) -> Progress:
    attempt, answered, needed, mark = 1, 0, project.exam_tasks, project.exam_pass_mark
    if last is not None and last["state"] == Qualification.State.UNDER_WAY:
        attempt, answered, needed, mark = last["attempt"], last["answered"], last["needed"], last["pass_mark"]
    elif last is not None:
        told = (
            f"{last['passed']} of {last['answered']} exam images were right, and {last['pass_mark']:.0%} are asked for."
        )
        if last["attempt"] >= project.exam_attempts:
            return Progress(Stage.FAILED, last["attempt"], last["answered"], last["needed"], last["pass_mark"], 0, told)
        attempt = last["attempt"] + 1
        if supply.unmet + supply.held < needed:
            told = f"{told} There are not enough exam images for another attempt."
            return Progress(Stage.FAILED, last["attempt"], last["answered"], last["needed"], last["pass_mark"], 0, told)
    if supply.unmet + supply.held < needed - answered:
        told = "The exam of this project has not enough images yet; come back later."
        return Progress(Stage.FAILED, attempt, answered, needed, mark, 0, told)
    left = max(min(needed - answered - supply.held, supply.unmet), 0)
    return Progress(Stage.EXAM, attempt, answered, needed, mark, left)


def _facts(standing: Standing, project: Project) -> dict[str, Any]:
    """Return what there is to be met and what is held, and the last attempt, in one statement."""
    last = Qualification.objects.filter(standing=OuterRef("pk")).order_by("-attempt")
    return dict(
        Standing.objects.filter(pk=standing.pk)
        .values(
            untrained=_count(_gold(project, Gold.Use.TRAINING).filter(~Exists(_mine(standing)))),
            training_held=_count(_gold(project, Gold.Use.TRAINING).filter(Exists(_mine(standing, state__in=HELD)))),
            unasked=_count(_gold(project, Gold.Use.EXAM).filter(~Exists(_mine(standing)))),
            exam_held=_count(_gold(project, Gold.Use.EXAM).filter(Exists(_mine(standing, state__in=HELD)))),
            last=Subquery(
                last.values(json=JSONObject(**{name: name for name in OF_ATTEMPT}))[:1],
            ),
        )
        .get()
    )


def _gold(project: Project, use: Gold.Use) -> QuerySet[Gold]:
    return Gold.objects.filter(
        project=project,
        use=use,
        withdrawn_at__isnull=True,
        unreadable_at__isnull=True,
        task__state=Task.State.RESOLVED,
    )


def _mine(standing: Standing, **fields: Any) -> QuerySet[Assignment]:
    return Assignment.objects.filter(task=OuterRef("task"), worker=standing.worker_id, **fields)


def _count(rows: QuerySet[Gold]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("project").annotate(n=Count("pk")).values("n")), 0)
