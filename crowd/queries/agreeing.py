"""How far workers agree under each guideline version, and the gold that a new one asks its owner to look at."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from crowd import agreement
from crowd.labels.annotation import Annotation
from crowd.models import Assignment, Gold, Guideline, Project
from crowd.queries import versions
from crowd.queries.impact import speaks_of

IMAGES = 300  # of a version, the newest: enough for an interval of a few hundredths
RESAMPLES = 400
LEVEL = 0.95


@dataclass(frozen=True)
class VersionAgreement:
    """Mean pairwise agreement of answers given under one version, with its interval; None of fewer than two images."""

    number: int
    images: int
    answers: int
    mean: float | None
    interval: tuple[float, float] | None


def by_version(project: Project) -> list[VersionAgreement]:
    """Return each version that was in force, oldest first; answers count for the version they were given under."""
    return [_of(version) for version in versions.history(project)]


def answers_to(version: Guideline) -> QuerySet[Assignment]:
    """Return what was said under a version of what is not gold; what a later one voided counts, other voids do not."""
    rows = Assignment.objects.filter(guideline=version, submitted_at__isnull=False, annotation__isnull=False)
    ordinary = rows.filter(Q(task__gold__isnull=True) | Q(task__gold__withdrawn_at__isnull=False))
    return ordinary.exclude(state=Assignment.State.VOID, overtaken_at__isnull=True)


def newest(version: Guideline) -> tuple[dict[int, list[tuple[str, Annotation]]], dict[int, tuple[float, float]]]:
    """Return the answers to the newest images of a version, by task, and the sizes of these images."""
    rows = answers_to(version)
    tasks = list(rows.order_by("-task").values_list("task", flat=True).distinct()[:IMAGES])
    by_task: dict[int, list[tuple[str, Annotation]]] = {}
    sizes: dict[int, tuple[float, float]] = {}
    for one in rows.filter(task__in=tasks).select_related("task__image").order_by("task", "pk"):
        image = one.task.image
        read = versions.read(one.annotation, image=image, made_under=version, target=version, history=[version])
        if read is not None:
            sizes[one.task_id] = (image.width, image.height)
            by_task.setdefault(one.task_id, []).append((str(one.worker_id), read))
    return by_task, sizes


def _of(version: Guideline) -> VersionAgreement:
    by_task, sizes = newest(version)
    schema, threshold = versions.schema_of(version), version.project.iou_threshold
    values = [
        value
        for task, answers in by_task.items()
        if (value := agreement.agreement(answers, schema=schema, image_size=sizes[task], iou_threshold=threshold))
        is not None
    ]
    answered = sum(len(answers) for answers in by_task.values())
    mean = sum(values) / len(values) if values else None
    return VersionAgreement(version.number, len(values), answered, mean, bootstrap(values))


def bootstrap(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the percentile interval of a mean, by resampling images; None of fewer than two. The same every time.

    Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    if len(values) < 2:
        return None
    rng = random.Random(0)  # noqa: S311 -- no secret: the same figures for the same answers
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    tail = (1 - LEVEL) / 2
    return means[int(tail * RESAMPLES)], means[min(int((1 - tail) * RESAMPLES), RESAMPLES - 1)]


def gold_to_look_at(project: Project) -> list[Gold]:
    """Return the gold that does not read any more, and what speaks of a label redefined since it was given."""
    asked = Q(unreadable_at__isnull=False)
    for version in versions.history(project):
        if version.impact == Guideline.Impact.RELABEL:
            for label in version.affected:
                asked |= Q(speaks_of("annotation", label)) & Q(guideline__published_at__lt=version.published_at)
    rows = Gold.objects.filter(asked, project=project, withdrawn_at__isnull=True)
    return list(rows.select_related("task__image", "guideline", "project").order_by("pk"))
