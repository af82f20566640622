"""What another tool can be told of a label: objects of the guideline's own classes, answers to its own questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crowd.formats.base import ReleaseItem, Tally
from crowd.labels.types import Classification, LabelledObject, ObjectClass, Schema, Value

NO_CLASS: Final = "an object of a class that this guideline does not have"
NO_QUESTION: Final = "an answer to a question that this guideline does not have"
ATTRIBUTE: Final = "an attribute of an object"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question by its address; `under` names the question and the option that open it, None for one always asked."""

    address: str
    question: Classification
    under: tuple[str, str] | None = None


def every_question(questions: Sequence[Classification]) -> dict[str, Asked]:
    """Return the questions and all that their options open, by address, each before those below it."""
    return {each.address: each for one in questions for each in _below(Asked(one.name, one))}


def _below(asked: Asked) -> Iterator[Asked]:
    yield asked
    for path, option in asked.question.by_path.items():
        for attribute in option.attributes:
            yield from _below(Asked(f"{asked.address}/{path}/{attribute.name}", attribute, (asked.address, path)))


def fitting_objects(item: ReleaseItem, *, schema: Schema, tally: Tally) -> Iterator[LabelledObject]:
    """Yield the objects whose class is drawn as they are, counting the others as left out."""
    for each in item.annotation.objects:
        if _is_drawn_so(each, schema.object_class(each.label)):
            yield each
        else:
            tally.left_out[NO_CLASS] += 1


def _is_drawn_so(each: LabelledObject, known: ObjectClass | None) -> bool:
    if known is None or known.shape != each.shape:
        return False
    return each.shape != "keypoints" or len(each.geometry) == len(known.keypoints)


def fitting_answers(
    answers: Mapping[str, Value], *, known: Mapping[str, Asked], tally: Tally, lost: str = NO_QUESTION
) -> Iterator[tuple[Asked, Value]]:
    """Yield the answers that the known questions allow, counting the others as left out, called `lost`."""
    for address, value in answers.items():
        asked = known.get(address)
        if asked is None or not _allows(asked.question, value):
            tally.left_out[lost] += 1
        else:
            yield asked, value


def chosen(value: Value) -> tuple[str, ...]:
    """Return the options that an answer chooses; `true` or `false` for a binary one."""
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (value,) if isinstance(value, str) else value


def options_of(question: Classification) -> tuple[str, ...]:
    """Return everything that can be chosen, as `chosen` has it."""
    return ("true", "false") if question.kind == "binary" else question.paths()


def _allows(question: Classification, value: Value) -> bool:
    kinds = {"binary": bool, "single": str, "multiple": tuple}
    return isinstance(value, kinds[question.kind]) and all(each in options_of(question) for each in chosen(value))
