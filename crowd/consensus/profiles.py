"""What a fit believes of one worker, class by class, each figure with the interval that it lies in."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from crowd.consensus.candidates import NOTHING
from crowd.consensus.counted import CountedModel
from crowd.consensus.fits import Fit
from crowd.consensus.models import ClassModel, by_class
from crowd.consensus.object_models import ObjectModel
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.votes import Floats

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval that it lies in with a probability of `LEVEL`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class QuestionProfile:
    """A worker at one question: `confusion[truth][answer]`, the probability of each answer given each truth."""

    confusion: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class ObjectProfile:
    """A worker at objects of one shape.

    Attributes
    ----------
    misses : mapping from label to Estimate
        Probability of not drawing what is there.
    false_add : Estimate
        Probability of drawing, where somebody drew what is not there, that too.
    confusion : mapping from label to mapping from label to Estimate
        Of what is there and is drawn, the probability of each label.
    localisation : mapping from label to Estimate
        Root mean square of 1 - similarity to the true object.
    """

    misses: Mapping[str, Estimate]
    false_add: Estimate
    confusion: Mapping[str, Mapping[str, Estimate]]
    localisation: Mapping[str, Estimate]


def question_profile(fit: Fit, key: str, worker: str) -> QuestionProfile:
    """A worker, or with a name the fit does not know a stranger, at the question of this key."""
    question = fit.questions[key]
    rates, weights = _rates(question.model, fit.place(worker))
    return QuestionProfile(_square(question, rates, weights))


def object_profile(fit: Fit, shape: str, worker: str) -> ObjectProfile:
    """A worker, or with a name the fit does not know a stranger, at objects of this shape."""
    model: ObjectModel = fit.objects[shape]
    place, names = fit.place(worker), model.existence.classes
    rates, weights = _rates(model.existence.model, place)
    nothing = names.index(NOTHING)
    labels = [name for name in names if name != NOTHING]
    drawn = 1.0 - rates[:, nothing]
    seen = rates / np.maximum(drawn, 1e-12)[:, None]
    square = _square(model.existence, seen, weights * drawn)
    return ObjectProfile(
        misses={name: _estimate(rates[names.index(name), nothing], weights[names.index(name)]) for name in labels},
        false_add=_estimate(drawn[nothing], weights[nothing]),
        confusion={truth: {name: square[truth][name] for name in labels} for truth in labels},
        localisation={
            name: Estimate(
                min(model.localisation.error_of(name, place), 1.0), *model.localisation.interval(place, name)
            )
            for name in labels
        },
    )


def _square(question: QuestionModel, rates: Floats, weights: Floats) -> dict[str, dict[str, Estimate]]:
    return {
        truth: {said: _estimate(rates[row, column], weights[row]) for column, said in enumerate(question.classes)}
        for row, truth in enumerate(question.classes)
    }


def _rates(model: ClassModel, worker: int) -> tuple[Floats, Floats]:
    """`P(label | class)`, and how many answers each row weighs: shapes (classes, classes) and (classes,).

    Rows of a class's states are mixed as frequently as these are. A row weighs what the worker was seen to answer in
    that class and, as far as the model says, what the worker's habits weigh; where it does not say, one answer.
    """
    chances = np.exp(model.log_prior)
    table = np.exp(model.table(worker))
    mass = by_class(chances, model.class_of, model.class_count)
    rates = by_class((table * chances[:, None]).T, model.class_of, model.class_count).T
    rates /= np.maximum(mass, 1e-300)[:, None]
    weights = np.full(model.class_count, 1.0)
    if isinstance(model, CountedModel):
        seen = model.counts.get(worker, np.zeros_like(table)).sum(axis=1)
        weights = by_class(seen, model.class_of, model.class_count) + model.strength
    return rates, weights


def _estimate(rate: float, weight: float) -> Estimate:
    """A share that `weight` answers bear out: the posterior is a beta distribution with that mean and weight."""
    value = float(np.clip(rate, 1e-9, 1.0 - 1e-9))
    tail = (1.0 - LEVEL) / 2.0
    low, high = beta.ppf([tail, 1.0 - tail], value * max(weight, 1e-9), (1.0 - value) * max(weight, 1e-9))
    return Estimate(value, min(float(low), value), max(float(high), value))
