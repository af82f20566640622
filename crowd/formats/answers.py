"""What stands behind the labels: each answer as it was given, and what share of the weight each choice had.

`answers.jsonl` holds a line for each answer that a label came from, its worker by the pseudonym that labels have too.
`soft_labels.jsonl` holds a line for each image: of every question the weight behind each answer, adding up to 1.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from crowd.formats.base import ImageFacts, Report, timestamp, to_json

JSON_LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: who gave it under which version, when, in how many seconds, and its weight in the label."""

    id: str
    worker: str
    guideline: int
    annotation: Mapping[str, Any]
    submitted_at: datetime | None
    seconds: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One image and what was answered about it."""

    task: int
    image: ImageFacts
    answers: tuple[Given, ...]


def write_answers(asked: Iterable[Asked], *, sink: BinaryIO) -> Report:
    """Write a line for each answer."""
    images = labels = 0
    for each in asked:
        images += 1
        for one in each.answers:
            line = {
                **_about(each),
                "assignment": one.id,
                "worker": one.worker,
                "guideline": one.guideline,
                "weight": one.weight,
                "submitted_at": timestamp(one.submitted_at) if one.submitted_at else None,
                "seconds": one.seconds,
                "annotation": one.annotation,
            }
            sink.write(f"{to_json(line)}\n".encode())
            labels += 1
    return Report(images, labels)


def write_soft_labels(asked: Iterable[Asked], *, sink: BinaryIO) -> Report:
    """Write a line for each image with the weight behind each answer to each question about it."""
    images = labels = 0
    for each in asked:
        images += 1
        shares = soft(each.answers)
        labels += len(shares)
        sink.write(f"{to_json({**_about(each), 'questions': shares})}\n".encode())
    return Report(images, labels)


def soft(answers: Iterable[Given]) -> dict[str, dict[str, float]]:
    """Return the share of the weight that each answer to a question has; questions and answers by name.

    Of a question with several answers each has a share of its own, 0 to 1. Where no answer weighs anything all weigh
    the same.
    """
    listed = list(answers)
    weights = [one.weight for one in listed] if any(one.weight > 0 for one in listed) else [1.0] * len(listed)
    totals: dict[str, float] = defaultdict(float)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one, weight in zip(listed, weights, strict=True):
        for question, value in one.annotation.get("classifications", {}).items():
            totals[question] += weight
            said = [str(value).lower()] if isinstance(value, bool) else [value] if isinstance(value, str) else value
            for each in said:
                found[question][str(each)] += weight
    return {
        question: {each: weight / totals[question] for each, weight in sorted(shares.items())}
        for question, shares in sorted(found.items())
        if totals[question] > 0
    }


def _about(each: Asked) -> dict[str, Any]:
    image = each.image
    return {"task": each.task, "image": {"id": image.id, "name": image.name, "sha256": image.sha256}}
