"""Invariant 8, as far as rows can tell: nothing refers to another project's things."""

from crowd.models import Project, Task
from crowd.queries.integrity.base import Check, Found, of, sql

CROSSINGS = """
    SELECT 'task ' || t.id AS what, t.project_id AS project, i.project_id AS other
      FROM crowd_task t JOIN crowd_image i ON i.id = t.image_id WHERE i.project_id <> t.project_id
    UNION ALL
    SELECT 'assignment ' || a.id, t.project_id, g.project_id FROM crowd_assignment a
      JOIN crowd_task t ON t.id = a.task_id JOIN crowd_guideline g ON g.id = a.guideline_id
      WHERE g.project_id <> t.project_id
    UNION ALL
    SELECT 'consensus ' || c.id, t.project_id, g.project_id FROM crowd_consensus c
      JOIN crowd_task t ON t.id = c.task_id JOIN crowd_guideline g ON g.id = c.guideline_id
      WHERE g.project_id <> t.project_id
    UNION ALL
    SELECT 'task ' || t.id, t.project_id, ct.project_id FROM crowd_task t
      JOIN crowd_consensus c ON c.id = t.consensus_id JOIN crowd_task ct ON ct.id = c.task_id WHERE ct.id <> t.id
    UNION ALL
    SELECT 'lineage ' || l.id, ct.project_id, at.project_id FROM crowd_lineage l
      JOIN crowd_consensus c ON c.id = l.consensus_id JOIN crowd_task ct ON ct.id = c.task_id
      JOIN crowd_assignment a ON a.id = l.assignment_id JOIN crowd_task at ON at.id = a.task_id WHERE at.id <> ct.id
    UNION ALL
    SELECT 'gold ' || g.id, t.project_id, v.project_id FROM crowd_gold g JOIN crowd_task t ON t.id = g.task_id
      JOIN crowd_guideline v ON v.id = g.guideline_id WHERE v.project_id <> t.project_id
    UNION ALL
    SELECT 'gold ' || g.id, t.project_id, g.project_id FROM crowd_gold g JOIN crowd_task t ON t.id = g.task_id
      WHERE g.project_id <> t.project_id
    UNION ALL
    SELECT 'prediction ' || x.id, t.project_id, m.project_id FROM crowd_prediction x
      JOIN crowd_task t ON t.id = x.task_id JOIN crowd_modelversion m ON m.id = x.model_id
      WHERE m.project_id <> t.project_id
    UNION ALL
    SELECT 'mistake ' || x.id, t.project_id, m.project_id FROM crowd_mistake x
      JOIN crowd_task t ON t.id = x.task_id JOIN crowd_modelversion m ON m.id = x.model_id
      WHERE m.project_id <> t.project_id
    UNION ALL
    SELECT 'model run ' || r.id, r.project_id, m.project_id FROM crowd_modelrun r
      JOIN crowd_modelversion m ON m.id = r.model_id WHERE m.project_id <> r.project_id
    UNION ALL
    SELECT 'conflict ' || c.id, t.project_id, c.project_id FROM crowd_conflict c JOIN crowd_task t ON t.id = c.task_id
      WHERE c.project_id <> t.project_id
    UNION ALL
    SELECT 'note ' || n.id, t.project_id, n.project_id FROM crowd_note n
      JOIN crowd_assignment a ON a.id = n.assignment_id JOIN crowd_task t ON t.id = a.task_id
      WHERE n.project_id <> t.project_id OR n.worker_id <> a.worker_id
"""


def apart(project: Project | None) -> Found:
    """Find rows that refer to another project's."""
    query = f"""
        SELECT * FROM ({CROSSINGS}) x
        WHERE %(project)s::bigint IS NULL OR x.project = %(project)s OR x.other = %(project)s
    """  # noqa: S608 -- no input in it
    return of(Task.objects.all(), project).count(), sql(query, project, "{what} of {project} refers to {other}")


def workers_belong(project: Project | None) -> Found:
    """Find answers of people who were never workers of the project, and projects without an owner."""
    strangers = sql(
        """
        SELECT DISTINCT t.project_id, a.worker_id FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
        LEFT JOIN crowd_standing s ON s.project_id = t.project_id AND s.worker_id = a.worker_id
        WHERE s.id IS NULL AND (%(project)s::bigint IS NULL OR t.project_id = %(project)s)
        """,
        project,
        "user {worker_id} has work in project {project_id} without a standing there",
    )
    orphans = sql(
        """
        SELECT p.slug FROM crowd_project p WHERE (%(project)s::bigint IS NULL OR p.id = %(project)s)
          AND p.deleted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM crowd_membership m WHERE m.project_id = p.id AND m.role = 'owner')
        """,
        project,
        "project {slug} has no owner",
    )
    projects = Project.objects.filter(pk=project.pk) if project else Project.objects.all()
    return projects.count(), [*strangers, *orphans]


CHECKS = (
    Check(8, "nothing refers to another project's rows", apart),
    Check(8, "work is done by workers, and every project has an owner", workers_belong),
)
