"""How long an owner waits for the figures of a small project, and of one with a million images.

    python -m tests.benchmarks.dashboards [--sizes 10000 1000000] [--answers 3] [--counted 2000]

Each project has so many settled images with answers, spread over sixty days. The figures of the first `--counted` are
counted by the product's own code, which is timed, and then multiplied: the images are alike, and evenly spread.
Printed: milliseconds for each page and call, the median of several, and the ratio of the
largest to the smallest project. The load average tells whether others were busy on the machine.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.database import database

DAYS, WORKERS, REPEATS = 60, 20, 5
STEP = 0.01  # seconds: less than one step takes, so that a turn is one step
DOCUMENTS = [
    {"classifications": {"scene": scene}, "objects": [{"label": "car", "box": [x, 10.0, 20.0, 15.0]}]}
    for scene, x in (("cat", 5.0), ("dog", 20.0), ("fox", 30.0))
]
_IMAGES = """
    INSERT INTO crowd_image (project_id, name, sha256, width, height, orientation, content_type, bytes, metadata,
                             location, created_at)
    SELECT %(project)s, 'image-' || n, encode(sha256((%(project)s || '-' || n)::bytea), 'hex'), 64, 48, 1, 'image/png',
           1, '{}', '', %(began)s
    FROM generate_series(1, %(count)s) n
"""
_TASKS = """
    INSERT INTO crowd_task (project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels,
                            prelabel_model, taken_back, uncertainty, begun, entered, band, created_at, resolved_at)
    SELECT %(project)s, id, 'open', 0, 3, 3, 0, %(answers)s, '', 0, 0.1, true, 0, 1, %(began)s,
           %(began)s + id * 7919 %% (%(days)s * 86400) * interval '1 second'
    FROM crowd_image WHERE project_id = %(project)s
"""
_ANSWERS = """
    INSERT INTO crowd_assignment (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, annotation,
                                  submitted_at, seconds, reason)
    SELECT gen_random_uuid(), t.id, (%(workers)s::int[])[1 + (t.id + n) %% %(crew)s], %(guideline)s, 'submitted',
           t.resolved_at - n * interval '1 minute', t.resolved_at, (%(documents)s::jsonb[])[1 + (t.id + n / 3) %% 3],
           t.resolved_at - n * interval '1 second', 3 + (t.id + n) %% 7, ''
    FROM crowd_task t, generate_series(1, %(answers)s) n WHERE t.project_id = %(project)s
"""
_MERGED = """
    INSERT INTO crowd_consensus (task_id, annotation, confidence, agreement, method, parameters, guideline_id, comment,
                                 resolves, created_at)
    SELECT t.id, (%(documents)s::jsonb[])[1 + t.id %% 3], 0.95, 0.9, 'auto', '{}', %(guideline)s, '', true,
           t.resolved_at
    FROM crowd_task t WHERE t.project_id = %(project)s
"""
_SETTLED = """
    UPDATE crowd_task t SET state = 'resolved', consensus_id = c.id FROM crowd_consensus c
    WHERE c.task_id = t.id AND t.project_id = %(project)s
"""
_MORE = "UPDATE crowd_figure SET n = n * %(times)s, total = total * %(times)s WHERE project_id = %(project)s"


def main() -> None:
    """Start a database, fill it, measure, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    options.add_argument("--answers", type=int, default=3)
    options.add_argument("--counted", type=int, default=2000)
    given = options.parse_args()

    with database():
        found = {}
        for size in given.sizes:
            project, owner = fill(size, given.answers, min(given.counted, size))
            found[size] = measured(project, owner)
        report(found)


def fill(size: int, answers: int, counted: int) -> tuple[Any, Any]:
    """Make a project of so many settled images, its figures counted."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from crowd.models import Standing, Summary
    from crowd.workflow.upkeep import summarising
    from tests.factories import make

    began = time.perf_counter()
    owner = make.user()
    project = make.project(owner, pay_per_answer="0.05", currency="EUR")
    crew = [make.member(project) for _ in range(WORKERS)]
    values: dict[str, Any] = {
        "project": project.pk,
        "count": size,
        "answers": answers,
        "days": DAYS,
        "began": timezone.now() - timedelta(days=DAYS),
        "workers": [worker.pk for worker in crew],
        "crew": len(crew),
        "guideline": project.guidelines.get().pk,
        "documents": [json.dumps(each) for each in DOCUMENTS],
    }
    _rows(values)
    start = time.perf_counter()
    done = 0
    while done < counted and not summarising.summarise(project_id=project.pk, now=timezone.now(), turn=STEP):
        done += summarising.TASKS
    spent = time.perf_counter() - start
    print(f"{size:,} images: counting {1000 * spent / max(done, 1):.2f} ms a task", flush=True)
    if done and done < size:
        Summary.objects.filter(project=project).update(through=None)
        with connection.cursor() as cursor:
            cursor.execute(_MORE, {**values, "times": size // done})
    Standing.objects.filter(project=project).update(labels=size * answers // WORKERS, gold_seen=40, gold_passed=36)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{size:,} images: filled in {time.perf_counter() - began:.0f} s", flush=True)
    return project, owner


def _rows(values: dict[str, Any]) -> None:
    """Write the rows, without the triggers that guard single ones."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for guards in ("DISABLE", "ENABLE"):
            for table in ("task", "assignment", "consensus"):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE crowd_{table} {guards} TRIGGER USER")
            for statement in (_IMAGES, _TASKS, _ANSWERS, _MERGED, _SETTLED) if guards == "DISABLE" else ():
                cursor.execute(statement, values)


def measured(project: Any, owner: Any) -> dict[str, float]:
    """Return the milliseconds of each page and call."""
    from django.test import Client

    from crowd.web.quality import NAMES, PARTS

    client = Client()
    client.force_login(owner)
    base = f"/projects/{project.slug}/"
    paths = {
        "GET stats/": f"/api/v1{base}stats/",
        "overview": base,
        "quality: frame": f"{base}quality/",
        **{f"quality: {part}": f"{base}quality/{part}/charts/" for part in PARTS},
        **{f"csv: {name}": f"{base}quality.csv?chart={name}" for name in NAMES},
        "simulator, both": f"{base}simulator/",
    }
    found = {}
    for name, path in paths.items():
        times = [_time(lambda path=path: _ask(client, path)) for _ in range(REPEATS)]  # type: ignore[misc]
        found[name] = 1000 * statistics.median(times)
    return found


def _ask(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    answer.getvalue()


def _time(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(found: dict[int, dict[str, float]]) -> None:
    """Print what was measured."""
    sizes = sorted(found)
    print(f"\nmilliseconds{'':24}" + "".join(f"{size:>14,}" for size in sizes) + f"{'ratio':>9}")
    for name in found[sizes[0]]:
        row = [found[size][name] for size in sizes]
        print(f"{name:36}" + "".join(f"{each:14.1f}" for each in row) + f"{row[-1] / row[0]:9.2f}")
    print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
