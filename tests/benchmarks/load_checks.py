"""What must be true of the database after any load."""

import io
from collections import Counter

from django.core.management import call_command
from django.db import connection

from crowd.models import Assignment, Project
from tests.benchmarks.load_clients import Outcome


def deadlocks() -> int:
    """Return how many the database has seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def over_assigned(project: Project) -> int:
    """Return how many tasks have more live assignments than they may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT t.id FROM crowd_task t JOIN crowd_assignment a ON a.task_id = t.id"
            " WHERE t.project_id = %s AND a.state IN ('leased', 'submitted')"
            " GROUP BY t.id HAVING count(*) <> t.overlap - t.open_slots OR count(*) > t.overlap) AS found",
            [project.pk],
        )
        return int(cursor.fetchone()[0])


def missing(outcome: Outcome) -> int:
    """Return how many acknowledged answers are not in the database as they were sent."""
    names, lost = list(outcome.acknowledged), 0
    for start in range(0, len(names), 5000):
        batch = names[start : start + 5000]
        kept = {str(pk): found for pk, found in Assignment.objects.filter(pk__in=batch).values_list("pk", "annotation")}
        lost += sum(not _same(outcome.acknowledged[name], kept.get(name)) for name in batch)
    return lost


def _same(sent: dict, kept: dict | None) -> bool:
    return (
        kept is not None and kept["classifications"] == sent["classifications"] and kept["objects"] == sent["objects"]
    )


def sound(project: Project, outcome: Outcome, *, deadlocks_before: int) -> bool:
    """Print what is wrong, count by count; True where nothing is."""
    found = {
        "over-assigned tasks": over_assigned(project),
        "assignments given twice": sum(n - 1 for n in Counter(outcome.claimed).values()),
        "acknowledged answers lost": missing(outcome),
        "errors of the server": sum(n for what, n in outcome.statuses.items() if what.split()[1] >= "500"),
        "other refusals and faults": len(outcome.faults),
        "deadlocks": deadlocks() - deadlocks_before,
    }
    print(f"{len(outcome.acknowledged)} answers acknowledged; " + ", ".join(f"{n} {what}" for what, n in found.items()))
    said = io.StringIO()
    try:
        call_command("check_integrity", project=project.slug, stdout=said, stderr=said, no_color=True)
        holds = True
    except SystemExit:
        holds = False
    print("check_integrity: " + (said.getvalue().splitlines()[-1] if holds else said.getvalue()))
    return holds and not any(found.values())
