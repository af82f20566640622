"""Pilots: a project holds to its own, and to the one that is under way."""

from crowd.models import Project
from crowd.queries.integrity.base import Check, Found, sql


def hold(project: Project | None) -> Found:
    """Find pilots that their project does not hold to, holds on other projects' images, and pilots that lost images."""
    loose = sql(
        """
        SELECT v.id FROM crowd_pilot v JOIN crowd_project p ON p.id = v.project_id
        WHERE v.state = 'running' AND p.pilot_id IS DISTINCT FROM v.id
          AND (%(project)s::bigint IS NULL OR v.project_id = %(project)s)
        """,
        project,
        "pilot {id} is under way, and its project does not hold to it",
    )
    strange = sql(
        """
        SELECT p.slug, 'pilot ' || v.id AS what FROM crowd_project p JOIN crowd_pilot v ON v.id = p.pilot_id
        WHERE v.project_id <> p.id AND (%(project)s::bigint IS NULL OR p.id = %(project)s)
        UNION ALL
        SELECT p.slug, 'task ' || t.id FROM crowd_project p JOIN crowd_pilot v ON v.project_id = p.id
        JOIN crowd_pilottask x ON x.pilot_id = v.id JOIN crowd_task t ON t.id = x.task_id
        WHERE t.project_id <> p.id AND (%(project)s::bigint IS NULL OR p.id = %(project)s)
        UNION ALL
        SELECT p.slug, 'guideline ' || g.id FROM crowd_project p JOIN crowd_pilot v ON v.project_id = p.id
        JOIN crowd_guideline g ON g.id = v.guideline_id
        WHERE g.project_id <> p.id AND (%(project)s::bigint IS NULL OR p.id = %(project)s)
        """,
        project,
        "{slug} has a pilot with {what} of another project",
    )
    short = sql(
        """
        SELECT v.id, v.size, count(x.id) AS found FROM crowd_pilot v LEFT JOIN crowd_pilottask x ON x.pilot_id = v.id
        WHERE %(project)s::bigint IS NULL OR v.project_id = %(project)s
        GROUP BY v.id HAVING count(x.id) <> v.size
        """,
        project,
        "pilot {id} has {found} of its {size} images",
    )
    projects = Project.objects.filter(pk=project.pk) if project else Project.objects.all()
    return projects.count(), [*loose, *strange, *short]


CHECKS = (Check(8, "a pilot under way holds its project, and pilots hold images of their own project", hold),)
