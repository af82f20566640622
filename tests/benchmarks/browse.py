"""How long one page of the images takes among a million, by filter: `python -m tests.benchmarks.browse [TASKS]`.

Fills a database of its own, asks for each filter's first page and the one behind it, prints milliseconds (the median
of five) and how many rows were looked at, and plans of what leads. Nothing here is asserted.
"""

import statistics
import sys
import time
from typing import Any

from tests.benchmarks.database import database


def fill(count: int) -> None:
    """Make a project of so many tasks: nine of ten settled, one of a hundred thousand rare, the newest open."""
    from django.db import connection

    from tests.factories import make

    owner = make.user("owner")
    project = make.project(owner)
    worker, guideline = make.member(project, username="worker"), project.guidelines.get()
    values = {"n": count, "p": project.pk, "g": guideline.pk, "u": owner.pk, "w": worker.pk}
    with connection.cursor() as cursor:
        for table, constraint in foreign_keys(cursor):  # the rows are made whole here, and the database is thrown away
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")


def foreign_keys(cursor: Any) -> list[tuple[str, str]]:
    """Return every reference of our tables, by table and name."""
    cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'")
    return [(table, name) for table, name in cursor.fetchall() if table.startswith("crowd_")]


FILL = (
    """INSERT INTO crowd_image (id, project_id, name, sha256, width, height, orientation, content_type, bytes,
                                metadata, location, created_at)
       SELECT i, %(p)s, 'harbour_' || md5(i::text) || '.jpg', lpad(to_hex(i), 64, '0'), 1024, 768, 1, 'image/jpeg', 9,
              CASE i %% 1000 WHEN 0 THEN '{"camera": "front"}' ELSE '{}' END::jsonb, '', now()
       FROM generate_series(1, %(n)s) i""",
    """INSERT INTO crowd_consensus (id, task_id, annotation, confidence, agreement, method, parameters, comment,
                                    resolves, created_at, guideline_id)
       SELECT i, i, '{}', 0.5 + (i::bigint * 7919 %% 1000) / 2000.0, (i::bigint * 104729 %% 1000) / 1000.0, 'majority',
              '{}', '', true, now(), %(g)s
       FROM generate_series(1, %(n)s) i WHERE i %% 10 > 0""",
    """INSERT INTO crowd_task (id, project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                               consensus_id, prelabel_model, prelabel_score, taken_back, uncertainty, begun, entered,
                               band, created_at, resolved_at)
       SELECT i, %(p)s, i, CASE WHEN i %% 10 > 0 THEN 'resolved' WHEN i %% 5000 = 0 THEN 'excluded' ELSE 'open' END, 0,
              3, 3, 0, 3, CASE WHEN i %% 10 > 0 THEN i END, 'm', (i * 31 %% 1000) / 1000.0, 0, 0.5, true, 1,
              5, now(), now()
       FROM generate_series(1, %(n)s) i""",
    """INSERT INTO crowd_facet (task_id, project_id, confidence, agreement, guideline_id, score, uncertainty)
       SELECT t.id, t.project_id, c.confidence, c.agreement, c.guideline_id, t.prelabel_score, t.uncertainty
       FROM crowd_task t LEFT JOIN crowd_consensus c ON c.id = t.consensus_id""",
    """INSERT INTO crowd_facetlabel (task_id, project_id, label)
       SELECT i, %(p)s,
              CASE WHEN i %% 100000 = 1 THEN 'rare' ELSE (ARRAY['cat', 'dog', 'bird', 'fish'])[1 + i %% 4] END
       FROM generate_series(1, %(n)s) i WHERE i %% 10 > 0""",
    """INSERT INTO crowd_assignment (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, annotation,
                                     submitted_at, seconds, reason)
       SELECT gen_random_uuid(), i, %(w)s, %(g)s, 'submitted', now(), now(), '{}',
              now() - i * interval '1 second', 5, ''
       FROM generate_series(1, %(n)s, 10) i""",
)
FILTERS: tuple[dict[str, object], ...] = (
    {},
    {"order": "oldest"},
    {"state": "resolved"},
    {"state": "excluded"},
    {"class": "cat"},
    {"class": "rare"},
    {"worker": "worker"},
    {"guideline": 1},
    {"confidence_below": 0.6},
    {"confidence_above": 0.95},
    {"agreement_below": 0.1},
    {"score_above": 0.9},
    {"uncertainty_above": 0.4},
    {"gold": True},
    {"gold": False},
    {"q": "harbour"},
    {"q": "ab12c"},
    {"q": "camera=front"},
    {"class": "cat", "confidence_below": 0.55},
    {"class": "cat", "state": "excluded"},
    {"worker": "worker", "class": "dog", "confidence_below": 0.6},
)


def timed(wanted: dict[str, object], cursor: str = "") -> tuple[float, int, str]:
    """Return the median of five pages in milliseconds, how many rows were looked at, and where the walk goes on."""
    from crowd.models import Project
    from crowd.queries import browse_walk
    from crowd.queries.browse_filter import parse

    project, spent, found = Project.objects.get(), [], None
    for _ in range(5):
        began = time.perf_counter()
        found = browse_walk.walk(project=project, wanted=parse(wanted, strict=True), cursor=cursor, size=60)
        browse_walk.rows(found.keys)
        spent.append(1000 * (time.perf_counter() - began))
    assert found is not None
    return statistics.median(spent), found.looked_at, found.cursor


def explain(sql: str) -> None:
    """Print a plan."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {sql}")
        print(sql, *(f"    {line}" for (line,) in cursor.fetchall()), sep="\n")


def main() -> None:
    """Fill, and time each filter."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    began = time.perf_counter()
    fill(count)
    print(f"{count:,} tasks in {time.perf_counter() - began:.0f} s\n{'filter':60} {'first':>9} {'next':>9}  looked at")
    for wanted in FILTERS:
        first, looked_at, cursor = timed(wanted)
        following = f"{timed(wanted, cursor)[0]:7.1f}ms" if cursor else "        -"
        print(f"{wanted!s:60} {first:7.1f}ms {following}  {looked_at}")
    explain("SELECT task_id FROM crowd_facetlabel WHERE project_id=1 AND label='cat' ORDER BY task_id DESC LIMIT 61")
    explain(
        "SELECT task_id FROM crowd_facet WHERE project_id=1 AND confidence<0.6 ORDER BY confidence, task_id LIMIT 61"
    )
    explain("SELECT id FROM crowd_image WHERE project_id=1 AND UPPER(name) LIKE '%AB12C%' ORDER BY id DESC LIMIT 61")


if __name__ == "__main__":
    with database():
        main()
