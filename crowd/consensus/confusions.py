"""Who said what where something else was true: pairs of classes, question by question."""

from collections.abc import Iterator
from typing import NamedTuple

from crowd.agreement.scores import OBJECTS, matched
from crowd.consensus.questions import chosen, label, opened
from crowd.labels.types import Annotation, Schema

NOTHING = ""  # the class of what one of both sides left out, or left open


class Confusion(NamedTuple):
    """One thing that is true or was said: `NOTHING` stands where the other side has no counterpart."""

    question: str
    truth: str
    given: str


def confusions(
    answer: Annotation,
    truth: Annotation,
    *,
    schema: Schema,
    image_size: tuple[float, float],
    iou_threshold: float = 0.5,
) -> list[Confusion]:
    """Every class in either document beside its counterpart in the other.

    Parameters
    ----------
    answer, truth : Annotation
        Valid against `schema`.
    image_size : (width, height)
        In pixels.
    iou_threshold : float
        The least similarity at which two objects are taken for one.

    Returns
    -------
    list of Confusion
        A binary or single question that the truth faces gives one; a multiple one gives one for each path in either
        answer; objects, under `OBJECTS`, one for each pair taken for one thing and one for each that is left over.
    """
    size = {"image_size": image_size, "iou_threshold": iou_threshold}
    return [*_questions(answer, truth, schema), *_objects(answer, truth, schema, **size)]  # type: ignore[arg-type]


def _questions(answer: Annotation, truth: Annotation, schema: Schema) -> Iterator[Confusion]:
    said, known = answer.classifications, truth.classifications
    for address, question in opened(schema.classifications, known):
        if question.kind == "multiple":
            mine, theirs = chosen(said.get(address)), chosen(known.get(address))
            for path in sorted(mine | theirs):
                yield Confusion(address, path if path in theirs else NOTHING, path if path in mine else NOTHING)
            continue
        right, given = label(question, known.get(address)), label(question, said.get(address))
        if right:
            yield Confusion(address, right, given or NOTHING)


def _objects(
    answer: Annotation, truth: Annotation, schema: Schema, *, image_size: tuple[float, float], iou_threshold: float
) -> Iterator[Confusion]:
    left, right = {id(one) for one in answer.objects}, {id(one) for one in truth.objects}
    pairs = matched(answer, truth, schema=schema, image_size=image_size, iou_threshold=iou_threshold)
    for mine, theirs in pairs:
        left.discard(id(mine))
        right.discard(id(theirs))
        yield Confusion(OBJECTS, theirs.label, mine.label)
    yield from (Confusion(OBJECTS, one.label, NOTHING) for one in truth.objects if id(one) in right)
    yield from (Confusion(OBJECTS, NOTHING, one.label) for one in answer.objects if id(one) in left)
