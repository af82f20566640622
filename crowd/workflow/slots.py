"""The slots of a task: the one place that changes how many answers it may still be given.

Everywhere and always `open_slots == overlap - live assignments`. Callers hold the task's row lock, or change the row by
one conditional statement. A gold task has no queue: each serving brings its own slot and takes it away again.
"""

from collections.abc import Collection

from django.db.models import Case, Exists, F, OuterRef, PositiveSmallIntegerField, Value, When

from crowd.models import Gold, Task


def _one_where(*, gold: bool) -> Case:
    """Return 1 on the tasks that are gold, or on those that are not; 0 on the others."""
    is_gold = Exists(Gold.objects.filter(task=OuterRef("pk"), withdrawn_at__isnull=True))
    return Case(
        When(is_gold, then=Value(int(gold))), default=Value(int(not gold)), output_field=PositiveSmallIntegerField()
    )


def take(*, tasks: Collection[int]) -> None:
    """Count one more live assignment on each task; the database refuses it where no slot is open."""
    Task.objects.filter(pk__in=tasks).update(
        overlap=F("overlap") + _one_where(gold=True), open_slots=F("open_slots") - _one_where(gold=False)
    )


def free(*, tasks: Collection[int]) -> None:
    """Count one live assignment less on each task."""
    Task.objects.filter(pk__in=tasks).update(
        overlap=F("overlap") - _one_where(gold=True), open_slots=F("open_slots") + _one_where(gold=False)
    )


def recount(*, task: Task, at_least: int) -> None:
    """Set a locked task's numbers from its assignments, with room for at least so many answers."""
    live = task.assignments.live().count()
    task.overlap = max(at_least, live)
    task.open_slots = task.overlap - live
    task.labels = task.assignments.valid().count()
