"""Invariant 7: each state change has its event."""

from crowd.models import Assignment, Guideline, Import, Project, Release, Standing, Task
from crowd.queries.integrity.base import Check, Found, of, sql

# what changed, its key in the event's data, the event that must be there
ROWS = """
    SELECT 'task ' || t.id AS what, t.project_id, 'task.resolved' AS type, jsonb_build_object('task', t.id) AS data
      FROM crowd_task t WHERE t.state = 'resolved'
    UNION ALL
    SELECT 'task ' || t.id, t.project_id, 'task.conflict', jsonb_build_object('task', t.id)
      FROM crowd_task t WHERE t.state = 'conflict'
    UNION ALL
    SELECT 'assignment ' || a.id, t.project_id, e.type, jsonb_build_object('assignment', a.id)
      FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
      JOIN (VALUES ('leased', 'assignment.leased'), ('submitted', 'assignment.submitted'),
                   ('skipped', 'assignment.skipped'), ('expired', 'assignment.expired')) e (state, type)
        ON e.state = a.state
    UNION ALL
    SELECT 'guideline ' || g.id, g.project_id, 'guideline.published', jsonb_build_object('guideline', g.number)
      FROM crowd_guideline g WHERE g.state <> 'draft'
    UNION ALL
    SELECT 'release ' || r.id, r.project_id, 'release.ready', jsonb_build_object('release', r.number)
      FROM crowd_release r WHERE r.state = 'ready'
    UNION ALL
    SELECT 'import ' || i.id, i.project_id, 'import.finished', jsonb_build_object('import', i.id)
      FROM crowd_import i WHERE i.finished_at IS NOT NULL
    UNION ALL
    SELECT 'worker ' || u.username, s.project_id, 'worker.' || s.status, jsonb_build_object('worker', u.username)
      FROM crowd_standing s JOIN crowd_user u ON u.id = s.worker_id WHERE s.status <> 'active'
"""
SILENT = f"""
    SELECT w.what, w.type FROM ({ROWS}) w
    LEFT JOIN (SELECT e.project_id, e.type, k.key, k.value FROM crowd_event e, jsonb_each(e.data) k
               WHERE %(project)s::bigint IS NULL OR e.project_id = %(project)s) seen
      ON seen.project_id = w.project_id AND seen.type = w.type
     AND seen.key = (SELECT jsonb_object_keys(w.data)) AND seen.value = w.data -> seen.key
    WHERE seen.key IS NULL AND (%(project)s::bigint IS NULL OR w.project_id = %(project)s)
"""  # noqa: S608 -- no input in it


def told(project: Project | None) -> Found:
    """Find changes that no event tells of."""
    changed = (
        of(Task.objects.filter(state__in=["resolved", "conflict"]), project).count()
        + of(Assignment.objects.all(), project, "task__project").count()
        + of(Guideline.objects.exclude(state="draft"), project).count()
        + of(Release.objects.filter(state="ready"), project).count()
        + of(Import.objects.filter(finished_at__isnull=False), project).count()
        + of(Standing.objects.exclude(status="active"), project).count()
    )
    return changed, sql(SILENT, project, "{what}: no event {type}")


def conflicts_open(project: Project | None) -> Found:
    """Find tasks in conflict without an open conflict, and open conflicts of other tasks."""
    broken = sql(
        """
        SELECT t.id, t.state, count(c.id) AS open FROM crowd_task t
        LEFT JOIN crowd_conflict c ON c.task_id = t.id AND c.closed_at IS NULL AND NOT c.aside
        WHERE %(project)s::bigint IS NULL OR t.project_id = %(project)s
        GROUP BY t.id HAVING count(c.id) <> (t.state = 'conflict')::int
        """,
        project,
        "task {id} is {state} and has {open} open conflicts",
    )
    return of(Task.objects.all(), project).count(), broken


def looked_at(project: Project | None) -> Found:
    """Find samples and second looks of labels that do not stand any more."""
    broken = sql(
        """
        SELECT c.id, c.cause, t.id AS task, t.state FROM crowd_conflict c JOIN crowd_task t ON t.id = c.task_id
        WHERE c.closed_at IS NULL AND c.cause IN ('sample', 'second_review') AND t.state <> 'resolved'
          AND (%(project)s::bigint IS NULL OR t.project_id = %(project)s)
        """,
        project,
        "conflict {id} is an open {cause} of task {task}, which is {state}",
    )
    return of(Task.objects.all(), project).count(), broken


CHECKS = (
    Check(7, "each change of state has its event", told),
    Check(7, "a task is in conflict exactly when it has an open one", conflicts_open),
    Check(7, "samples and second looks are of labels that stand", looked_at),
)
