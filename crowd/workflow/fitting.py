"""Worker models, learnt from all of a project's answers."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery, Sum

from crowd import agreement, consensus, jobs
from crowd.consensus import Answer
from crowd.labels.annotation import Annotation, annotation_to_json
from crowd.labels.schema import Schema
from crowd.models import Assignment, Fit, Gold, Guideline, Project, Standing, Task
from crowd.queries import versions
from crowd.workflow import locks

MIN_NEW_ANSWERS = 30
GROWTH = 0.2


def refit_if_grown(*, project_id: int) -> None:
    """Ask for new worker models when a fifth more answers have come in, so that the cost stays in proportion."""
    if _is_due(project_id, grown=True):
        jobs.send(jobs.refit, project_id)


def refit(*, now: datetime, project_id: int | None = None) -> None:
    """Learn the worker models of one project anew if its answers have grown enough, or of all that have new answers."""
    projects = Project.objects.live() if project_id is None else Project.objects.filter(pk=project_id)
    for project in projects:
        if _is_due(project.pk, grown=project_id is not None):
            _refit(project, now, grown=project_id is not None)


def _is_due(project_id: int, *, grown: bool) -> bool:
    """Return whether there are new answers since the models in use were learnt, or by a fifth more of them."""
    standings = Standing.objects.filter(project=OuterRef("pk")).order_by().values("project")
    guideline = Guideline.objects.filter(project=OuterRef("pk"), state=Guideline.State.PUBLISHED)
    fits = Fit.objects.filter(
        project=OuterRef("pk"), method=OuterRef("consensus"), guideline__state=Guideline.State.PUBLISHED
    )
    total, fitted, published = (
        Project.objects.filter(pk=project_id)
        .annotate(
            total=Subquery(standings.annotate(sum=Sum("labels")).values("sum")),
            fitted=Subquery(fits.order_by("-pk").values("answers")[:1]),
            published=Exists(guideline),
        )
        .values_list("total", "fitted", "published")
        .get()
    )
    change = abs((total or 0) - (fitted or 0))
    return published and change > 0 and (not grown or change >= max(MIN_NEW_ANSWERS, GROWTH * (fitted or 0)))


def _count(project: Project) -> int:
    return project.standings.aggregate(total=Sum("labels"))["total"] or 0


def _refit(project: Project, now: datetime, *, grown: bool) -> None:
    with transaction.atomic():
        # One at a time for each project; whoever comes second leaves it to the first.
        if not locks.try_lock("fit", project.pk) or not _is_due(project.pk, grown=grown):
            return
        guideline = versions.current(project)
        assert guideline is not None
        schema = versions.schema_of(guideline)
        total = _count(project)
        answers = list(_answers(project, guideline))
        model = consensus.fit(
            answers,
            schema=schema,
            method=project.consensus,
            gold=dict(_gold(project, guideline)),
            iou_threshold=project.iou_threshold,
        )
        figures, shared = _measure(answers, schema=schema, iou_threshold=project.iou_threshold)
        Fit.objects.create(
            project=project,
            guideline=guideline,
            method=project.consensus,
            answers=total,
            parameters=model.to_json(),
            agreement=figures,
            created_at=now,
        )
    _tell_standings(project, model, shared)
    _mark_changed(project, model, answers, schema=schema, now=now)


def _answers(project: Project, guideline: Guideline) -> Iterator[Answer]:
    """Yield every valid answer as it reads under the guideline in force, in a fixed order."""
    history = versions.history(project)
    rows = Assignment.objects.valid().filter(task__project=project).select_related("task__image", "guideline")
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


def _mark_changed(
    project: Project, model: consensus.Fit, answers: list[Answer], *, schema: Schema, now: datetime
) -> None:
    """Have the tasks looked at again whose outcome the new models change.

    A task that is resolved stays so: only its answer is brought up to date. One that waits for an answer or a reviewer
    is resolved if its confidence reaches the target now; until then a reviewer sees the models' newest answer.
    """
    by_task: dict[str, list[Answer]] = {}
    for answer in answers:
        by_task.setdefault(answer.task, []).append(answer)
    tasks = Task.objects.ordinary().filter(project=project).exclude(state=Task.State.EXCLUDED)
    for task in tasks.filter(labels__gt=0).select_related("consensus").iterator(chunk_size=2000):
        mine = by_task.get(str(task.pk), [])
        if not mine:
            continue
        ruled = task.consensus is not None and task.consensus.by_id is not None
        if ruled or (task.state != Task.State.RESOLVED and len(mine) < task.base_overlap):
            continue
        fresh = consensus.resolve(mine, schema=schema, fit=model, iou_threshold=project.iou_threshold)
        reached = task.state != Task.State.RESOLVED and fresh.confidence >= project.confidence_target
        other = task.consensus is not None and annotation_to_json(fresh.annotation) != task.consensus.annotation
        if reached or other:
            Task.objects.filter(pk=task.pk).update(stale_at=now)
            jobs.send(jobs.resolve, task.pk)
