"""What publishing a guideline version would touch, before it does."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Cast

from crowd.errors import Invalid
from crowd.labels.consequences import Moves, parse_moves
from crowd.labels.schema import Schema
from crowd.models import Assignment, Gold, Guideline, Project, Task
from crowd.models.task import TaskQuerySet
from crowd.queries import versions

# worker by worker, by the index of worker and time: there is none of all the project's answers by time
_SECONDS = """
    SELECT a.seconds
    FROM (SELECT worker_id FROM crowd_standing WHERE project_id = %(project)s ORDER BY labels DESC, id LIMIT 100) s
    CROSS JOIN LATERAL (
        SELECT a.seconds, a.submitted_at FROM crowd_assignment a
        WHERE a.worker_id = s.worker_id AND a.state = 'submitted' AND a.seconds IS NOT NULL
          AND a.guideline_id IN (SELECT id FROM crowd_guideline WHERE project_id = %(project)s)
        ORDER BY a.submitted_at DESC LIMIT 50) a
    ORDER BY a.submitted_at DESC LIMIT 1000
"""
READ_AT_MOST = 5_000  # answers read one by one to see what a rule tells; of more, their share is taken for all

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


def names(schema: Schema) -> list[str]:
    """Return every name that labels can bear: classes, questions and option paths, in the schema's order."""
    questions = [name for question in schema.classifications for name in (question.name, *question.paths())]
    return [*(item.name for item in schema.objects), *questions]


def check(guideline: Guideline, before: Guideline | None, affected: Sequence[str]) -> Moves:
    """Return what a draft makes of the labels before it; Invalid for labels that do not exist."""
    new = versions.schema_of(guideline)
    old = versions.schema_of(before) if before else Schema()
    known = {*names(new), *names(old)}
    faults = {
        f"affected[{index}]": [f"No guideline has a label {label}."]
        for index, label in enumerate(affected)
        if label not in known
    }
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    return parse_moves(old=old, new=new, rename=guideline.rename, merge=guideline.merge, split=guideline.split)


def consequences(
    *,
    guideline: Guideline,
    affected: Sequence[str],
    rename: Mapping[str, Any] | None = None,
    merge: Mapping[str, Any] | None = None,
    split: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what publishing a draft so would touch: what `impact` counts, its price in hours, and the gold."""
    project, before = guideline.project, versions.current(guideline.project)
    if guideline.state != Guideline.State.DRAFT:  # it divides and sets aside nothing any more
        rename = merge = split = None
    guideline.rename, guideline.merge, guideline.split = dict(rename or {}), dict(merge or {}), dict(split or {})
    moves = check(guideline, before, affected)
    counted = impact(project=project, labels=affected)
    divided = _undecided(guideline, moves.divided, affected)
    answers = counted["answers"] + divided["answers"]
    seconds = _median_seconds(project)
    return {
        **counted,
        "answers": answers,
        "tasks": counted["tasks"] + divided["tasks"],
        "divided": divided,
        "median_seconds": seconds,
        "hours": None if seconds is None else round(answers * seconds / 3600, 2),
        "gold_affected": affected_gold(project=project, labels=affected),
        "gold_unreadable": unreadable_gold(guideline),
    }


def _undecided(guideline: Guideline, divided: Sequence[str], affected: Sequence[str]) -> dict[str, int]:
    """Count the answers that a division does not tell, on tasks that are not asked again all the same."""
    if not divided:
        return {"tasks": 0, "answers": 0}
    project = guideline.project
    history = [*versions.history(project), guideline]
    again = touched_tasks(project=project, labels=affected)
    tasks = touched_tasks(project=project, labels=divided).ordinary().exclude(pk__in=again.values("pk"))
    tasks = tasks.exclude(state=Task.State.EXCLUDED).exclude(consensus__by__isnull=False)
    answers = Assignment.objects.valid().filter(task__in=tasks)
    total, unread, on = answers.count(), 0, set()
    for one in answers.select_related("task__image", "guideline").order_by("pk")[:READ_AT_MOST]:
        image = one.task.image
        if not versions.read(one.annotation, image=image, made_under=one.guideline, target=guideline, history=history):
            unread += 1
            on.add(one.task_id)
    scale = total / READ_AT_MOST if total > READ_AT_MOST else 1.0
    return {"tasks": round(len(on) * scale), "answers": round(unread * scale)}


def _median_seconds(project: Project) -> float | None:
    """Return what an answer takes, by the newest thousand of those that the busiest workers gave last."""
    with connection.cursor() as cursor:
        cursor.execute(_SECONDS, {"project": project.pk})
        found = [one for (one,) in cursor.fetchall()]
    return median(found) if found else None


def affected_gold(*, project: Project, labels: Sequence[str]) -> list[int]:
    """Return the gold whose answers speak of redefined labels: its owner should look at it again."""
    gold = Q()
    for label in labels:
        gold |= Q(speaks_of("annotation", label))
    if not labels:
        return []
    return list(
        Gold.objects.filter(gold, project=project, withdrawn_at__isnull=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def unreadable_gold(guideline: Guideline) -> list[int]:
    """Return the gold that would not read under a draft."""
    if guideline.state != Guideline.State.DRAFT:
        return []
    history = [*versions.history(guideline.project), guideline]
    rows = Gold.objects.filter(project=guideline.project, withdrawn_at__isnull=True)
    return [
        gold.pk
        for gold in rows.select_related("task__image", "guideline").order_by("pk")
        if not versions.reads_whole(gold, target=guideline, history=history)
    ]
