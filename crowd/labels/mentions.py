"""Whether an annotation document speaks of a label."""

from collections.abc import Iterator, Mapping
from typing import Any


def mentions(document: Mapping[str, Any], label: str) -> bool:
    """Whether `label` is an object's class, a question, or an option of an answer; "a" covers "a/b" too.

    The same as the condition by which the database finds such documents.
    """
    objects = document.get("objects") or []
    answers = [document.get("classifications") or {}, *((each.get("attributes") or {}) for each in objects)]
    if any(each.get("label") == label for each in objects):
        return True
    return any(label in given or any(_covers(label, value) for value in _values(given)) for given in answers)


def _values(answers: Mapping[str, Any]) -> Iterator[Any]:
    for value in answers.values():
        if isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def _covers(label: str, value: Any) -> bool:
    return isinstance(value, str) and (value == label or value.startswith(f"{label}/"))
