"""How fast rows that say everything become images with tasks, beside what PostgreSQL needs for the bare COPY.

    python -m tests.benchmarks.imports [--rows 100000]

bare COPY   The same images and tasks by two COPY statements into the same tables, with all their indices, constraints
            and triggers, ids given beforehand: nothing is read, judged or looked for.
import      A JSONL manifest in the object store, by the job's own function: lines read and judged, rows that are there
            already left out, counts and place kept, events written.
again       The same manifest once more: every row is there.

All in one run on one machine and one connection. The load average tells whether others were busy on it: then compare
CPU, not rates.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.database import database


def main() -> None:
    """Start a database, measure, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    rows = options.parse_args().rows
    with database(CROWD_IMPORT_SOURCES="https://images.example.org"):
        measure(rows)


def measure(count: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from crowd.celery import app
    from crowd.models import Image, Task, User
    from crowd.workflow import projects
    from crowd.workflow.importing import imports, runs

    app.conf.task_always_eager = True
    runs.TURN = 1e9
    owner = User.objects.create_user("owner")
    now = timezone.now()
    given = [
        {
            "url": f"https://images.example.org/set/{number:09}.jpg",
            "width": 640,
            "height": 480,
            "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        }
        for number in range(count)
    ]
    bare = projects.create(name="Bare", slug="bare", by=owner, now=now)
    report("bare COPY", count, lambda: copy(bare.pk, given))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crowd_image CASCADE")
        cursor.execute("VACUUM ANALYZE")
    project = projects.create(name="Import", slug="import", by=owner, now=now)
    lines = b"\n".join(json.dumps(row).encode() for row in given)
    for name in ("import", "again"):
        made = imports.Import(project=project, source="manifest", format="jsonl", filename="rows")
        imports.keep(made, lines)
        made.created_by, made.created_at, made.moved_at = owner, now, now
        made.save()
        report(name, count, lambda pk=made.pk: runs.run(import_id=pk))  # type: ignore[misc]
        made.refresh_from_db()
        assert (made.state, made.seen) == ("done", count), (made.state, made.error)
    assert Image.objects.count() == Task.objects.count() == count


def report(name: str, count: int, work: Callable[[], None]) -> None:
    began, ours, theirs = time.perf_counter(), time.process_time(), database_cpu()
    work()
    took, ours, theirs = time.perf_counter() - began, time.process_time() - ours, database_cpu() - theirs
    each = 1e6 / count
    print(
        f"{name:<10} {count / took:>9,.0f} rows/s   CPU µs a row: {ours * each:>5.1f} here, {theirs * each:>5.1f} "
        f"PostgreSQL   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def database_cpu() -> float:
    """Seconds of CPU that our connection's own process has used."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def copy(project: int, rows: list[dict[str, object]]) -> None:
    """Both tables by COPY, in transactions of as many rows as the import's."""
    from django.db import connection, transaction
    from django.utils import timezone

    from crowd.workflow.importing.manifests import LINES

    now = timezone.now().isoformat()
    for start in range(0, len(rows), LINES):
        part = rows[start : start + LINES]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nextval('crowd_image_id_seq') FROM generate_series(1, %s)", [len(part)])
            ids = [one for (one,) in cursor.fetchall()]
            images = "".join(
                f"{pk}\t{project}\tx.jpg\t{row['sha256']}\t640\t480\t1\timage/jpeg\t0\t{{}}\t{row['url']}\t{now}\n"
                for pk, row in zip(ids, part, strict=True)
            )
            tasks = "".join(f"{project}\t{pk}\topen\t0\t3\t3\t3\t0\t\t0\t0.5\tf\t0\t5\t{now}\n" for pk in ids)
            with cursor.copy(
                "COPY crowd_image (id, project_id, name, sha256, width, height, orientation, content_type, bytes, "
                "metadata, location, created_at) FROM STDIN"
            ) as target:
                target.write(images)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with cursor.copy(
                "COPY crowd_task (project_id, image_id, state, priority, base_overlap, overlap, open_slots, labels, "
                "prelabel_model, taken_back, uncertainty, begun, entered, band, created_at) FROM STDIN"
            ) as target:
                target.write(tasks)


if __name__ == "__main__":
    main()
