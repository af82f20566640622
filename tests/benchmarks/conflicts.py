"""How long the reviewers' list takes among many conflicts: `python -m tests.benchmarks.conflicts [CONFLICTS]`.

Fills a database of its own, asks for each filter's and order's first page and the one twenty pages behind it, and
prints milliseconds: the median and the slowest of seven. The bar is 200 ms for 50,000.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.benchmarks.database import database

REPEATS, PAGE, BAR = 7, 100, 200.0
_FILL = (
    """INSERT INTO crowd_image (id, project_id, name, sha256, width, height, orientation, content_type, bytes,
                                metadata, location, created_at)
       SELECT i, %(p)s, 'harbour_' || i || '.jpg', lpad(to_hex(i), 64, '0'), 1024, 768, 1, 'image/jpeg', 9, '{}', '',
              now() FROM generate_series(1, %(n)s) i""",
    """INSERT INTO crowd_task (id, project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                               prelabel_model, skill, taken_back, uncertainty, begun, entered, band, created_at)
       SELECT i, %(p)s, i, 'conflict', 0, 3, 3, 0, 3, '', '', 0, 0.5, true, 1, 5, now()
       FROM generate_series(1, %(n)s) i""",
    """INSERT INTO crowd_conflict (project_id, task_id, kind, cause, aside, confidence, severity, gain, draw, category,
                                   labels, confused, answers, workers, reason, opened_at, outcome, comment,
                                   assignee_id, taken_at, held_until)
       SELECT %(p)s, i, k.kind, k.kind, false, 0.5, (i %% 7) / 7.0, (i %% 1000) / 1000.0, 0, '',
              CASE WHEN i %% 5000 = 0 THEN ARRAY['rare']
                   ELSE ARRAY[(ARRAY['cat', 'dog', 'bird', 'fish'])[1 + i %% 4], 'animal'] END,
              '{}', '{}', ARRAY[i %% 40, 40 + i %% 40, 80 + i %% 40]::bigint[], '', now() - i * interval '1 second', '',
              '', CASE WHEN i %% 500 = 0 THEN %(u)s END, CASE WHEN i %% 500 = 0 THEN now() END,
              CASE WHEN i %% 500 = 0 THEN now() + interval '1 hour' END
       FROM generate_series(1, %(n)s) i,
            LATERAL (SELECT (ARRAY['class_disagreement', 'existence', 'geometry', 'skipped'])[1 + i %% 4] AS kind) k""",
)
WANTED: tuple[Mapping[str, Any], ...] = (
    {},
    {"order": "gain"},
    {"order": "severity"},
    {"kind": "geometry"},
    {"kind": "geometry", "order": "gain"},
    {"class": "cat"},
    {"class": "cat", "order": "severity"},
    {"class": "rare", "order": "gain"},
    {"worker": "worker"},
    {"worker": "worker", "order": "severity"},
    {"assignee": "me"},
    {"assignee": "nobody", "order": "gain"},
    {"severity_above": "0.8"},
    {"severity_above": "0.8", "order": "gain"},
    {"opened_before": "2020-01-01T00:00:00Z", "order": "gain"},
)


def fill(count: int) -> Any:
    """Make a project of so many open conflicts, and return its owner's membership."""
    from django.db import connection

    from crowd.models import Standing
    from tests.benchmarks.browse import foreign_keys
    from tests.factories import make

    project = make.project(make.user("owner"))
    worker = make.member(project, username="worker")
    member = project.memberships.select_related("project", "user").get(role="owner")
    with connection.cursor() as cursor:
        for table, constraint in foreign_keys(cursor):  # workers are numbers only, and the database is thrown away
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in _FILL:
            cursor.execute(statement, {"n": count, "p": project.pk, "u": member.user_id})
        cursor.execute("ANALYZE")
    assert Standing.objects.filter(worker=worker).exists()
    return member


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the median and the longest of several calls in milliseconds, and what the last one returned."""
    took, found = [], None
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = call()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took), max(took), found


def main() -> None:
    """Fill, ask and print."""
    from django.utils import timezone

    from crowd.queries import conflicts
    from crowd.workflow.conflicts import reviewing
    from tests.factories import make

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    member, worst = fill(count), 0.0
    reviewer = make.member(member.project, "reviewer")
    print(f"{count:,} open conflicts, pages of {PAGE}; load average {os.getloadavg()[0]:.1f}")
    print(f"{'asked for':52} {'first page':>16} {'far behind':>16}  ms: median (slowest)")
    for query in WANTED:
        wanted, cells, cursor = conflicts.parse(query), [], ""
        for behind in (0, 20):
            for _ in range(behind):
                cursor = conflicts.listed(member=member, wanted=wanted, cursor=cursor, size=PAGE).cursor or cursor
            at = cursor
            listed = partial(conflicts.listed, member=member, wanted=wanted, cursor=at, size=PAGE)
            middle, most, found = timed(listed)
            worst, cursor = max(worst, middle), found.cursor or cursor
            cells.append(f"{middle:8.1f} ({most:5.1f})")
        print(f"{', '.join(f'{k}={v}' for k, v in query.items()) or 'everything':52} {cells[0]:>16} {cells[1]:>16}")
    for name, call in (
        ("how many of each kind", lambda: conflicts.counted(member=member)),
        ("take the next", lambda: reviewing.take_next(project=member.project, by=reviewer, now=timezone.now())),
    ):
        middle, most, _ = timed(call)
        worst = max(worst, middle)
        print(f"{name:52} {middle:8.1f} ({most:5.1f})")
    print(f"slowest median {worst:.1f} ms, bar {BAR:.0f} ms: {'held' if worst <= BAR else 'missed'}")


if __name__ == "__main__":
    with database():
        main()
