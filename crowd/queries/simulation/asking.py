"""Settings tried on the project's own worker models: how right, how much, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import numpy as np

from crowd import consensus
from crowd.consensus.votes import Floats, Ints
from crowd.errors import Contradiction, Invalid
from crowd.models import Membership, Project, Standing, Task
from crowd.queries import forecast, readings, versions
from crowd.queries.quality import reading
from crowd.queries.simulation import parts
from crowd.queries.simulation.parts import Course
from crowd.sampling import stopping

GROUPS, MOST_TASKS, FEWEST_TASKS = 20, 4000, 400
NUMBERS = 3_000_000  # in all courses; more answers or classes mean fewer images drawn
FEWEST_STRANGERS = 10
CREW = 400  # workers taken, those with the most answers
SOON_COUNTED = 100_000  # images, where no figures are kept yet
UNKNOWN_PACE = 100.0  # answers an hour where nobody has worked yet
FARTHEST = timedelta(days=36_500)


@dataclass(frozen=True)
class Settings:
    """What is tried."""

    overlap: int
    max_overlap: int
    confidence_target: float
    gold_rate: float
    pay_per_answer: Decimal
    answers_per_hour: float
    images: int


@dataclass(frozen=True)
class Expected:
    """What may be expected, with intervals that hold it with 95 % probability if the models are right.

    `accuracy` is that of the computed labels, before any review: the mean share of a document's parts that is right.
    """

    settings: Settings
    models: Literal["learnt", "assumed"]
    accuracy: float
    accuracy_interval: tuple[float, float]
    review_share: float
    answers_per_image: float
    answers: int
    answers_interval: tuple[int, int]
    gold_answers: int
    spend: Decimal
    spend_interval: tuple[Decimal, Decimal]
    finish: datetime
    overlaps: Sequence[tuple[int, float]] = ()


def defaults(project: Project, now: datetime) -> Settings:
    """Return the project's own settings, its pace, and the images that are left: all where none is begun or open."""
    images = forecast.remaining(project)[0] or _images(project) or 1000
    pace, length, _ = forecast.recent(project, now)
    per_hour = sum(pace) * 3600 / (len(pace) * length) if pace and sum(pace) else UNKNOWN_PACE
    return Settings(
        overlap=project.overlap,
        max_overlap=project.max_overlap,
        confidence_target=project.confidence_target,
        gold_rate=project.gold_rate,
        pay_per_answer=project.pay_per_answer,
        answers_per_hour=round(per_hour, 1) or UNKNOWN_PACE,
        images=images,
    )


def _images(project: Project) -> int:
    """Return how many images there are: those that are counted already, or else as many as are soon counted."""
    counted = sum(one.n for one in reading.sums(project, "task") if one.key != Task.State.EXCLUDED)
    return counted or project.tasks.exclude(state=Task.State.EXCLUDED)[:SOON_COUNTED].count()


def expect(*, project: Project, settings: Settings, now: datetime, seed: int = 0) -> Expected:
    """Return what the settings may be expected to lead to; the same seed gives the same figures.

    Raises Contradiction where no guideline says what is asked, Invalid where the most answers are below the least.
    """
    if settings.max_overlap < settings.overlap:
        told = f"It is {settings.max_overlap}, below overlap, which is {settings.overlap}."
        raise Invalid(f"max_overlap: {told}", errors={"max_overlap": [told]})
    fit, learnt = _models(project)
    crew, weights = _crew(project, fit, settings) if learnt else _nobody_known(settings)
    found = simulate(fit, settings, crew=crew, weights=weights, seed=seed)
    return _told(settings, found, "learnt" if learnt else "assumed", now)


def _models(project: Project) -> tuple[consensus.Fit, bool]:
    """Return the newest worker models; before there are any, what is true of crowds in general."""
    guideline = versions.current(project) or project.guidelines.order_by("-number").first()
    if guideline is None:
        raise Contradiction("Write a guideline first: it says what people are asked.", code="no_guideline")
    rows = project.fits.filter(guideline=guideline, method=project.consensus, answers__gte=readings.LEAST_ANSWERS)
    newest = rows.order_by("-pk").values_list("pk", flat=True).first()
    if newest is not None:
        return readings.models_of(newest), True
    return parts.assumed(versions.schema_of(guideline), project.consensus), False


def _crew(project: Project, fit: consensus.Fit, settings: Settings) -> tuple[Ints, Floats]:
    """Return the workers who may be given work, as the models know them, and how much of it each does."""
    members = Membership.objects.filter(project=project, role=Membership.Role.WORKER).values("user")
    active = project.standings.filter(status=Standing.Status.ACTIVE, worker__in=members).order_by("-labels", "pk")
    rows = list(active.values_list("worker", "labels")[:CREW])
    if not rows:
        return _nobody_known(settings)
    places = np.array([fit.place(str(worker)) for worker, _ in rows], dtype=np.int64)
    return places, np.array([labels + 1.0 for _, labels in rows])


