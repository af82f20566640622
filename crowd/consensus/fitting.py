"""Learning a project's fit from all its answers and its gold."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from crowd.consensus.answers import Answer
from crowd.consensus.fits import Fit
from crowd.consensus.fitting_objects import learn_objects
from crowd.consensus.fitting_questions import learn_questions
from crowd.consensus.methods import METHODS
from crowd.errors import Invalid
from crowd.labels.types import Annotation, Schema


def default_fit(schema: Schema, method: str) -> Fit:
    """The fit of a project without answers: what is true of crowds in general."""
    return fit([], schema=schema, method=method)


def fit(
    answers: Sequence[Answer],
    *,
    schema: Schema,
    method: str,
    gold: Mapping[str, Annotation] | None = None,
    iou_threshold: float = 0.5,
) -> Fit:
    """Learn the worker models of one project.

    Parameters
    ----------
    answers : sequence of Answer
        All valid ones, of any number of tasks; at most one of each worker to each task. Their order does not matter.
    schema : Schema
    method : str
        A name of `METHODS`.
    gold : mapping from task to Annotation, optional
        Known answers; they count as observations of the truth.
    iou_threshold : float
        The least similarity at which two objects are taken for one.

    Raises
    ------
    Invalid
        No such method.
    """
    if method not in METHODS:
        names = ", ".join(sorted(METHODS))
        raise Invalid(f"There is no consensus method “{method}”; there are: {names}.", code="unknown_method")
    ordered = sorted(answers, key=lambda each: (each.task, each.worker))
    workers = tuple(sorted({each.worker for each in ordered}))
    places = {name: place for place, name in enumerate(workers)}
    known = {task: (gold or {})[task] for task in sorted({each.task for each in ordered}) if task in (gold or {})}
    questions, answered = learn_questions(
        ((each.task, places[each.worker], each.annotation.classifications) for each in ordered),
        {task: annotation.classifications for task, annotation in known.items()},
        schema.classifications,
        method=method,
        workers=len(workers),
        weights={(each.task, places[each.worker]): each.weight for each in ordered if each.age},
    )
    learnt = Fit(
        method=method,
        workers=workers,
        questions=questions,
        answered={f"questions/{key}": each for key, each in answered.items()},
    )
    tasks = [list(group) for _, group in groupby(ordered, key=lambda each: each.task)]
    return learn_objects(learnt, tasks, schema=schema, gold=known, iou_threshold=iou_threshold)
