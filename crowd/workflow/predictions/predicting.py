"""What a model says of an image: shown to workers as a pre-label, or only kept to measure the model by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from crowd.models import Gold, Guideline, Image, ModelVersion, Pilot, PilotTask, Prediction, Project, Task, User
from crowd.workflow import events

NAMED = 500  # images that one event names
_SHOWN = [
    *("prelabel", "prelabel_guideline", "prelabel_model", "prelabel_score", "uncertainty", "route"),
    *("base_overlap", "overlap", "open_slots"),
]


@dataclass(frozen=True)
class Said:
    """One proposal, valid under its guideline; `score` is how sure the model is, 0 to 1."""

    annotation: Mapping[str, Any]
    guideline: Guideline
    model: str
    score: float | None = None


@dataclass(frozen=True)
class Put:
    """Whether workers see it, and whether it changes the figures: of a settled task, or by the way it takes now."""

    shown: bool
    counts: bool


@transaction.atomic
def put(*, image: Image, said: Said, model: ModelVersion, now: datetime) -> Put:
    """Propose labels for an image's task.

    What workers have begun to see stays as it is, unless the same version corrects itself: another version's word is
    kept beside it, also where there was none to see. Gold without one takes it: workers come to it one by one.
    Above the trusted score a task that nobody has begun starts with fewer answers, but for a share that
    shows how often that is wrong.
    """
    task = Task.objects.select_for_update(no_key=True).get(image=image)
    before = task.route
    shown = not task.begun or (_is_gold(task) if task.prelabel is None else task.prelabel_model == said.model)
    if shown:
        _keep_former(task, said, now)
        _show(task, said, model)
        task.save(update_fields=_SHOWN)
    else:
        _keep(task, model, said.annotation, said.guideline.pk, said.score)
    return Put(shown, task.consensus_id is not None or task.route != before)


def version(*, project: Project, name: str, now: datetime) -> ModelVersion:
    """Return a project's version of that name; a new one where it is heard of for the first time."""
    made, _ = ModelVersion.objects.get_or_create(
        project=project, name=name[:200], defaults={"created_at": now, "used_at": now}
    )
    return made


@transaction.atomic
def count(
    *, project: Project, now: datetime, prelabels: Mapping[str, int] = {}, scores: Mapping[str, int] = {}
) -> None:
    """Count what came from each version."""
    for name in sorted({*prelabels, *scores}):
        known = version(project=project, name=name, now=now)
        ModelVersion.objects.filter(pk=known.pk).update(
            prelabels=F("prelabels") + prelabels.get(name, 0), scores=F("scores") + scores.get(name, 0), used_at=now
        )


def tell(
    *, project: Project, images: Collection[int], by: User, now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Record that pre-labels came, naming the images whose figures they change, so that these are told anew."""
    named = sorted(images)
    stretches = [named[start : start + NAMED] for start in range(0, len(named), NAMED)] or [[]]
    rows = [{**(data or {} if place == 0 else {}), "images": each} for place, each in enumerate(stretches)]
    events.record_all(project=project, kind="prelabels.loaded", now=now, by=by, rows=rows)


def _is_gold(task: Task) -> bool:
    return Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists()


def _keep_former(task: Task, said: Said, now: datetime) -> None:
    """Keep what another version proposed before, to be measured by."""
    if task.prelabel is None or not task.prelabel_model or task.prelabel_model == said.model:
        return
    assert task.prelabel_guideline_id is not None
    former = version(project=said.guideline.project, name=task.prelabel_model, now=now)
    _keep(task, former, task.prelabel, task.prelabel_guideline_id, task.prelabel_score)


def _keep(task: Task, model: ModelVersion, annotation: Mapping[str, Any], guideline: int, score: float | None) -> None:
    Prediction.objects.update_or_create(
        task=task,
        model=model,
        defaults={"annotation": dict(annotation), "guideline_id": guideline, "score": score},
    )


def _show(task: Task, said: Said, model: ModelVersion) -> None:
    """Set a locked task's pre-label, and what follows from its score; the caller saves it."""
    Prediction.objects.filter(task=task, model=model).delete()
    task.prelabel, task.prelabel_guideline = dict(said.annotation), said.guideline
    task.prelabel_model, task.prelabel_score = said.model, said.score
    fresh = task.state == Task.State.OPEN and not task.begun
    if fresh:
        _route(task, said.guideline.project)
    if task.model_uncertainty is None and (fresh or task.state != Task.State.OPEN):
        task.uncertainty = 0.5 if said.score is None else 1.0 - said.score


def _route(task: Task, project: Project) -> None:
    """Decide by the score how many answers a task gets that nobody has begun.

    A number that an owner gave it stays, and that of a pilot while it runs.
    """
    if PilotTask.objects.filter(task=task, pilot__state=Pilot.State.RUNNING).exists():
        return
    before, score = task.route, task.prelabel_score
    fewer = min(project.trusted_prelabel_overlap, project.overlap)
    task.route = ""
    if task.base_overlap not in {project.overlap, fewer}:
        return
    if score is not None and score > project.trusted_prelabel_score:
        lot = task.shuffle * 1009 % 1  # of the task's own number, so that another version draws the same
        task.route = Task.Route.CHECKED if lot < project.checked_prelabel_share else Task.Route.TRUSTED
    if task.route == Task.Route.TRUSTED:
        overlap = fewer
    elif before == Task.Route.TRUSTED or task.route == Task.Route.CHECKED:
        overlap = project.overlap
    else:
        return
    task.base_overlap = task.overlap = task.open_slots = overlap
