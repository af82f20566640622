"""Gold: planted, corrected, withdrawn."""

from datetime import datetime
from typing import Any

from django.db import transaction

from crowd import jobs
from crowd.errors import Contradiction, Invalid
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Consensus, Gold, Guideline, Image, Project, Task, User
from crowd.queries import versions
from crowd.workflow import conflicts, events, scoring, slots


def find_image(*, project: Project, reference: str) -> Image:
    """Return the project's image of that id, sha256 or name; Invalid where none or several have the name."""
    images = Image.objects.filter(project=project)
    found = images.none()
    if reference.isascii() and reference.isdigit() and len(reference) < 19:
        found = images.filter(pk=int(reference))
    if not found and len(reference) == 64:
        found = images.filter(sha256=reference.lower())
    if not found:
        found = images.filter(name=reference)
    rows = list(found[:2])
    if len(rows) == 1:
        return rows[0]
    told = (
        "Several images have this name; give the id or the sha256." if rows else "No image has this id, name or sha256."
    )
    raise Invalid(f"image: {told}", code="unknown_image", errors={"image": [told]})


@transaction.atomic
def plant(
    *, image: Image, annotation: object, by: User, now: datetime, explanation: str = "", training: bool = False
) -> Gold:
    """Make an image's task gold: resolved from now on, its answer the one given; answers it has had are scored."""
    task = Task.objects.select_for_update(of=("self",)).select_related("project").get(image=image)
    guideline = _guideline(task.project)
    document = _document(annotation, guideline, image)
    before = Gold.objects.filter(task=task).first()
    if before is not None and before.withdrawn_at is None:
        raise Contradiction("This image is gold already; change its answer instead.", code="already_gold")
    fields = {
        "annotation": document,
        "guideline": guideline,
        "explanation": explanation,
        "training": training,
        "withdrawn_at": None,
    }
    gold, _ = Gold.objects.update_or_create(
        task=task, defaults=fields, create_defaults={**fields, "created_by": by, "created_at": now}
    )
    slots.recount(task=task, at_least=0)
    _answer(task, gold, by, now)
    conflicts.close(task=task, by=by, now=now)
    events.record(project=task.project, kind="gold.planted", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    return gold


@transaction.atomic
def correct(
    *,
    gold: Gold,
    by: User,
    now: datetime,
    annotation: object | None = None,
    explanation: str | None = None,
    training: bool | None = None,
) -> Gold:
    """Change a gold answer; everybody who met it is scored anew."""
    scoring.lock_all(project=gold.task.project)
    task = Task.objects.select_for_update(of=("self",)).select_related("project", "image").get(pk=gold.task_id)
    if explanation is not None:
        gold.explanation = explanation
    if training is not None:
        gold.training = training
    if annotation is not None:
        gold.guideline = _guideline(task.project)
        gold.annotation = _document(annotation, gold.guideline, task.image)
    gold.save()
    if annotation is not None:
        _forget_checks(gold, now)
        _answer(task, gold, by, now)
    events.record(project=task.project, kind="gold.corrected", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    return gold


@transaction.atomic
def withdraw(*, gold: Gold, by: User, now: datetime) -> None:
    """Make a gold task an ordinary one again: its scores go, its answers count as labels."""
    scoring.lock_all(project=gold.task.project)
    task = Task.objects.select_for_update(of=("self",)).select_related("project").get(pk=gold.task_id)
    gold.withdrawn_at = now
    gold.save(update_fields=["withdrawn_at"])
    _forget_checks(gold, now)
    slots.recount(task=task, at_least=task.base_overlap)
    task.state, task.consensus, task.resolved_at, task.stale_at = Task.State.OPEN, None, None, now
    task.save()
    jobs.send(jobs.resolve, task.pk)
    events.record(project=task.project, kind="gold.withdrawn", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    events.record(project=task.project, kind="task.reopened", now=now, by=by, data={"task": task.pk})


def _forget_checks(gold: Gold, now: datetime) -> None:
    workers = list(gold.checks.values_list("assignment__worker_id", flat=True))
    gold.checks.all().delete()
    scoring.recount(project=gold.task.project, workers=workers, now=now)


def _answer(task: Task, gold: Gold, by: User, now: datetime) -> None:
    """Make the gold answer the task's own, and have the answers it has had scored."""
    task.consensus = Consensus.objects.create(
        task=task,
        annotation=gold.annotation,
        confidence=1.0,
        method=Consensus.GOLD,
        guideline=gold.guideline,
        by=by,
        resolves=True,
        created_at=now,
    )
    task.state, task.resolved_at, task.stale_at = Task.State.RESOLVED, now, now
    task.save()
    jobs.send(jobs.resolve, task.pk)
    events.record(
        project=task.project, kind="task.resolved", now=now, by=by, data={"task": task.pk, "method": Consensus.GOLD}
    )


def _guideline(project: Project) -> Guideline:
    guideline = versions.current(project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: gold answers are checked against it.", code="no_guideline")
    return guideline


def _document(annotation: object, guideline: Guideline, image: Image) -> dict[str, Any]:
    return annotation_to_json(
        parse_annotation(annotation, schema=versions.schema_of(guideline), width=image.width, height=image.height)
    )
