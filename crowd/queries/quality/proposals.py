"""What a settled task contributes to the figures of the models that proposed something for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowd import agreement
from crowd.agreement.detections import detections
from crowd.consensus.confusions import confusions
from crowd.labels.annotation import Annotation
from crowd.models import Consensus, Guideline, Mistake, Task
from crowd.queries import versions
from crowd.queries.quality.cells import BINS, MILLION, Cell, Cells, add

CROWD, PERSON = "crowd", "person"  # by whom the truth was told: the answers, or gold and reviewers
THRESHOLDS = (0.5, 0.75)
FINE = 50  # bins of an object's score
GROUPS = 10  # of images, by which an average precision is known to be uncertain
RIGHT_ABOVE = 0.5  # of each part of a document, as everywhere
MOST_CONFUSED = 20
BETWEEN = " → "


@dataclass(frozen=True)
class Proposed:
    """What one version said of a task: its id, the document, the version it was made under, and how sure it was."""

    model: int
    document: Mapping[str, Any]
    guideline: int
    score: float | None


@dataclass(frozen=True)
class Truth:
    """What was settled, read under its own guideline version."""

    annotation: Annotation
    target: Guideline
    source: str
    iou_threshold: float


def truth_of(made: Consensus, annotation: Annotation, target: Guideline, iou_threshold: float) -> Truth:
    """Return a label in force as what models are measured by."""
    return Truth(annotation, target, CROWD if made.by_id is None else PERSON, iou_threshold)


def measure(cells: Cells, task: Task, one: Proposed, said: Annotation, truth: Truth) -> Mistake | None:
    """Count how a version's word compares with the truth; return the mistake it made, if it did."""
    size, schema = (task.image.width, task.image.height), versions.schema_of(truth.target)
    number = truth.target.number
    named = f"{one.model}:{truth.source}"
    parts = _parts(task, said, truth)
    right = _right(parts)
    add(cells, Cell("model_image", 0, number, named, key="right" if right else "wrong"), round(MILLION * parts.value))
    if one.score is not None:
        add(cells, Cell("model_sure", 0, number, named, key=str(min(int(BINS * one.score), BINS - 1))), int(right))
    pairs = confusions(said, truth.annotation, schema=schema, image_size=size, iou_threshold=truth.iou_threshold)
    for question, true, given in pairs:
        add(cells, Cell("model_class", 0, number, f"{named}:{question}", true, given))
    _objects(cells, task, one, said, truth, named)
    if parts.value >= 1.0:
        return None
    wrong = dict.fromkeys(_told(pairs))
    return Mistake(
        task=task, model_id=one.model, agreement=parts.value, score=one.score, confused=list(wrong)[:MOST_CONFUSED]
    )


def is_right(task: Task, said: Annotation, truth: Truth) -> bool:
    """Return whether each part of a proposal is more right than wrong, as gold is judged."""
    return _right(_parts(task, said, truth))


def _parts(task: Task, said: Annotation, truth: Truth) -> agreement.Score:
    return agreement.score(
        said,
        truth.annotation,
        schema=versions.schema_of(truth.target),
        image_size=(task.image.width, task.image.height),
        iou_threshold=truth.iou_threshold,
    )


def _right(score: agreement.Score) -> bool:
    return min(score.parts.values(), default=1.0) > RIGHT_ABOVE


def confused(question: str, true: str, given: str) -> str:
    """Return what was taken for what, as mistakes are looked up by it."""
    return f"{question[:100]}: {true[:140]}{BETWEEN}{given[:140]}"


def _told(pairs: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    return (confused(question, true, given) for question, true, given in pairs if true != given)


def _objects(cells: Cells, task: Task, one: Proposed, said: Annotation, truth: Truth, named: str) -> None:
    """Count each object by how sure the version was of it, in the group that its image fell into."""
    if not said.objects and not truth.annotation.objects:
        return
    number, group = truth.target.number, task.pk % GROUPS
    for thing in truth.annotation.objects:
        add(cells, Cell("model_truth", 0, number, named, thing.label, str(group)))
    found = detections(
        said,
        truth.annotation,
        schema=versions.schema_of(truth.target),
        image_size=(task.image.width, task.image.height),
        thresholds=THRESHOLDS,
        sure=1.0 if one.score is None else one.score,
    )
    for each in found:
        place = min(int(FINE * each.score), FINE - 1)
        for threshold, right in zip(THRESHOLDS, each.right, strict=True):
            cell = Cell("model_object", 0, number, f"{named}:{threshold:g}", each.label, f"{place}-{group}")
            add(cells, cell, int(right))
