"""Objects of one task: which candidates exist, under which label, where exactly, and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.agreement.scores import similarities
from crowd.consensus.answers import Answer
from crowd.consensus.candidates import NOTHING, Candidate
from crowd.consensus.fits import Fit
from crowd.consensus.fusion import fuse_all
from crowd.consensus.object_models import ObjectModel
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.resolving_questions import Asked, Settled, resolve_questions, values
from crowd.labels.types import LabelledObject, Schema

Labelled = tuple[Candidate, str]  # a candidate, and the label it is kept under


@dataclass(frozen=True)
class Decision:
    """Whether a candidate exists and as what: `object` is None where it is dropped; `confidence` that this is right.

    `gain` is the expected one of one more answer, `questions` those about a kept object.
    """

    object: LabelledObject | None
    confidence: float
    gain: float
    questions: Mapping[str, Settled]


def object_model(fit: Fit, schema: Schema, shape: str) -> ObjectModel:
    """What the fit knows of this shape's objects, or what is true of crowds in general."""
    if shape in fit.objects:
        return fit.objects[shape]
    return ObjectModel(QuestionModel.learn([], classes=existence_classes(schema, shape), method=fit.method))


def existence_classes(schema: Schema, shape: str) -> tuple[str, ...]:
    """`NOTHING` and the labels of this shape, in the schema's order."""
    return (NOTHING, *(each.name for each in schema.objects if each.shape == shape))


def decide_all(
    candidates: Sequence[Candidate], answers: Sequence[Answer], *, schema: Schema, fit: Fit
) -> list[Decision]:
    """Keep each candidate, under its most probable label, if it is more likely to exist than not."""
    workers = [answer.worker for answer in answers]
    models = {shape: object_model(fit, schema, shape) for shape in {each.shape for each in candidates}}
    beliefs = []
    for candidate in candidates:
        said = [(fit.place(worker), label) for worker, label in candidate.labels(workers)]
        beliefs.append(models[candidate.shape].existence.chances(said))
    kept = [
        (candidate, max((name for name in chances if name != NOTHING), key=lambda name: chances[name]))
        for candidate, chances in zip(candidates, beliefs, strict=True)
        if chances[NOTHING] <= 0.5
    ]
    located = iter(zip(kept, locate_all(kept, answers[0], schema=schema, models=models, fit=fit), strict=True))
    decisions = []
    for candidate, chances in zip(candidates, beliefs, strict=True):
        gain = models[candidate.shape].existence.gain(chances, len(answers))
        if chances[NOTHING] > 0.5:
            decisions.append(Decision(None, chances[NOTHING], gain, {}))
            continue
        (_, label), (geometry, quality) = next(located)
        questions = _attributes(candidate, label, schema=schema, fit=fit)
        score = round(chances[label] * quality, 6)
        one = LabelledObject(label, candidate.shape, geometry, values(questions), score=score)
        decisions.append(Decision(one, chances[label], gain, questions))
    return decisions


def locate_all(
    kept: Sequence[Labelled], answer: Answer, *, schema: Schema, models: Mapping[str, ObjectModel], fit: Fit
) -> list[tuple[object, float]]:
    """The fused geometry of each of one task's objects, and its expected similarity to the true one."""
    located = []
    fused = fuse_candidates(kept, answer, schema=schema, models=models, fit=fit)
    for (candidate, label), (geometry, closeness) in zip(kept, fused, strict=True):
        number = len(candidate.objects)
        spread = float(np.mean(1.0 - closeness)) if number > 1 else 0.0
        # the members' own distance and the crowd's, as one member more; the mean of n errs by 1 / sqrt(n)
        error = (number * spread + models[candidate.shape].localisation.error_of(label)) / (number + 1)
        located.append((geometry, float(np.clip(1.0 - error / np.sqrt(number), 0.0, 1.0))))
    return located


def fuse_candidates(
    kept: Sequence[Labelled], answer: Answer, *, schema: Schema, models: Mapping[str, ObjectModel], fit: Fit
) -> list[tuple[object, NDArray[np.float64]]]:
    """The fused geometry of each of one task's objects, and each member's similarity to it, shape by shape.

    Members with another skeleton than the label's are left out of the fusion.
    """
    result: list[tuple[object, NDArray[np.float64]]] = [(None, np.zeros(0))] * len(kept)
    for shape in {candidate.shape for candidate, _ in kept}:
        places = [place for place, (candidate, _) in enumerate(kept) if candidate.shape == shape]
        uses, weights = [], []
        for candidate, label in (kept[place] for place in places):
            fitting = [member for member, each in enumerate(candidate.objects) if _fits(each, label, schema)]
            uses.append(fitting or list(range(len(candidate.objects))))
            drawers = [fit.place(candidate.workers[member]) for member in uses[-1]]
            weights.append(np.array([models[shape].localisation.precision(drawer, label) for drawer in drawers]))
        fused = fuse_all(
            shape,
            [
                [kept[place][0].objects[member].geometry for member in use]
                for place, use in zip(places, uses, strict=True)
            ],
            weights,
            [kept[place][0].alike[np.ix_(use, use)] for place, use in zip(places, uses, strict=True)],
        )
        ones = [LabelledObject(kept[place][1], shape, each) for place, each in zip(places, fused, strict=True)]
        near = _closeness([kept[place][0] for place in places], ones, answer, schema=schema)
        for place, one, closeness in zip(places, ones, near, strict=True):
            result[place] = (one.geometry, closeness)
    return result


def _closeness(
    candidates: Sequence[Candidate], ones: Sequence[LabelledObject], answer: Answer, *, schema: Schema
) -> list[NDArray[np.float64]]:
    """Similarity of each candidate's members to its fused object; boxes all at once, for speed."""
    size = (answer.width, answer.height)
    if ones[0].shape != "box":
        return [
            similarities(candidate.objects, [one], schema=schema, image_size=size)[:, 0]
            for candidate, one in zip(candidates, ones, strict=True)
        ]
    members = [each for candidate in candidates for each in candidate.objects]
    numbers = [len(candidate.objects) for candidate in candidates]
    owner = np.repeat(np.arange(len(ones)), numbers)
    near = similarities(members, ones, schema=schema, image_size=size)[np.arange(len(members)), owner]
    return np.split(near, np.cumsum(numbers)[:-1])


def _fits(each: LabelledObject, label: str, schema: Schema) -> bool:
    wanted = schema.object_class(label)
    return each.shape != "keypoints" or wanted is None or len(each.geometry) == len(wanted.keypoints)


def _attributes(candidate: Candidate, label: str, *, schema: Schema, fit: Fit) -> dict[str, Settled]:
    """Attributes by those who gave the object this label."""
    object_class = schema.object_class(label)
    if object_class is None or not object_class.attributes:
        return {}
    said = [
        (worker, each.attributes)
        for worker, each in zip(candidate.workers, candidate.objects, strict=True)
        if each.label == label
    ]
    asked = Asked(
        fit=fit,
        workers=tuple(worker for worker, _ in said),
        answers=tuple(attributes for _, attributes in said),
        models=fit.attributes,
        prefix=f"{label}.",
    )
    return resolve_questions(asked, object_class.attributes)
