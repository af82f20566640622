"""What bears on one worker: their newest answers, the others' to the same images, and what is known to be true."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from crowd import trust
from crowd.labels.annotation import Annotation
from crowd.models import Assignment, Gold, GoldCheck, Guideline, Standing, Task
from crowd.queries import versions

NEWEST = 300  # answers of the worker
NEIGHBOURS = 10  # others on one image, on either side: gold has thousands, of whom the same few are wanted every time
CHECKS = 200
Named = Mapping[int, Guideline]  # the versions that have been in force, in their order
# read by the thousand: without what is long or not looked at
_SAID = ("task_id", "worker_id", "guideline_id", "annotation", "seconds", "leased_at", "submitted_at")
_SHOWN = (
    *("state", "prelabel", "prelabel_guideline_id", "image__width", "image__height"),
    *("consensus__annotation", "consensus__guideline_id"),
)
# Accounts made one after the other are the likeliest to work together, and are found again on every image.
_OTHERS = """
    SELECT o.id FROM unnest(%(tasks)s::bigint[]) t(id) CROSS JOIN LATERAL (
        (SELECT a.id FROM crowd_assignment a
         WHERE a.task_id = t.id AND a.worker_id > %(worker)s AND a.state = 'submitted'
         ORDER BY a.worker_id LIMIT %(limit)s)
        UNION ALL
        (SELECT a.id FROM crowd_assignment a
         WHERE a.task_id = t.id AND a.worker_id < %(worker)s AND a.state = 'submitted'
         ORDER BY a.worker_id DESC LIMIT %(limit)s)) o
"""


def held(standing: Standing) -> dict[str, trust.Severity]:
    """Return how severe is what each rule holds against a worker."""
    return {rule: one["severity"] for rule, one in standing.findings.items()}


def on_gold(standing: Standing) -> trust.Evidence:
    """Return what a worker's own gold answers say, those since an owner last let them go on."""
    project = standing.project
    seen = standing.gold_seen - standing.cleared_at_seen
    return trust.Evidence(
        bar=project.min_gold_accuracy,
        min_checks=project.min_gold_checks,
        seen=seen,
        passed=max(min(standing.gold_passed - standing.cleared_at_passed, seen), 0),
        checks=_checks(standing, min(seen, CHECKS)),
    )


def of_worker(standing: Standing) -> trust.Evidence:
    """Return all that bears on a worker; the cost does not grow with their number of answers."""
    guideline = versions.current(standing.project)
    gold = on_gold(standing)
    if guideline is None:
        return gold
    mine = list(_newest(standing))
    tasks = [one.task_id for one in mine]
    others = Assignment.objects.filter(pk__in=_others(standing, tasks)).only(*_SAID)
    history = versions.history(standing.project)
    named = {one.pk: one for one in history}
    images = {one.task_id: one.task for one in mine}
    answers = [
        answer
        for one in (*mine, *others)
        if (answer := _answer(one, images[one.task_id], guideline, named)) is not None
    ]
    return trust.gather(
        str(standing.worker_id),
        answers,
        {str(task.pk): _shown(task, guideline, named) for task in images.values()},
        bar=gold.bar,
        min_checks=gold.min_checks,
        seen=gold.seen,
        passed=gold.passed,
        checks=gold.checks,
    )


def _checks(standing: Standing, count: int) -> tuple[bool, ...]:
    mine = GoldCheck.objects.fair().filter(
        assignment__worker=standing.worker_id, gold__project=standing.project_id, gold__use=Gold.Use.HIDDEN
    )
    newest = mine.order_by("-assignment__submitted_at", "-pk").values_list("passed", flat=True)[:count]
    return tuple(reversed(newest))


def _newest(standing: Standing) -> Iterable[Assignment]:
    rows = Assignment.objects.valid().filter(worker=standing.worker_id, task__project=standing.project_id)
    if standing.cleared_at is not None:
        rows = rows.filter(submitted_at__gt=standing.cleared_at)
    wanted = (*_SAID, *(f"task__{name}" for name in _SHOWN))
    return rows.select_related("task__image", "task__consensus").only(*wanted).order_by("-submitted_at")[:NEWEST]


def _others(standing: Standing, tasks: Sequence[int]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {"tasks": list(tasks), "worker": standing.worker_id, "limit": NEIGHBOURS})
        return [row[0] for row in cursor.fetchall()]


def _answer(one: Assignment, task: Task, guideline: Guideline, named: Named) -> trust.Answer | None:
    annotation = _read(one.annotation, task, one.guideline_id, guideline, named)
    if annotation is None:
        return None
    return trust.Answer(
        task=str(one.task_id),
        worker=str(one.worker_id),
        annotation=annotation,
        seconds=one.seconds or 0.0,
        leased=one.leased_at.timestamp(),
        submitted=_moment(one.submitted_at),
    )


def _moment(when: datetime | None) -> float:
    return when.timestamp() if when is not None else 0.0


def _shown(task: Task, guideline: Guideline, named: Named) -> trust.Shown:
    """Return an image with its answer, where that is settled, and a machine's proposal, as both read now."""
    settled = task.consensus if task.state == Task.State.RESOLVED else None
    return trust.Shown(
        size=(task.image.width, task.image.height),
        truth=_read(settled.annotation, task, settled.guideline_id, guideline, named) if settled is not None else None,
        proposed=_read(task.prelabel, task, task.prelabel_guideline_id, guideline, named),
    )


def _read(
    document: dict[str, object] | None, task: Task, made_under: int | None, guideline: Guideline, named: Named
) -> Annotation | None:
    if document is None or made_under is None:
        return None
    return versions.read(
        document, image=task.image, made_under=named[made_under], target=guideline, history=tuple(named.values())
    )
