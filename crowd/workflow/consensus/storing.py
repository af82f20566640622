"""A computed answer is kept with the answers it came from."""

import json
from datetime import datetime

from django.db import connection

from crowd.consensus import Resolution
from crowd.consensus.version import VERSION
from crowd.labels.annotation import annotation_to_json
from crowd.models import Consensus, Task
from crowd.queries.readings import Reading

# Both in one statement, written out, as it runs once for every answer that settles a task.
_STORED = (
    "task_id",
    "confidence",
    "agreement",
    "method",
    "fit_id",
    "guideline_id",
    "comment",
    "resolves",
    "created_at",
)
_STORE = """
    WITH made AS (
        INSERT INTO crowd_consensus (task_id, annotation, confidence, agreement, method, parameters, fit_id,
                                     guideline_id, comment, resolves, created_at)
        VALUES (%(task_id)s, %(annotation)s, %(confidence)s, %(agreement)s, %(method)s, %(parameters)s, %(fit_id)s,
                %(guideline_id)s, %(comment)s, %(resolves)s, %(created_at)s)
        RETURNING id
    ), led AS (
        INSERT INTO crowd_lineage (consensus_id, assignment_id, weight)
        SELECT made.id, each.* FROM made, unnest(%(assignments)s::uuid[], %(weights)s::float8[]) AS each
    )
    SELECT id FROM made
"""


def store(
    task: Task, reading: Reading, resolution: Resolution, fit: int | None, *, resolves: bool, now: datetime
) -> Consensus:
    """Keep a computed answer with its lineage; where it equals the one in force, that one is returned."""
    document = annotation_to_json(resolution.annotation)
    old = task.consensus
    if (
        old is not None
        and old.annotation == document
        and old.confidence == resolution.confidence
        and old.resolves == resolves
        and old.guideline_id == reading.guideline.pk
        and {one.pk for one in reading.assignments} == set(old.lineage.values_list("assignment_id", flat=True))
    ):
        return old
    made = Consensus(
        task=task,
        annotation=document,
        confidence=resolution.confidence,
        agreement=resolution.agreement,
        method=task.project.consensus,
        parameters={"iou_threshold": task.project.iou_threshold, "edition": VERSION},
        fit_id=fit,
        guideline=reading.guideline,
        resolves=resolves,
        created_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            {
                **{name: getattr(made, name) for name in _STORED},
                "annotation": json.dumps(document),
                "parameters": json.dumps(made.parameters),
                "assignments": [one.pk for one in reading.assignments],
                "weights": [resolution.weights[str(one.worker_id)] for one in reading.assignments],
            },
        )
        made.pk = cursor.fetchone()[0]
    return made
