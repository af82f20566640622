"""A release of a project with as many boxes as asked for, built by the job's own function; see `releases`."""

import json
import time
from typing import Any

from tests.benchmarks.database import database
from tests.benchmarks.releases import EACH, HEIGHT, POOL, WIDTH, forget_peak, labels, peak

_IMAGES = """
    INSERT INTO crowd_image (project_id, name, sha256, width, height, orientation, content_type, bytes, metadata,
                             location, created_at)
    SELECT %(project)s, 'image-' || n, encode(sha256((%(project)s || '-' || n)::bytea), 'hex'), %(width)s, %(height)s,
           1, 'image/png', 1, '{}', '', %(now)s
    FROM generate_series(1, %(count)s) n
"""
_TASKS = """
    INSERT INTO crowd_task (project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                            prelabel_model, taken_back, uncertainty, begun, entered, band, created_at, resolved_at)
    SELECT %(project)s, id, 'open', 0, 3, 3, 0, 3, '', 0, 0.1, true, 0, 1, %(now)s, %(now)s
    FROM crowd_image WHERE project_id = %(project)s
"""
_ANSWERS = """
    INSERT INTO crowd_assignment (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, annotation,
                                  submitted_at, seconds, reason)
    SELECT gen_random_uuid(), t.id, worker, %(guideline)s, 'submitted', %(now)s, %(now)s,
           (%(documents)s::jsonb[])[1 + t.id %% %(pool)s], %(now)s, 3, ''
    FROM crowd_task t, unnest(%(workers)s::int[]) worker WHERE t.project_id = %(project)s
"""
_MERGED = """
    INSERT INTO crowd_consensus (task_id, annotation, confidence, agreement, method, parameters, guideline_id, comment,
                                 resolves, created_at)
    SELECT t.id, (%(documents)s::jsonb[])[1 + t.id %% %(pool)s], 0.95, 0.9, 'auto', '{}', %(guideline)s, '', true,
           %(now)s
    FROM crowd_task t WHERE t.project_id = %(project)s
"""
_LED = """
    INSERT INTO crowd_lineage (consensus_id, assignment_id, weight)
    SELECT c.id, a.id, 0.75 FROM crowd_consensus c JOIN crowd_assignment a USING (task_id)
    JOIN crowd_task t ON t.id = c.task_id WHERE t.project_id = %(project)s
"""
_SETTLED = """
    UPDATE crowd_task t SET state = 'resolved', consensus_id = c.id FROM crowd_consensus c
    WHERE c.task_id = t.id AND t.project_id = %(project)s
"""


def main(count: int) -> None:
    """Start a database, fill it, build, print."""
    with database():
        build(*fill(count), count)


def fill(count: int) -> tuple[Any, Any]:
    """Make a project of settled images with so many boxes in all."""
    from django.db import connection, transaction
    from django.utils import timezone

    from crowd.labels.writing import annotation_to_json
    from tests.factories import make

    began, owner = time.perf_counter(), make.user()
    project = make.project(owner, schema={"objects": [{"name": "box", "shape": "box"}]})
    values = {
        "project": project.pk,
        "count": count // EACH,
        "width": WIDTH,
        "height": HEIGHT,
        "pool": POOL,
        "now": timezone.now(),
        "workers": [make.member(project).pk for _ in range(3)],
        "guideline": project.guidelines.get().pk,
        "documents": [json.dumps(annotation_to_json(label)) for label in labels("box")],
    }
    with transaction.atomic(), connection.cursor() as cursor:  # without the triggers that guard single rows
        for guards in ("DISABLE", "ENABLE"):
            for table in ("task", "assignment", "consensus", "lineage"):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE crowd_{table} {guards} TRIGGER USER")
            for statement in (_IMAGES, _TASKS, _ANSWERS, _MERGED, _LED, _SETTLED) if guards == "DISABLE" else ():
                cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"\n{count:,} boxes in the database, filled in {time.perf_counter() - began:.0f} s", flush=True)
    return project, owner


def build(project: Any, owner: Any, count: int) -> None:
    """Build a release of all formats but those that paint, a file at a time, and print what each took."""
    from django.utils import timezone

    from crowd.formats import WRITERS
    from crowd.workflow import releasing
    from crowd.workflow.releasing import building, memory
    from tests.benchmarks.releases import PAINTED

    chosen = {"formats": sorted(set(WRITERS) - PAINTED), "include": ["answers", "soft_labels"]}
    release = releasing.cut(project=project, by=owner, now=timezone.now(), options=chosen)
    print(f"{'':24}   seconds       CPU  a second     peak", flush=True)
    total, went_on = time.perf_counter(), True
    while went_on:
        forget_peak()
        began, spent = time.perf_counter(), time.process_time()
        with memory.settled():
            went_on = building._go_on(release.pk, timezone.now(), goes=True)
        seconds, spent = time.perf_counter() - began, time.process_time() - spent
        last = release.files.order_by("pk").last()
        name = last.format if last else "snapshot"
        print(f"  {name:22}{seconds:10.1f}{spent:10.1f}{count / spent:10,.0f}{peak():7.0f} MB", flush=True)
    release.refresh_from_db()
    print(f"release {release.state}{release.error} in {time.perf_counter() - total:.0f} s")


if __name__ == "__main__":
    main(1_000_000)
