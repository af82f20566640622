"""A million tasks and ten million answers in one project: how long each page, call and job takes, and the size of it.

    python -m tests.benchmarks.scale [--tasks 1000000] [--answers 10] [--over 250] [--fit] [--check]

Starts a database of its own and fills it by SQL, without the triggers and references that guard single rows: eight of
ten tasks are settled, with lineage and events; one of twenty is a conflict; the rest waits. Then every page and list
that the owner, a reviewer and a worker can open is asked for by the test client, and each periodic job is run.

Printed: rows and sizes of the tables and of their indexes, in MiB and bytes an answer; milliseconds (the median of
three, with those of our own process's CPU; the first one too, when nothing is in memory) and statements of each page
and call; whichever plan reads a large table from end to end (`scans`); milliseconds of the jobs. On a machine that
others use too, CPU and the plans tell more than milliseconds. `--fit` learns the workers' models from all answers,
`--check` runs check_integrity: minutes each. What took longer than `--over` ms is marked.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.database import database
from tests.benchmarks.scale_fill import fill

REPEATS = 3
LARGE = 50_000  # rows: a table that nothing may read from end to end


@dataclass
class Seen:
    """What one page or call sent to the database."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and sql.lstrip().upper().startswith(("SELECT", "WITH")):
            self.statements.append((sql, params))
        return execute(sql, params, many, context)

    def scans(self, large: set[str]) -> set[str]:
        """Return the large tables that a plan reads from end to end."""
        from django.db import Error, connection, transaction

        found: set[str] = set()
        for sql, params in self.statements:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                    [(plan,)] = cursor.fetchall()
            except Error:
                continue
            found |= {
                node["Relation Name"]
                for node in _nodes(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"])
                if "Seq Scan" in node["Node Type"] and node["Relation Name"] in large
            }
        return found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


def sizes(answers: int) -> set[str]:
    """Print what the tables weigh; return the large ones."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relname LIKE 'crowd_%%' AND reltuples > 0 ORDER BY 3 DESC"
        )
        rows = cursor.fetchall()
    print(f"\n{'table':<28}{'rows':>14}{'MiB':>10}{'indexes':>10}{'bytes an answer':>18}")
    for name, count, table, indexes in rows[:14]:
        print(
            f"{name:<28}{count:>14,}{table / 2**20:>10.0f}{indexes / 2**20:>10.0f}{(table + indexes) / answers:>18.0f}"
        )
    whole = sum(table + indexes for _, _, table, indexes in rows)
    print(f"{'all':<28}{'':>14}{whole / 2**20:>20.0f}{whole / answers:>18.0f}")
    return {name for name, count, *_ in rows if count > LARGE}


def addresses(project: Any, task: int, image: int) -> dict[str, list[str]]:
    """Return what each of them opens: the same lists for whoever sees the project, and what is theirs alone."""
    page, call = f"/projects/{project.slug}/", f"/api/v1/projects/{project.slug}/"
    parts = ["progress", "agreement", "workers", "classes", "review"]
    owner = [
        *("", "images/", "images/tiles/", "images/quality/", "imports/", "gold/", "gold/proposals/", "workers/"),
        *("review/", "reports/", "pilots/", "releases/", "members/", "members/payout/", "settings/", "models/"),
        *("guidelines/", "simulator/", "quality/", *(f"quality/{part}/charts/" for part in parts)),
        *(f"images/{image}/", f"review/{task}/", "workers/worker-0/", "webhooks/", "events/"),
    ]
    lists = [
        *("", "images/", "tasks/", "tasks/?state=open", "tasks/?state=conflict", "conflicts/", "workers/", "stats/"),
        *("labels/", "events/", "gold/", "releases/", "members/", "imports/", "guidelines/1/impact/", "models/"),
    ]
    return {
        "owner": [*(page + part for part in owner), *(call + part for part in lists), f"/api/v1/tasks/{task}/"],
        "worker": [page, page + "label/", page + "history/", call + "me/"],
        "reviewer": [page + "review/", page + "review/sheet/", call + "conflicts/?assignee=me"],
    }


def ask(client: Any, path: str) -> tuple[int, float, float, Seen]:
    """Return the status, the milliseconds, those of our own CPU, and what the database was asked."""
    from django.db import connection

    seen = Seen()
    with connection.execute_wrapper(seen):
        began, spent = time.perf_counter(), time.process_time()
        answer = client.get(path)
        answer.getvalue()
        took, spent = time.perf_counter() - began, time.process_time() - spent
        return answer.status_code, 1000 * took, 1000 * spent, seen


def pages(filled: Any, large: set[str], over: float) -> None:
    """Time each page and call, and print them, the slowest first."""
    from django.test import Client

    rows, without = [], []
    for who, paths in addresses(filled.project, filled.task, filled.image).items():
        client = Client()
        client.force_login(filled.people[who])
        for path in paths:
            tries = [ask(client, path) for _ in range(REPEATS)]
            status, first, _, seen = tries[0]
            if status != 200:
                without.append(f"{path} {status}")
                continue
            usual, spent = (statistics.median(each[place] for each in tries) for place in (1, 2))
            rows.append((usual, spent, first, len(seen.statements), seen.scans(large), who, path))
    print(f"\n{'ms':>8}{'CPU':>8}{'first':>8}{'selects':>9}  who       address")
    for usual, spent, first, count, scans, who, path in sorted(rows, reverse=True):
        words = " scans " + ", ".join(sorted(scans)) if scans else ""
        print(
            f"{usual:8.0f}{spent:8.0f}{first:8.0f}{count:9}  {who:<10}{path}{words}{'  SLOW' if usual > over else ''}"
        )
    print("no such page, or not theirs: " + (", ".join(without) or "none"))


def jobs(filled: Any, *, fit: bool, check: bool) -> None:
    """Run what is run over and over, once each, and print milliseconds."""
    import io
    import random

    from django.core.management import call_command
    from django.utils import timezone

    from crowd.workflow.assignments import claiming, leasing, submission
    from crowd.workflow.conflicts import samples
    from crowd.workflow.consensus import fitting, resolving
    from crowd.workflow.upkeep import summarising, sweeping, watching
    from crowd.workflow.workers import suspecting

    project, worker = filled.project, filled.people["worker"]
    rng, given = random.Random(1), []

    def claim() -> None:
        given.extend(claiming.claim(project=project, worker=worker, count=1, now=timezone.now(), rng=rng).assignments)

    def submit() -> None:
        submission.submit(assignment=given[-1], annotation=filled.answer, seconds=3.0, now=timezone.now())

    work: dict[str, Callable[[], Any]] = {
        "claim, cold": claim,
        "claim": claim,
        "submit": submit,
        "resolve": lambda: resolving.resolve(task_id=filled.task, now=timezone.now()),
        "expire": lambda: leasing.expire(now=timezone.now()),
        "sweep": lambda: sweeping.sweep(now=timezone.now()),
        "draw samples": lambda: samples.begin(project_id=project.pk, now=timezone.now()),
        "suspect": lambda: suspecting.suspect(project_id=project.pk, now=timezone.now()),
        "watch gold": lambda: watching.watch(now=timezone.now(), rng=rng),
        "summarise, one turn": lambda: summarising.summarise(project_id=project.pk, now=timezone.now(), turn=1.0),
    }
    if fit:
        work["fit"] = lambda: fitting.refit(project_id=project.pk, now=timezone.now())
    if check:
        work["check_integrity"] = lambda: call_command("check_integrity", stdout=io.StringIO(), stderr=io.StringIO())
    print()
    for name, run in work.items():
        began, spent = time.perf_counter(), time.process_time()
        try:
            run()
            word = ""
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- told, and the others come all the same
            word = f"  failed: {error!r}"[:300]
        took, spent = time.perf_counter() - began, time.process_time() - spent
        print(f"{name:<24}{1000 * took:10.1f} ms{1000 * spent:10.1f} ms of CPU{word}", flush=True)


def main() -> None:
    """Start, fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--answers", type=int, default=10, help="of each settled task")
    parser.add_argument("--over", type=float, default=250.0, help="ms that a page may take")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    with database(CROWD_BROKER_URL="memory://"):
        began = time.perf_counter()
        filled = fill(tasks=given.tasks, answers=given.answers)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        large = sizes(given.tasks * given.answers)
        pages(filled, large, given.over)
        jobs(filled, fit=given.fit, check=given.check)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
