"""Labels compared with the rulings on them."""

from typing import Any

from crowd import agreement
from crowd.labels.annotation import parse_annotation
from crowd.models import Assignment, Consensus, Guideline
from crowd.queries import versions

SURE = 1e-9


def likeness(label: Consensus, ruling: Consensus) -> float | None:
    """Return how far a label agrees with a ruling on the same task, 0 to 1 (`crowd.agreement.score`).

    None where the label does not read under the ruling's guideline version.
    """
    return _likeness(label.annotation, label.guideline, ruling)


def answer_is_wrong(answer: Assignment, ruling: Consensus) -> bool:
    """Return whether a ruling says something else than a worker's answer; not where the two cannot be compared."""
    alike = _likeness(answer.annotation, answer.guideline, ruling)
    return alike is not None and alike < 1.0 - SURE


def _likeness(document: dict[str, Any] | None, made_under: Guideline, ruling: Consensus) -> float | None:
    image, project = ruling.task.image, ruling.task.project
    before = versions.read(
        document, image=image, made_under=made_under, target=ruling.guideline, history=versions.history(project)
    )
    if before is None:
        return None
    schema = versions.schema_of(ruling.guideline)
    after = parse_annotation(
        ruling.annotation, schema=schema, width=image.width, height=image.height, complete=False, lenient=True
    )
    return agreement.score(
        before, after, schema=schema, image_size=(image.width, image.height), iou_threshold=project.iou_threshold
    ).value


def is_wrong(label: Consensus, ruling: Consensus) -> bool | None:
    """Return whether a ruling is another label: a question answered otherwise, an object more, less or elsewhere.

    None where the two cannot be compared.
    """
    alike = likeness(label, ruling)
    return None if alike is None else alike < 1.0 - SURE
