"""Learning the models of objects: every candidate of every task is a vote of all workers who saw the task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from crowd.consensus.answers import Answer
from crowd.consensus.candidates import NOTHING, Candidate, candidates
from crowd.consensus.fits import Fit
from crowd.consensus.fitting_questions import Learnt, Said, learn_questions
from crowd.consensus.localisation import Drawn, Localisation
from crowd.consensus.object_models import PRIOR_DENSITY, ObjectModel
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.resolving_objects import existence_classes, fuse_candidates
from crowd.labels.types import Annotation, LabelledObject, Schema, Value

_GOLD = "\0gold"  # the owner of the gold objects while candidates are sought; no worker can have this name


@dataclass(frozen=True)
class _Found:
    """A candidate, who saw its task, and what is known of it: its label, that it is nothing, or (None) neither."""

    task: str
    image: Answer
    candidate: Candidate
    seen_by: tuple[str, ...]
    weights: Mapping[str, float]  # of what each of these tells of its worker
    known: str | None
    gold: LabelledObject | None


def learn_objects(
    learnt: Fit,
    tasks: Sequence[Sequence[Answer]],
    *,
    schema: Schema,
    gold: Mapping[str, Annotation],
    iou_threshold: float,
) -> Fit:
    """The fit with the models of objects and their attributes; `tasks` are the answers by task, sorted by worker."""
    found = [
        each
        for task in tasks
        for each in _find(task, gold.get(task[0].task), schema=schema, iou_threshold=iou_threshold)
    ]
    for shape in sorted({each.shape for each in schema.objects}):
        of_shape = [each for each in found if each.candidate.shape == shape]
        learnt = _with_shape(learnt, shape, of_shape, len(tasks), schema=schema)
    for object_class in schema.objects:
        models, answered = _learn_attributes(learnt, object_class.name, found, schema=schema)
        learnt = replace(
            learnt,
            attributes={**learnt.attributes, **{f"{object_class.name}.{key}": each for key, each in models.items()}},
            answered={
                **learnt.answered,
                **{f"attributes/{object_class.name}.{key}": each for key, each in answered.items()},
            },
        )
    return learnt


def _find(task: Sequence[Answer], truth: Annotation | None, *, schema: Schema, iou_threshold: float) -> list[_Found]:
    weights = {each.worker: each.weight for each in task}
    everybody = list(task) if truth is None else [replace(task[0], worker=_GOLD, annotation=truth), *task]
    result = []
    for candidate in candidates(everybody, schema=schema, iou_threshold=iou_threshold):
        real, known, drawn = None, None if truth is None else NOTHING, candidate
        if candidate.workers[0] == _GOLD:
            real, known = candidate.objects[0], candidate.objects[0].label
            drawn = Candidate(candidate.shape, candidate.workers[1:], candidate.objects[1:], candidate.alike[1:, 1:])
        result.append(_Found(task[0].task, task[0], drawn, tuple(weights), weights, known, real))
    return result


def _with_shape(learnt: Fit, shape: str, found: Sequence[_Found], tasks: int, *, schema: Schema) -> Fit:
    votes = [
        (unit, learnt.place(worker), label)
        for unit, each in enumerate(found)
        for worker, label in each.candidate.labels(each.seen_by)
    ]
    weights = [each.weights[worker] for each in found for worker in each.seen_by]
    existence = QuestionModel.learn(
        votes,
        classes=existence_classes(schema, shape),
        method=learnt.method,
        shape=(len(found), len(learnt.workers)),
        known={unit: each.known for unit, each in enumerate(found) if each.known is not None},
        weights=weights if min(weights, default=1.0) < 1.0 else None,
    )
    real = sum(1.0 - _nothing(existence, learnt, each) for each in found)
    density = (real + PRIOR_DENSITY) / (tasks + 1.0)
    model = ObjectModel(existence, round(density, 6))
    answered = {f"objects/{shape}": _numbers(votes)}
    learnt = replace(learnt, objects={**learnt.objects, shape: model}, answered={**learnt.answered, **answered})
    drawn = [each for each in found if each.candidate.workers and _is_real(existence, learnt, each)]
    localisation = Localisation.learn(_errors(learnt, drawn, schema=schema))
    return replace(learnt, objects={**learnt.objects, shape: replace(model, localisation=localisation)})


def _errors(learnt: Fit, found: Sequence[_Found], *, schema: Schema) -> Iterator[Drawn]:
    """Yield how far each drawn object is from what all who drew it came to; of one alone nothing can be said."""
    for _, group in groupby(found, key=lambda each: each.task):
        of_task = [each for each in group if len(each.candidate.workers) > 1]
        labelled = [(each.candidate, _label(each)) for each in of_task]
        if not labelled:
            continue
        fused = fuse_candidates(labelled, of_task[0].image, schema=schema, models=learnt.objects, fit=learnt)
        for each, (candidate, label), (_, closeness) in zip(of_task, labelled, fused, strict=True):
            # a fused object lies closer to its members than the true one does: by n / (n - 1) in the squares
            correction = np.sqrt(len(candidate.workers) / (len(candidate.workers) - 1))
            for worker, near in zip(candidate.workers, closeness.tolist(), strict=True):
                yield learnt.place(worker), label, float(correction * (1.0 - near)), each.weights[worker]


def _label(found: _Found) -> str:
    """Return the known label, else the one that most gave it; of equals the first in the order of the names."""
    if found.gold is not None:
        return found.gold.label
    labels = [each.label for each in found.candidate.objects]
    return max(sorted(set(labels)), key=labels.count)


def _nothing(existence: QuestionModel, learnt: Fit, found: _Found) -> float:
    if found.known is not None:
        return float(found.known == NOTHING)
    said = found.candidate.labels(found.seen_by)
    return existence.chances([(learnt.place(worker), label) for worker, label in said])[NOTHING]


def _is_real(existence: QuestionModel, learnt: Fit, found: _Found) -> bool:
    return _nothing(existence, learnt, found) <= 0.5


def _learn_attributes(learnt: Fit, label: str, found: Sequence[_Found], *, schema: Schema) -> Learnt:
    object_class = schema.object_class(label)
    if object_class is None or not object_class.attributes:
        return {}, {}
    said: list[Said] = []
    truths: dict[str, Mapping[str, Value]] = {}
    weights: dict[tuple[str, int], float] = {}
    for unit, each in enumerate(found):
        name = f"{unit:09d}"
        said += [
            (name, learnt.place(worker), drawn.attributes)
            for worker, drawn in zip(each.candidate.workers, each.candidate.objects, strict=True)
            if drawn.label == label
        ]
        told = {learnt.place(worker): weight for worker, weight in each.weights.items() if weight < 1.0}
        weights |= {(name, worker): weight for worker, weight in told.items()}
        if each.gold is not None and each.gold.label == label:
            truths[name] = each.gold.attributes
    return learn_questions(
        said,
        truths,
        object_class.attributes,
        method=learnt.method,
        workers=len(learnt.workers),
        weights=weights,
    )


def _numbers(votes: Sequence[tuple[int, int, str]]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for _, worker, _ in votes:
        numbers[worker] = numbers.get(worker, 0) + 1
    return numbers
