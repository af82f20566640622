"""A task's answers as they read under a guideline version, and what they come to."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.db import connection

from crowd import consensus
from crowd.consensus import Answer, Resolution
from crowd.models import Assignment, Fit, Guideline, Task
from crowd.queries import versions

LEAST_ANSWERS = 30


@dataclass(frozen=True)
class Reading:
    """Answers as they read under one guideline version; those that no longer fit it are left out."""

    guideline: Guideline
    assignments: tuple[Assignment, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Terms:
    """What a task is read under at this moment: gold or not, the guideline in force, the worker models to use."""

    known: bool
    guideline: Guideline | None
    fit: int | None


# Written out, as these statements run once for each answer handed in: composing them took longer than running them.
_TERMS = """
    SELECT EXISTS (SELECT FROM crowd_gold o WHERE o.task_id = %(task)s AND o.withdrawn_at IS NULL), g.id,
           (SELECT f.id FROM crowd_fit f WHERE f.project_id = p.id AND f.guideline_id = g.id AND f.method = p.consensus
               AND f.answers >= %(least)s ORDER BY f.id DESC LIMIT 1)
    FROM crowd_project p LEFT JOIN crowd_guideline g ON g.project_id = p.id AND g.state = 'published'
    WHERE p.id = %(project)s
"""
_ANSWERS = """
    SELECT id, task_id, worker_id, guideline_id, annotation FROM crowd_assignment
    WHERE state = 'submitted' AND task_id = ANY(%s) ORDER BY task_id, id
"""


def terms_of(task: Task) -> Terms:
    """Return what the task is read under now.

    Models of a handful of answers know less of a crowd than what is true of crowds in general; there are none before
    the first fit, or after the method or the guideline changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, {"task": task.pk, "project": task.project_id, "least": LEAST_ANSWERS})
        known, guideline, fit = cursor.fetchone()
    return Terms(known, guideline and _published(guideline), fit)


@lru_cache(maxsize=256)
def _published(pk: int) -> Guideline:
    """Return a version that is or was in force; what it says never changes."""
    return Guideline.objects.get(pk=pk)


def of_task(task: Task) -> Reading | None:
    """Return the task's valid answers under the guideline in force; None where the project has none."""
    guideline = terms_of(task).guideline
    return None if guideline is None else under(task, guideline)


def under(task: Task, guideline: Guideline) -> Reading:
    """Return the task's valid answers under a version of its project."""
    ((_, reading),) = under_all([task], guideline)
    return reading


def under_all(tasks: Sequence[Task], guideline: Guideline) -> Iterator[tuple[Task, Reading]]:
    """Yield each of one project's tasks with its valid answers under a version, in the order of their ids."""
    rows = list(Assignment.objects.raw(_ANSWERS, [[task.pk for task in tasks]]))
    only_this = all(row.guideline_id == guideline.pk for row in rows)
    history = [guideline] if only_this else versions.history(tasks[0].project)
    named = {each.pk: each for each in history}
    for row in rows:
        row.guideline = named[row.guideline_id]
    answers = {pk: list(group) for pk, group in groupby(rows, key=lambda row: row.task_id)}
    for task in sorted(tasks, key=lambda each: each.pk):
        yield task, read(task, answers.get(task.pk, ()), guideline, history=history)


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


@lru_cache(maxsize=32)
def models_of(fit: int) -> consensus.Fit:
    """Return the worker models of a fit; as they never change, they are read once."""
    return consensus.Fit.from_json(Fit.objects.values_list("parameters", flat=True).get(pk=fit))


@lru_cache(maxsize=32)
def _assumed(guideline: int, method: str) -> consensus.Fit:
    """Return what is assumed of anybody under a version that is or was in force."""
    return consensus.default_fit(versions.schema_of(_published(guideline)), method)


def resolve(
    reading: Reading, *, fit: int | None, method: str, iou_threshold: float, asking: Collection[str] = ()
) -> Resolution:
    """Return what the answers come to under the worker models of a fit; of none, under what is assumed of anybody.

    Its gain is that of one more answer by those who are `asking` for work, or by nobody in particular.
    """
    schema = versions.schema_of(reading.guideline)
    model = models_of(fit) if fit else _assumed(reading.guideline.pk, method)
    model = model.asking(asking) if asking else model
    return consensus.resolve(reading.answers, schema=schema, fit=model, iou_threshold=iou_threshold)
