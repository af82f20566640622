"""Invariant 5: consensus is reproducible, and nothing automatic overwrites a ruling."""

from collections.abc import Iterator

from crowd.consensus.version import VERSION
from crowd.labels.annotation import annotation_to_json
from crowd.models import Assignment, Consensus, Project, Task
from crowd.queries import readings, versions
from crowd.queries.integrity.base import Check, Found, of, sql


def reproducible(project: Project | None) -> Found:
    """Find consensus in force that its own answers, worker models and parameters do not give again, bit for bit.

    What an earlier edition of the arithmetic made is left out: it came out the same while that edition was installed.
    """
    computed = Task.objects.filter(consensus__isnull=False, consensus__by__isnull=True)
    tasks = of(computed.filter(consensus__parameters__edition=VERSION), project)
    related = tasks.select_related("project", "image", "consensus__guideline").order_by("pk")
    return tasks.count(), list(_different(related.iterator(chunk_size=500)))


def _different(tasks: Iterator[Task]) -> Iterator[str]:
    for task in tasks:
        kept = task.consensus
        assert kept is not None
        lineage = list(kept.lineage.values_list("assignment", "weight"))
        answers = Assignment.objects.filter(pk__in=[pk for pk, _ in lineage]).select_related("guideline").order_by("pk")
        history = versions.history(task.project)
        reading = readings.read(task, answers, kept.guideline, history=history)
        again = readings.resolve(
            reading, fit=kept.fit_id, method=kept.method, iou_threshold=kept.parameters["iou_threshold"]
        )
        weights = {one.pk: again.weights.get(str(one.worker_id)) for one in reading.assignments}
        same = (annotation_to_json(again.annotation), again.confidence, weights)
        if same != (kept.annotation, kept.confidence, dict(lineage)):
            yield f"consensus {kept.pk} of task {task.pk} is not what its answers come to"


def rulings_stand(project: Project | None) -> Found:
    """Find tasks with a ruling that was not reopened and is not in force."""
    rulings = of(Consensus.objects.filter(by__isnull=False), project, "task__project")
    broken = sql(
        """
        SELECT t.id, r.id AS ruling FROM crowd_task t
        JOIN LATERAL (SELECT id FROM crowd_consensus WHERE task_id = t.id AND by_id IS NOT NULL
                      ORDER BY id DESC LIMIT 1) r ON true
        LEFT JOIN crowd_consensus c ON c.id = t.consensus_id
        WHERE (%(project)s::bigint IS NULL OR t.project_id = %(project)s) AND (c.id IS NULL OR c.by_id IS NULL)
          -- numbers, not times: a time is taken before the wait for the task's lock, a number under it
          AND NOT EXISTS (SELECT 1 FROM crowd_event e WHERE e.project_id = t.project_id AND e.type = 'task.reopened'
                          AND (e.data->>'task')::bigint = t.id AND e.id > (
                              SELECT coalesce(max(s.id), 0) FROM crowd_event s
                              WHERE s.project_id = t.project_id AND s.type = 'task.resolved'
                                AND (s.data->>'task')::bigint = t.id
                                AND s.data->>'method' IN ('adjudication', 'gold')))
        """,
        project,
        "task {id}: ruling {ruling} is not in force, and nobody reopened it",
    )
    return rulings.count(), broken


CHECKS = (
    Check(5, "every computed consensus is given again by its answers, models and parameters", reproducible),
    Check(5, "no ruling was overwritten by anything automatic", rulings_stand),
)
