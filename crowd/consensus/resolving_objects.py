"""Objects of one task: which candidates exist, under which label, where exactly, and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crowd.agreement.scores import similarities
from crowd.consensus.answers import Answer
from crowd.consensus.candidates import NOTHING, Candidate
from crowd.consensus.fits import Fit
from crowd.consensus.fusion import fuse
from crowd.consensus.object_models import PRIOR_DENSITY, PRIOR_ERROR, ObjectModel
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.resolving_questions import Asked, Settled, resolve_questions, values
from crowd.labels.types import LabelledObject, Schema


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
    return ObjectModel(
        existence=QuestionModel.learn([], classes=existence_classes(schema, shape), method=fit.method),
        errors={},
        error=PRIOR_ERROR,
        density=PRIOR_DENSITY,
    )


def existence_classes(schema: Schema, shape: str) -> tuple[str, ...]:
    """`NOTHING` and the labels of this shape, in the schema's order."""
    return (NOTHING, *(each.name for each in schema.objects if each.shape == shape))


def decide(candidate: Candidate, answers: Sequence[Answer], *, schema: Schema, fit: Fit) -> Decision:
    """Keep the candidate, under its most probable label, if it is more likely to exist than not."""
    model = object_model(fit, schema, candidate.shape)
    said = candidate.labels([answer.worker for answer in answers])
    chances = model.existence.chances([(fit.place(worker), label) for worker, label in said])
    if chances[NOTHING] > 0.5:
        return Decision(None, chances[NOTHING], model.existence.gain(chances), {})
    label = max((name for name in chances if name != NOTHING), key=lambda name: chances[name])
    geometry, quality = locate(candidate, label, answers[0], schema=schema, fit=fit)
    questions = _attributes(candidate, label, schema=schema, fit=fit)
    score = round(chances[label] * quality, 6)
    kept = LabelledObject(label, candidate.shape, geometry, values(questions), score=score)
    return Decision(kept, chances[label], model.existence.gain(chances), questions)


def locate(candidate: Candidate, label: str, answer: Answer, *, schema: Schema, fit: Fit) -> tuple[object, float]:
    """The fused geometry, and its expected similarity to the true one."""
    fused, closeness = fuse_candidate(candidate, label, answer, schema=schema, fit=fit)
    model = object_model(fit, schema, candidate.shape)
    number = len(candidate.objects)
    spread = float(np.mean(1.0 - closeness)) if number > 1 else 0.0
    # the members' own distance and the crowd's, as one member more; the mean of n errs by 1 / sqrt(n)
    error = (number * spread + model.error) / (number + 1)
    return fused, float(np.clip(1.0 - error / np.sqrt(number), 0.0, 1.0))


def fuse_candidate(
    candidate: Candidate, label: str, answer: Answer, *, schema: Schema, fit: Fit
) -> tuple[object, NDArray[np.float64]]:
    """The fused geometry, and each member's similarity to it; other skeletons than the label's are left out."""
    model = object_model(fit, schema, candidate.shape)
    fitting = [place for place, each in enumerate(candidate.objects) if _fits(each, label, schema)]
    use = fitting or list(range(len(candidate.objects)))
    weights = np.array([model.precision(fit.place(candidate.workers[place])) for place in use])
    fused = fuse(
        candidate.shape,
        [candidate.objects[place].geometry for place in use],
        weights,
        candidate.alike[np.ix_(use, use)],
    )
    one = LabelledObject(label, candidate.shape, fused)
    size = (answer.width, answer.height)
    return fused, similarities(candidate.objects, [one], schema=schema, image_size=size)[:, 0]


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
