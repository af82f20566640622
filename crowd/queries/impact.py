"""What publishing a guideline version would touch, before it does."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Cast

from crowd.models import Assignment, Gold, Project, Task
from crowd.models.task import TaskQuerySet

# An object's label, an answer to a question of the image or of an object, or the question itself; "a" covers "a/b".
SPEAKS_OF = (
    "exists($.objects[*].label ? (@ == $label)) || "
    "exists($.classifications.* ? (@ == $label || @ starts with $prefix)) || "
    "exists($.objects[*].attributes.* ? (@ == $label || @ starts with $prefix)) || "
    "exists($.classifications.keyvalue() ? (@.key == $label)) || "
    "exists($.objects[*].attributes.keyvalue() ? (@.key == $label))"
)


def speaks_of(field: str, label: str) -> Func:
    """Return the condition that an annotation document speaks of a label."""
    return Func(
        field,
        Cast(Value(SPEAKS_OF), _JsonPath()),
        Cast(Value({"label": label, "prefix": f"{label}/"}, JSONField()), JSONField()),
        Value(value=True),
        function="jsonb_path_match",
        output_field=BooleanField(),
    )


class _JsonPath(TextField):  # type: ignore[type-arg]  # Django's is not generic at run time
    """PostgreSQL's jsonpath type."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 -- Django's signature
        """Name the type."""
        return "jsonpath"


def touched_tasks(*, project: Project, labels: Sequence[str]) -> TaskQuerySet:
    """Return the tasks with a valid answer or a label in force that speaks of any of the labels."""
    answers, settled = Q(), Q()
    for label in labels:
        answers |= Q(speaks_of("annotation", label))
        settled |= Q(speaks_of("consensus__annotation", label))
    if not labels:
        return Task.objects.none()
    valid = Assignment.objects.valid().filter(task__project=project).filter(answers)
    return Task.objects.filter(Q(pk__in=valid.values("task")) | settled, project=project)


def impact(*, project: Project, labels: Sequence[str]) -> dict[str, int]:
    """Count what a relabelling of the labels touches: tasks, answers, gold answers, releases."""
    tasks = touched_tasks(project=project, labels=labels)
    ordinary = tasks.ordinary().exclude(state=Task.State.EXCLUDED)
    computed = ordinary.exclude(consensus__by__isnull=False)
    gold = Q()
    for label in labels:
        gold |= Q(speaks_of("annotation", label))
    return {
        "tasks": computed.count(),
        "answers": Assignment.objects.valid().filter(task__in=computed).count(),
        "gold": Gold.objects.filter(gold, task__project=project, withdrawn_at__isnull=True).count() if labels else 0,
        "adjudicated": ordinary.filter(consensus__by__isnull=False).count(),
        "releases": project.releases.filter(state="ready").count() if tasks.exists() else 0,
    }
