"""One part of a document, drawn: images with a truth, people with a table each, and what comes of their answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crowd.consensus import Fit, default_fit
from crowd.consensus.gains import crowd_table, expected_gains
from crowd.consensus.models import STRANGER, ClassModel, by_class
from crowd.consensus.question_models import QuestionModel
from crowd.consensus.questions import BINARY, classes
from crowd.consensus.votes import Floats, Ints, softmax
from crowd.labels.types import Schema

LARGEST = 4_000_000  # numbers in all workers' tables; of more, fewer workers are taken
MOST_DECISIONS = 6  # about the objects of one image
SCARCE = 0.05  # objects an image below which they are left out
MOST_PATHS = 12  # of a question with several answers, each a question of its own


@dataclass(frozen=True)
class Part:
    """A question, or the objects of one shape: its model, and how many decisions an image asks for."""

    name: str
    model: ClassModel
    decisions: int = 1


@dataclass(frozen=True)
class Course:
    """What is known after each answer: `confidence`, `gain`, `right`, each of shape (tasks, answers)."""

    confidence: Floats
    gain: Floats
    right: Floats


def parts_of(fit: Fit) -> list[Part]:
    """Return what a document is made of: its questions, and for each shape the decisions which objects there are.

    Questions about objects, and how exactly these are drawn, are left out.
    """
    found = [Part(key, each.model) for key, each in sorted(fit.questions.items()) if _asks(each)]
    for shape, each in sorted(fit.objects.items()):
        if _asks(each.existence) and each.density >= SCARCE:
            number = int(np.clip(round(each.density), 1, MOST_DECISIONS))
            found.append(Part(shape, each.existence.model, number))
    return found


def assumed(schema: Schema, method: str) -> Fit:
    """Return what is true of crowds in general, of everything that a schema asks about an image."""
    questions: dict[str, QuestionModel] = {}
    for each in schema.classifications:
        found: dict[str, tuple[str, ...]]
        if each.kind == "multiple":
            found = {f"{each.name}/{path}": BINARY for path in each.paths()[:MOST_PATHS]}
        else:
            found = {each.name: classes(each, ())}
        questions |= {key: QuestionModel.learn([], classes=names, method=method) for key, names in found.items()}
    return replace(default_fit(schema, method), questions=questions)


def _asks(question: QuestionModel) -> bool:
    return question.model.class_count >= 2


def crew_for(parts: Sequence[Part], crew: Ints, rng: np.random.Generator) -> Ints:
    """Return the crew, or as many of it, by chance, as fit into memory."""
    size = max((len(part.model.class_of) * part.model.class_count for part in parts), default=1)
    most = max(LARGEST // size, 8)
    return crew if len(crew) <= most else np.sort(rng.choice(crew, most, replace=False))


def play(part: Part, crew: Ints, who: Ints, rng: np.random.Generator) -> Course:
    """Draw a truth for each image and an answer of everybody asked; merge the first one, the first two, and so on.

    Parameters
    ----------
    part : Part
    crew : ndarray of int, shape (workers,)
        Their indices in the model.
    who : ndarray of int, shape (tasks, answers)
        Who is asked, in order, as places in `crew`.
    rng : Generator

    Returns
    -------
    Course
        Of several decisions an image's confidence, gain and rightness are the means.
    """
    runs = [_play_once(part, crew, who, rng) for _ in range(part.decisions)]
    return Course(*(np.mean([getattr(run, name) for run in runs], axis=0) for name in ("confidence", "gain", "right")))


def _play_once(part: Part, crew: Ints, who: Ints, rng: np.random.Generator) -> Course:
    model = part.model
    tables = np.stack([model.table(int(worker)) for worker in crew])
    states = _draw(np.exp(model.log_prior)[None, :].repeat(len(who), axis=0), rng)
    labels = _labels(model, tables, states, who, rng)
    scores = model.log_prior + np.cumsum(tables.transpose(0, 2, 1)[who, labels], axis=1)
    truth = model.class_of[states]
    crowd = crowd_table(model, tuple(crew.tolist()))
    found = list(_merged(model, scores, truth, crowd))
    return Course(*(np.stack([each[place] for each in found], axis=1) for place in range(3)))


def _merged(
    model: ClassModel, scores: Floats, truth: Ints, crowd: Floats
) -> Iterator[tuple[Floats, Floats, NDArray[np.float64]]]:
    for number in range(1, scores.shape[1] + 1):
        chances = by_class(softmax(scores[:, number - 1]), model.class_of, model.class_count)
        worth = 1.0
        if model.discount is not None:
            chances = model.discount.applied(chances, number)
            worth = float(model.discount.worth(number))
        right = (chances.argmax(axis=1) == truth).astype(np.float64)
        yield chances.max(axis=1), expected_gains(chances, crowd, worth), right


def _labels(model: ClassModel, tables: Floats, states: Ints, who: Ints, rng: np.random.Generator) -> Ints:
    """What everybody says. What misleads one misleads others: some say what the image makes anybody say.

    Everybody repeats with probability c the one answer that the image calls for in the crowd's mean table, so that two
    answers have c² in common; c² is what the model's own discount takes answers to share.
    """
    chances = np.exp(tables)[who, states[:, None]]
    own = _draw(chances.reshape(-1, chances.shape[2]), rng).reshape(who.shape)
    if model.discount is None or model.discount.shared <= 0:
        return own
    mean = np.exp(tables).mean(axis=0)
    common = _draw(mean[states], rng)
    copied = rng.random(who.shape) < min(np.sqrt(model.discount.shared), 1.0)
    return np.where(copied, common[:, None], own)


def _draw(chances: Floats, rng: np.random.Generator) -> Ints:
    """One place in each row, by the row's chances."""
    sums = chances.cumsum(axis=1)
    where = rng.random(len(chances))[:, None] * sums[:, -1:]
    return np.asarray((sums <= where).sum(axis=1).clip(max=chances.shape[1] - 1), dtype=np.int64)


def choose(weights: Floats, tasks: int, answers: int, rng: np.random.Generator) -> Ints:
    """Who is asked about each image, nobody twice: shape (tasks, answers), the likelier the more work they do.

    The largest of log weights plus Gumbel noise (E. Gumbel, 1954; known as the Gumbel top-k trick).
    """
    if len(weights) < answers:
        answers = len(weights)
    keys = np.log(np.maximum(weights, 1e-12))[None, :] + rng.gumbel(size=(tasks, len(weights)))
    return np.argsort(-keys, axis=1, kind="stable")[:, :answers].astype(np.int64)


def strangers(answers: int) -> Ints:
    """Return a crew of people of whom nothing is known."""
    return np.full(answers, STRANGER, dtype=np.int64)
