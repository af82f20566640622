"""How reliably each class is told apart under each guideline version: whether a new one helped, and whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max

from crowd.consensus import Answer
from crowd.models import Guideline, Project
from crowd.queries import agreeing, versions
from crowd.queries.comparing import Comparison, compare

VERSIONS = 4  # the newest of those that were answered under


@dataclass(frozen=True)
class VersionClasses:
    """What the answers given under one version say, class by class."""

    number: int
    found: Comparison


def by_version(project: Project) -> list[VersionClasses]:
    """Return the newest versions with answers to compare, oldest first; of each, its newest images."""
    found: list[VersionClasses] = []
    for version in reversed(versions.history(project)):
        state = agreeing.answers_to(version).aggregate(number=Count("pk"), last=Max("submitted_at"))
        told = _compared(version.pk, state["number"], state["last"])
        if told.images:
            found.insert(0, VersionClasses(version.number, told))
        if len(found) == VERSIONS:
            break
    return found


@lru_cache(maxsize=32)
def _compared(pk: int, number: int, last: datetime | None) -> Comparison:  # noqa: ARG001
    """Return the comparison; `number` and `last` of the answers only say whether they are still the same."""
    version = Guideline.objects.select_related("project").get(pk=pk)
    by_task, sizes = agreeing.newest(version)
    images: Sequence[Sequence[Answer]] = [
        [Answer(str(task), worker, read, *(int(side) for side in sizes[task])) for worker, read in answers]
        for task, answers in by_task.items()
    ]
    schema, threshold = versions.schema_of(version), version.project.iou_threshold
    return compare(images, schema=schema, iou_threshold=threshold)
