"""The slots of a task: the one place that changes how many answers it may still be given.

Everywhere and always `open_slots == overlap - live assignments`. Callers hold the task's row lock, or change the row by
one conditional statement. A gold task has no queue: each serving brings its own slot and takes it away again.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from django.db.models import Case, Exists, F, OuterRef, PositiveSmallIntegerField, Q, Value, When

from crowd.models import Assignment, Gold, PilotTask, Task

_GOLD = Q(task__gold__isnull=False, task__gold__withdrawn_at__isnull=True)
_OPENLY = Q(task__gold__use__in=[Gold.Use.TRAINING, Gold.Use.EXAM], task__gold__unreadable_at__isnull=True)
_TWIN_FREE = Q(twin__isnull=True) | Q(twin__state=Task.State.OPEN, twin__open_slots__gt=0)
_FREE = Q(task__state=Task.State.OPEN, task__open_slots__gt=0)
# The condition that an assignment whose lease ran out may still have its slot. A gold task always could; that it always
# did would tell the worker which one it was. So gold shares the fate of an ordinary task that stood at the end of the
# queue when the lease ran out, where the slot of an ordinary one went too. What is gold openly can always be had again.
FREE_AGAIN = _FREE & ~_GOLD | _GOLD & Q(task__state=Task.State.RESOLVED) & (_OPENLY | _TWIN_FREE)


def given_to(skills: Sequence[str], *, pilot: int | None) -> Q:
    """Return the condition that an assignment's task is for people of these skills, and given now.

    All are, but while there is a pilot only its own. Gold shares the fate of its twin, here as elsewhere, and
    asks for its own skill besides: where it has no twin, that is all there is.
    """
    ordinary, twin = Q(task__skill__in=skills), Q(twin__isnull=True) | Q(twin__skill__in=skills)
    if pilot is not None:
        held = PilotTask.objects.filter(pilot=pilot)
        ordinary &= Q(Exists(held.filter(task=OuterRef("task"))))
        twin = Q(twin__skill__in=skills) & Q(Exists(held.filter(task=OuterRef("twin"))))
    return ordinary & ~_GOLD | _GOLD & (_OPENLY | Q(task__skill__in=skills) & twin)


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
    """Count one live assignment less on each task, for each time it is named."""
    times = Counter(tasks)
    for number in sorted(set(times.values())):
        Task.objects.filter(pk__in=[task for task, count in times.items() if count == number]).update(
            overlap=F("overlap") - number * _one_where(gold=True),
            open_slots=F("open_slots") + number * _one_where(gold=False),
        )


def recount(*, task: Task, at_least: int) -> None:
    """Set a locked task's numbers from its assignments, with room for at least so many answers."""
    live = task.assignments.live().count()
    task.overlap = max(at_least, live)
    task.open_slots = task.overlap - live
    task.labels = task.assignments.valid().count()


def is_free_again(assignment: Assignment) -> bool:
    """Return whether an assignment whose lease ran out may still have its slot; its task is locked."""
    return Assignment.objects.filter(FREE_AGAIN, pk=assignment.pk).exists()


def twin_of(task: Task) -> int | None:
    """Return the task whose fate a gold task shares from now on: the last of those begun that come next in the queue.

    Only those that ask for its skill: another's fate is that of other people's work. Where nothing of these is queued,
    one that somebody holds; None where there is none either.
    """
    left = Task.objects.filter(project=task.project_id, state=Task.State.OPEN, skill=task.skill)
    if task.project.pilot_id is not None:
        left = left.filter(pilots__pilot=task.project.pilot_id)
    queued = left.filter(open_slots__gt=0)
    level = queued.order_by("-priority").values_list("priority", flat=True).first()
    if level is None:
        return left.order_by("pk").values_list("pk", flat=True).first()
    last = queued.filter(priority=level).order_by("-entered", "-id").values_list("pk", flat=True)
    return last.filter(begun=True).first() or last.filter(begun=False).first()
