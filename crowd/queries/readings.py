"""A task's answers as they read under a guideline version, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crowd import consensus
from crowd.consensus import Answer, Resolution
from crowd.models import Assignment, Fit, Guideline, Project, Task
from crowd.queries import versions

LEAST_ANSWERS = 30


@dataclass(frozen=True)
class Reading:
    """Answers as they read under one guideline version; those that no longer fit it are left out."""

    guideline: Guideline
    assignments: tuple[Assignment, ...]
    answers: tuple[Answer, ...]


def of_task(task: Task) -> Reading | None:
    """Return the task's valid answers under the guideline in force; None where the project has none."""
    history = versions.history(task.project)
    if not history:
        return None
    answers = task.assignments.valid().select_related("guideline").order_by("pk")
    return read(task, answers, versions.in_force(history), history=history)


def read(
    task: Task, assignments: Iterable[Assignment], guideline: Guideline, *, history: Sequence[Guideline]
) -> Reading:
    """Return these answers as they read under a version."""
    kept, answers = [], []
    for assignment in assignments:
        annotation = versions.read(
            assignment.annotation or {},
            image=task.image,
            made_under=assignment.guideline,
            target=guideline,
            history=history,
        )
        if annotation is not None:
            kept.append(assignment)
            answers.append(
                Answer(
                    task=str(task.pk),
                    worker=str(assignment.worker_id),
                    annotation=annotation,
                    width=task.image.width,
                    height=task.image.height,
                )
            )
    return Reading(guideline, tuple(kept), tuple(answers))


def newest_fit(*, project: Project, guideline: Guideline) -> Fit | None:
    """Return the worker models to use now; None before the first, or after the method or the guideline changed.

    Models of a handful of answers know less of a crowd than what is true of crowds in general.
    """
    fits = project.fits.filter(guideline=guideline, method=project.consensus, answers__gte=LEAST_ANSWERS)
    return fits.defer("parameters").order_by("-pk").first()


@lru_cache(maxsize=32)
def models_of(fit: int) -> consensus.Fit:
    """Return the worker models of a fit; as they never change, they are read once."""
    return consensus.Fit.from_json(Fit.objects.values_list("parameters", flat=True).get(pk=fit))


def resolve(reading: Reading, *, fit: Fit | None, method: str, iou_threshold: float) -> Resolution:
    """Return what the answers come to under the worker models of a fit; of none, under what is assumed of anybody."""
    schema = versions.schema_of(reading.guideline)
    model = models_of(fit.pk) if fit else consensus.default_fit(schema, method)
    return consensus.resolve(reading.answers, schema=schema, fit=model, iou_threshold=iou_threshold)
