"""What worker models are learnt from, and what becomes of them once they are."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Mod, RowNumber

from crowd import agreement, consensus
from crowd.consensus import Answer
from crowd.labels.annotation import Annotation
from crowd.labels.schema import Schema
from crowd.models import Assignment, Consensus, Fit, Gold, Guideline, Project, RefitRequest, Standing, Task
from crowd.queries import versions
from crowd.workflow.consensus import believing, rechecking

_AGES = """
    SELECT id, age FROM (
        SELECT a.id, a.task_id,
               row_number() OVER (PARTITION BY a.worker_id ORDER BY a.submitted_at DESC, a.id DESC) - 1 AS age
        FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
        WHERE t.project_id = %s AND a.state = 'submitted'
    ) w WHERE task_id BETWEEN %s AND %s
"""


def keep(
    *,
    project: Project,
    guideline: Guideline,
    model: consensus.Fit,
    total: int,
    sample: list[Answer],
    now: datetime,
) -> dict[str, float]:
    """Keep newly learnt models, with the agreement measured on a sample of the answers, and have tasks looked at.

    Return each worker's mean agreement with the others. To be told outside of the transaction: see `tell`.
    """
    schema = versions.schema_of(guideline)
    figures, shared = _measure(sample, schema=schema, iou_threshold=project.iou_threshold)
    with transaction.atomic():
        fit = Fit.objects.create(
            project=project,
            guideline=guideline,
            method=model.method,
            answers=total,
            parameters=model.to_json(),
            agreement=figures,
            created_at=now,
        )
        rechecking.plan(fit=fit, now=now)
        RefitRequest.objects.filter(project=project).delete()
    return shared


def tell(
    *, project: Project, guideline: Guideline, model: consensus.Fit, shared: Mapping[str, float], now: datetime
) -> None:
    """Write what the models say of each worker where the owner reads it."""
    _tell_standings(project, model, shared)
    believing.keep(project=project, guideline=guideline, model=model, shared=shared, now=now)


def answers_of(project: Project, guideline: Guideline) -> Iterator[Answer]:
    """Yield every valid answer as it reads under a guideline version, in a fixed order, with its age."""
    later = Window(RowNumber(), partition_by="worker", order_by=[F("submitted_at").desc(), F("pk").desc()])
    return _read(_valid(project).annotate(age=later - 1), project, guideline)


def answers_between(project: Project, guideline: Guideline, first: int, last: int) -> Iterator[Answer]:
    """Yield those to the tasks from the first id to the last; ages count answers to all tasks."""
    with connection.cursor() as cursor:
        cursor.execute(_AGES, [project.pk, first, last])
        ages: dict[UUID, int] = dict(cursor.fetchall())
    return _read(_valid(project).filter(task__gte=first, task__lte=last), project, guideline, ages)


def sample_of(project: Project, guideline: Guideline, every: int) -> Iterator[Answer]:
    """Yield those to one task in so many."""
    tasks = Task.objects.filter(project=project).annotate(rest=Mod("pk", every)).filter(rest=0)
    return _read(_valid(project).filter(task__in=tasks.values("pk")), project, guideline, {})


def _valid(project: Project) -> QuerySet[Assignment]:
    rows = Assignment.objects.valid().filter(task__project=project).select_related("task__image", "guideline")
    return rows.order_by("task_id", "pk")


def _read(
    rows: QuerySet[Assignment], project: Project, guideline: Guideline, ages: Mapping[UUID, int] | None = None
) -> Iterator[Answer]:
    history = versions.history(project)
    for row in rows.iterator(chunk_size=2000):
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
                age=row.age if ages is None else ages.get(row.pk, 0),  # type: ignore[attr-defined]
            )


def gold_of(project: Project, guideline: Guideline) -> Iterator[tuple[str, Annotation]]:
    """Yield the known answers by task, as they read under a guideline version: gold, and what reviewers have ruled.

    A ruling is as true as gold, and counts as much. That conflicts are ruled on rather than other images does no harm:
    which ones they are follows from the answers alone, and those are all taken into account. Rulings that came by the
    hundred are left out: they repeat what the models said, and would make them believe themselves.
    """
    history = versions.history(project)
    rows = Gold.objects.filter(task__project=project, withdrawn_at__isnull=True)
    for row in rows.select_related("task__image", "guideline"):
        truth = versions.read(
            row.annotation, image=row.task.image, made_under=row.guideline, target=guideline, history=history
        )
        if truth is not None:
            yield str(row.task_id), truth
    for made in _rulings(project).iterator(chunk_size=2000):
        truth = versions.read(
            made.annotation, image=made.task.image, made_under=made.guideline, target=guideline, history=history
        )
        if truth is not None:
            yield str(made.task_id), truth


def _rulings(project: Project) -> QuerySet[Consensus]:
    """Return the rulings in force that somebody gave with the image before their eyes."""
    ruled = Task.objects.ordinary().filter(project=project, state=Task.State.RESOLVED)
    rows = Consensus.objects.filter(pk__in=ruled.values("consensus"), method=Consensus.ADJUDICATION)
    return rows.exclude(parameters__has_key="bulk").select_related("task__image", "guideline").order_by("task")


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


def _tell_standings(project: Project, model: consensus.Fit, shared: Mapping[str, float]) -> None:
    """Write each worker's weight and agreement into their standing, where the owner reads them."""
    for row in project.standings.all():
        worker = str(row.worker_id)
        Standing.objects.filter(pk=row.pk).update(weight=model.weight(worker), agreement=shared.get(worker))
