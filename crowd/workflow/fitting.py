"""Worker models, learnt from all of a project's answers."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from crowd import agreement, consensus
from crowd.consensus import Answer
from crowd.labels.annotation import Annotation
from crowd.labels.schema import Schema
from crowd.models import Assignment, Fit, Gold, Guideline, Project, RefitRequest, Standing
from crowd.queries import versions
from crowd.workflow import believing, growth, locks, rechecking


def ask_all(*, now: datetime) -> None:
    """Ask for new worker models wherever they are due or the message got lost, and send lost rechecks again."""
    for project_id in Project.objects.live().order_by("pk").values_list("pk", flat=True):
        growth.ask_if_due(project_id=project_id, now=now, first=1)
    rechecking.send_lost(now=now)


def refit(*, now: datetime, project_id: int | None = None) -> None:
    """Learn the worker models anew of one project, or of all, where there are new answers enough."""
    projects = Project.objects.live() if project_id is None else Project.objects.filter(pk=project_id)
    for project in projects:
        _refit(project, now)


def _refit(project: Project, now: datetime) -> None:
    with transaction.atomic():
        # One at a time for each project; whoever comes second leaves it to the first.
        if not locks.try_lock("fit", project.pk):
            return
        if not growth.is_due(project_id=project.pk, now=now):
            RefitRequest.objects.filter(project=project).delete()
            return
        guideline = versions.current(project)
        assert guideline is not None
        schema = versions.schema_of(guideline)
        total = project.standings.aggregate(total=Sum("labels"))["total"] or 0
        answers = list(answers_of(project, guideline))
        model = consensus.fit(
            answers,
            schema=schema,
            method=project.consensus,
            gold=dict(_gold(project, guideline)),
            iou_threshold=project.iou_threshold,
        )
        figures, shared = _measure(answers, schema=schema, iou_threshold=project.iou_threshold)
        fit = Fit.objects.create(
            project=project,
            guideline=guideline,
            method=project.consensus,
            answers=total,
            parameters=model.to_json(),
            agreement=figures,
            created_at=now,
        )
        rechecking.plan(fit=fit, now=now)
        RefitRequest.objects.filter(project=project).delete()
    _tell_standings(project, model, shared)
    believing.keep(project=project, guideline=guideline, model=model, shared=shared, now=now)


def answers_of(project: Project, guideline: Guideline) -> Iterator[Answer]:
    """Yield every valid answer as it reads under the guideline in force, in a fixed order, with its age."""
    history = versions.history(project)
    later = Window(RowNumber(), partition_by="worker", order_by=[F("submitted_at").desc(), F("pk").desc()])
    rows = (
        Assignment.objects.valid()
        .filter(task__project=project)
        .select_related("task__image", "guideline")
        .annotate(age=later - 1)
    )
    for row in rows.order_by("task_id", "pk").iterator(chunk_size=2000):
        image = row.task.image
        annotation = versions.read(
            row.annotation, image=image, made_under=row.guideline, target=guideline, history=history
        )
        if annotation is not None:
            yield Answer(
                task=str(row.task_id),
                worker=str(row.worker_id),
                annotation=annotation,
                width=image.width,
                height=image.height,
                age=row.age,  # type: ignore[attr-defined]  # annotated above
            )


def _gold(project: Project, guideline: Guideline) -> Iterator[tuple[str, Annotation]]:
    history = versions.history(project)
    rows = Gold.objects.filter(task__project=project, withdrawn_at__isnull=True)
    for row in rows.select_related("task__image", "guideline"):
        truth = versions.read(
            row.annotation, image=row.task.image, made_under=row.guideline, target=guideline, history=history
        )
        if truth is not None:
            yield str(row.task_id), truth


def _images(answers: list[Answer]) -> list[tuple[tuple[float, float], list[tuple[str, Annotation]]]]:
    """Return the answers image by image, as agreement is measured."""
    by_task: dict[str, tuple[tuple[float, float], list[tuple[str, Annotation]]]] = {}
    for one in answers:
        by_task.setdefault(one.task, ((one.width, one.height), []))[1].append((one.worker, one.annotation))
    return list(by_task.values())


def _measure(
    answers: list[Answer], *, schema: Schema, iou_threshold: float
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Return the project's agreement figures, and each worker's mean agreement with the others."""
    images = _images(answers)
    sums: dict[str, list[float]] = {}
    pairs = agreement.pairwise(images, schema=schema, iou_threshold=iou_threshold)
    for both, (count, mean) in pairs.items():
        for worker in both:
            total = sums.setdefault(worker, [0.0, 0.0])
            total[0] += count
            total[1] += count * mean
    figures = {
        "krippendorff_alpha": agreement.document_alpha(images, schema=schema, iou_threshold=iou_threshold),
        "pairwise": agreement.pairwise_agreement(images, schema=schema, iou_threshold=iou_threshold),
    }
    return figures, {worker: total / count for worker, (count, total) in sums.items()}


def _tell_standings(project: Project, model: consensus.Fit, shared: dict[str, float]) -> None:
    """Write each worker's weight and agreement into their standing, where the owner reads them."""
    for row in project.standings.all():
        worker = str(row.worker_id)
        Standing.objects.filter(pk=row.pk).update(weight=model.weight(worker), agreement=shared.get(worker))
