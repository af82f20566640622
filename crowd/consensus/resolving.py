"""One task's answers merged, given a fit: pure, deterministic, the same in whatever order the answers come."""

from collections.abc import Sequence

import numpy as np

from crowd.agreement import agreement
from crowd.consensus.answers import Answer, Resolution
from crowd.consensus.candidates import candidates
from crowd.consensus.fits import Fit
from crowd.consensus.resolving_objects import decide, object_model
from crowd.consensus.resolving_questions import Asked, resolve_questions
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
    values, questions = resolve_questions(asked, schema.classifications)
    objects, of_objects, decisions = _objects(ordered, schema=schema, fit=fit, iou_threshold=iou_threshold)
    parts = list(questions.values()) + ([float(np.mean(list(decisions.values())))] if decisions else [])
    decisions = {f"classifications.{address}": chance for address, chance in questions.items()} | decisions
    return Resolution(
        annotation=Annotation(values, objects),
        confidence=round(min(parts, default=1.0), _DIGITS),
        agreement=agreement(
            [(each.worker, each.annotation) for each in ordered],
            schema=schema,
            image_size=(ordered[0].width, ordered[0].height),
            iou_threshold=iou_threshold,
        ),
        weights=_weights(asked),
        questions={name: round(chance, _DIGITS) for name, chance in (questions | of_objects).items()},
        decisions={name: round(chance, _DIGITS) for name, chance in decisions.items()},
    )


def _objects(
    answers: Sequence[Answer], *, schema: Schema, fit: Fit, iou_threshold: float
) -> tuple[tuple[LabelledObject, ...], dict[str, float], dict[str, float]]:
    """The objects kept, the confidence of the questions about them, and that of every decision."""
    kept: list[LabelledObject] = []
    questions: dict[str, float] = {}
    decisions: dict[str, float] = {}
    dropped = 0
    for candidate in candidates(answers, schema=schema, iou_threshold=iou_threshold):
        decision = decide(candidate, answers, schema=schema, fit=fit)
        if decision.object is None:
            decisions[f"dropped[{dropped}]"] = decision.confidence
            dropped += 1
            continue
        name = f"objects[{len(kept)}]"
        decisions[name] = decision.confidence
        questions |= {f"{name}.{address}": chance for address, chance in decision.questions.items()}
        kept.append(decision.object)
    for shape in sorted({each.shape for each in schema.objects}):
        missed = object_model(fit, schema, shape).missed([fit.place(each.worker) for each in answers])
        decisions[f"missed.{shape}"] = float(np.exp(-missed))
    return tuple(kept), questions, decisions | questions


def _weights(asked: Asked) -> dict[str, float]:
    raw = {worker: max(asked.fit.weight(worker), 1e-6) for worker in asked.workers}
    total = sum(raw.values())
    return {worker: round(weight / total, _DIGITS) for worker, weight in raw.items()}
