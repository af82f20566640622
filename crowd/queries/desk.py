"""A task on the reviewer's desk: its answers under pseudonyms, each as it reads under the guideline in force."""

from dataclasses import dataclass
from typing import Any

from crowd.models import Assignment, Conflict, Consensus, Guideline, Standing, Task
from crowd.queries import work


@dataclass(frozen=True)
class Desk:
    """What a reviewer decides from."""

    task: Task
    conflict: Conflict | None
    guideline: Guideline
    answers: list[dict[str, Any]]
    consensus: dict[str, Any] | None


def desk(*, task: Task, guideline: Guideline) -> Desk:
    """Return the task's valid answers, in the order they came, and what is computed or ruled so far."""
    valid = list(task.assignments.valid().select_related("guideline").order_by("submitted_at", "pk"))
    standings = {row.worker_id: row for row in Standing.objects.filter(project=task.project_id)}
    made = task.consensus
    return Desk(
        task=task,
        conflict=task.conflicts.filter(closed_at__isnull=True).order_by("aside", "pk").first(),
        guideline=guideline,
        answers=[_answer(one, standings.get(one.worker_id)) for one in valid],
        consensus=_merged(made) if made is not None else None,
    )


def _merged(made: Consensus) -> dict[str, Any]:
    return {
        "annotation": made.annotation,
        "confidence": made.confidence,
        "agreement": made.agreement,
        "method": made.method,
    }


def _answer(one: Assignment, standing: Standing | None) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "worker": standing.pseudonym if standing else "",
        "weight": standing.weight if standing else None,
        "guideline": one.guideline.number,
        "seconds": one.seconds,
        "annotation": one.annotation,
    }


def picture(task: Task) -> dict[str, Any]:
    """Return what the browser needs to draw the task's image."""
    image = task.image
    return {
        "id": image.pk,
        "name": image.name,
        "url": work.image_url(image),
        "width": image.width,
        "height": image.height,
    }