def _nobody_known(settings: Settings) -> tuple[Ints, Floats]:
    number = max(settings.max_overlap, FEWEST_STRANGERS)
    return parts.strangers(number), np.ones(number)


@dataclass(frozen=True)
class Found:
    """Of each image drawn: how many answers it took, how right the label is, and whether it went to review.

    Each of shape (groups, images); each group has a crew of its own, its shares of the work drawn anew.
    """

    answers: Floats
    right: Floats
    review: Floats


def simulate(fit: consensus.Fit, settings: Settings, *, crew: Ints, weights: Floats, seed: int = 0) -> Found:
    """Draw images and answers by the models, and ask as the project would: by the rule of `crowd.sampling`.

    Who does how much is drawn anew for each group (the Bayesian bootstrap of D. Rubin, 1981), as nobody knows who will
    come back.
    """
    rng = np.random.default_rng(seed)
    asked = parts.parts_of(fit)
    kept = parts.crew_for(asked, np.arange(len(crew)), rng)
    crew, weights = crew[kept], weights[kept]
    most = min(settings.max_overlap, len(crew))
    tasks = _tasks(asked, most)
    each = tasks // GROUPS
    drawn = weights * rng.gamma(1.0, size=(GROUPS, len(weights)))
    who = np.concatenate([parts.choose(one, each, most, rng) for one in drawn])
    courses = [parts.play(part, crew, who, rng) for part in asked]
    answers, right, review = _asked(courses, settings, tasks, most)
    return Found(*(one.reshape(GROUPS, each) for one in (answers, right, review)))


def _tasks(asked: Sequence[parts.Part], most: int) -> int:
    size = sum(len(part.model.class_of) * part.decisions for part in asked) or 1
    number = int(np.clip(NUMBERS // (size * max(most, 1)), FEWEST_TASKS, MOST_TASKS))
    return number // GROUPS * GROUPS


def _asked(courses: Sequence[Course], settings: Settings, tasks: int, most: int) -> tuple[Floats, Floats, Floats]:
    """Ask about each image until the rule says stop. A document is as sure as its weakest part."""
    answers, review = np.full(tasks, float(most)), np.zeros(tasks)
    if not courses:
        return np.full(tasks, float(min(settings.overlap, most))), np.ones(tasks), review
    confidence = np.stack([each.confidence for each in courses])
    weakest = confidence.argmin(axis=0)
    surest = np.take_along_axis(confidence, weakest[None], axis=0)[0]
    gains = np.take_along_axis(np.stack([each.gain for each in courses]), weakest[None], axis=0)[0]
    right = np.mean([each.right for each in courses], axis=0)
    least = min(settings.overlap, most)
    for task, (row, gain) in enumerate(zip(surest.tolist(), gains.tolist(), strict=True)):
        for number in range(least, most + 1):
            step = stopping.next_step(
                answers=number,
                confidence=row[number - 1],
                target=settings.confidence_target,
                overlap=least,
                max_overlap=most,
                gain=gain[number - 1],
            )
            if step != "ask":
                answers[task], review[task] = number, float(step == "escalate")
                break
    return answers, right[np.arange(tasks), answers.astype(np.int64) - 1], review


def _told(settings: Settings, found: Found, models: Literal["learnt", "assumed"], now: datetime) -> Expected:
    accuracy, low, high = interval(found.right, settings.images)
    per_image, fewest, most = interval(found.answers, settings.images)
    share = 1.0 / (1.0 - settings.gold_rate)
    total, least, worst = (round(each * settings.images * share) for each in (per_image, fewest, most))
    pay = settings.pay_per_answer
    hours = total / settings.answers_per_hour
    numbers, counts = np.unique(found.answers, return_counts=True)
    return Expected(
        settings=settings,
        models=models,
        accuracy=round(accuracy, 4),
        accuracy_interval=(round(max(low, 0.0), 4), round(min(high, 1.0), 4)),
        review_share=round(float(found.review.mean()), 4),
        answers_per_image=round(per_image, 3),
        answers=total,
        answers_interval=(least, worst),
        gold_answers=round(total * settings.gold_rate),
        spend=pay * total,
        spend_interval=(pay * least, pay * worst),
        finish=now + min(timedelta(hours=min(hours, 1e6)), FARTHEST),
        overlaps=[(int(n), round(c / found.answers.size, 4)) for n, c in zip(numbers, counts.tolist(), strict=True)],
    )


def interval(values: Floats, images: int) -> tuple[float, float, float]:
    """The mean over a project of so many images, and where it lies with 95 % probability.

    Crews differ (the variance between groups, less what the few images of a group add to it), and images do.
    """
    inside = float(values.var(axis=1).mean())
    between = max(float(values.mean(axis=1).var(ddof=1)) - inside / values.shape[1], 0.0)
    width = 1.96 * np.sqrt(between + inside / max(images, 1) + inside / values.size)
    mean = float(values.mean())
    return mean, mean - float(width), mean + float(width)
