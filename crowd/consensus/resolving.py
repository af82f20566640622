"""One task's answers merged, given a fit: pure, deterministic, the same in whatever order the answers come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowd.agreement import agreement
from crowd.consensus.answers import Answer, Resolution
from crowd.consensus.candidates import candidates
from crowd.consensus.fits import Fit
from crowd.consensus.resolving_objects import decide_all, object_model
from crowd.consensus.resolving_questions import Asked, Settled, resolve_questions, values
from crowd.labels.types import Annotation, LabelledObject, Schema

_DIGITS = 6  # of confidences and weights


def resolve(answers: Sequence[Answer], *, schema: Schema, fit: Fit, iou_threshold: float = 0.5) -> Resolution:
    """The merged answer of one task.

    Parameters
    ----------
    answers : sequence of Answer
        Of one task, at most one of each worker; workers may be strangers to the fit.
    schema : Schema
    fit : Fit
        See `crowd.consensus.fit` and `default_fit`.
    iou_threshold : float
        The least similarity at which two objects are taken for one.

    Returns
    -------
    Resolution
        Without answers: an empty annotation, confidence 0 and no agreement.
    """
    ordered = sorted(answers, key=lambda each: each.worker)
    if not ordered:
        return Resolution(Annotation(), 0.0, None, {})
    asked = Asked(
        fit=fit,
        workers=tuple(each.worker for each in ordered),
        answers=tuple(each.annotation.classifications for each in ordered),
        models=fit.questions,
    )
    questions = resolve_questions(asked, schema.classifications)
    objects = _objects(ordered, schema=schema, fit=fit, iou_threshold=iou_threshold)
    decisions = {f"classifications.{name}": (each.confidence, each.gain) for name, each in questions.items()}
    parts: list[tuple[float, float]] = list(decisions.values())
    if objects.decisions:
        of_objects = np.mean(list(objects.decisions.values()), axis=0)
        parts.append((float(of_objects[0]), float(of_objects[1])))
    decisions |= objects.decisions
    confidence, gain = min(parts, default=(1.0, 0.0))  # the weakest part speaks for the document
    return Resolution(
        annotation=Annotation(values(questions), objects.kept),
        confidence=round(confidence, _DIGITS),
        agreement=agreement(
            [(each.worker, each.annotation) for each in ordered],
            schema=schema,
            image_size=(ordered[0].width, ordered[0].height),
            iou_threshold=iou_threshold,
        ),
        weights=_weights(asked),
        gain=round(gain, _DIGITS),
        questions={name: round(each.confidence, _DIGITS) for name, each in (questions | objects.questions).items()},
        decisions={name: round(confidence, _DIGITS) for name, (confidence, _) in decisions.items()},
    )


@dataclass(frozen=True)
class _Objects:
    """The objects kept, the questions about them, and (confidence, gain) of every decision."""

    kept: tuple[LabelledObject, ...]
    questions: dict[str, Settled]
    decisions: dict[str, tuple[float, float]]


def _objects(answers: Sequence[Answer], *, schema: Schema, fit: Fit, iou_threshold: float) -> _Objects:
    kept: list[LabelledObject] = []
    questions: dict[str, Settled] = {}
    decisions: dict[str, tuple[float, float]] = {}
    dropped = 0
    found = candidates(answers, schema=schema, iou_threshold=iou_threshold)
    for decision in decide_all(found, answers, schema=schema, fit=fit):
        if decision.object is None:
            decisions[f"dropped[{dropped}]"] = (decision.confidence, decision.gain)
            dropped += 1
            continue
        name = f"objects[{len(kept)}]"
        decisions[name] = (decision.confidence, decision.gain)
        about = {f"{name}.{address}": each for address, each in decision.questions.items()}
        questions |= about
        decisions |= {address: (each.confidence, each.gain) for address, each in about.items()}
        kept.append(decision.object)
    places = [fit.place(each.worker) for each in answers]
    for shape in sorted({each.shape for each in schema.objects}):
        model = object_model(fit, schema, shape)
        now, then = (float(np.exp(-model.missed(places, next_by))) for next_by in ((), fit.next_by))
        decisions[f"missed.{shape}"] = (now, then - now)
    return _Objects(tuple(kept), questions, decisions)


def _weights(asked: Asked) -> dict[str, float]:
    raw = {worker: max(asked.fit.weight(worker), 1e-6) for worker in asked.workers}
    total = sum(raw.values())
    return {worker: round(weight / total, _DIGITS) for worker, weight in raw.items()}
