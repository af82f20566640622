"""Invariant 1: no task has more live answers than its overlap, no worker has a task twice."""

from crowd.models import Assignment, Project, Task
from crowd.queries.integrity.base import Check, Found, of, sql

COUNTS = """
    SELECT t.id, t.overlap, t.open_slots, t.labels, count(a.id) AS live,
           count(a.id) FILTER (WHERE a.state = 'submitted') AS valid
    FROM crowd_task t
    LEFT JOIN crowd_assignment a ON a.task_id = t.id AND a.state IN ('leased', 'submitted')
    WHERE %(project)s::bigint IS NULL OR t.project_id = %(project)s
    GROUP BY t.id
"""


def over_assigned(project: Project | None) -> Found:
    """Find tasks with more live assignments than their overlap."""
    broken = sql(
        f"SELECT * FROM ({COUNTS}) c WHERE live > overlap",  # noqa: S608 -- no input in it
        project,
        "task {id} has {live} live assignments for an overlap of {overlap}",
    )
    return of(Task.objects.all(), project).count(), broken


def slots_add_up(project: Project | None) -> Found:
    """Find tasks whose numbers do not say what their assignments say."""
    broken = sql(
        f"SELECT * FROM ({COUNTS}) c WHERE open_slots <> overlap - live OR labels <> valid",  # noqa: S608
        project,
        "task {id} says overlap {overlap}, open slots {open_slots}, labels {labels}; it has {live} live, {valid} valid",
    )
    return of(Task.objects.all(), project).count(), broken


def once_each(project: Project | None) -> Found:
    """Find workers with two assignments for one task."""
    broken = sql(
        """
        SELECT a.task_id, a.worker_id, count(*) AS times FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
        WHERE %(project)s::bigint IS NULL OR t.project_id = %(project)s
        GROUP BY a.task_id, a.worker_id HAVING count(*) > 1
        """,
        project,
        "worker {worker_id} has task {task_id} {times} times",
    )
    return of(Assignment.objects.all(), project, "task__project").count(), broken


CHECKS = (
    Check(1, "no task has more live assignments than its overlap", over_assigned),
    Check(1, "each task's slots and labels add up to its assignments", slots_add_up),
    Check(1, "no worker has two assignments for one task", once_each),
)
