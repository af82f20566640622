"""Invariant 4 once more, and 7: what a worker is told, and what became of their appeals."""

from crowd.models import Appeal, Project, Standing
from crowd.queries.integrity.base import Check, Found, of, sql


def told_in_steps(project: Project | None) -> Found:
    """Find standings whose count of answers is wrong, and workers told more than their last tenth answer allows."""
    broken = sql(
        """
        SELECT s.id, s.handed_in, count(a.id) AS answers, s.told_seen,
               count(c.id) FILTER (WHERE a.submitted_at <= s.told_at) AS seen
        FROM crowd_standing s
        LEFT JOIN (crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
                   LEFT JOIN crowd_goldcheck c ON c.assignment_id = a.id)
          ON a.worker_id = s.worker_id AND t.project_id = s.project_id AND a.submitted_at IS NOT NULL
        WHERE %(project)s::bigint IS NULL OR s.project_id = %(project)s
        GROUP BY s.id
        HAVING count(a.id) <> s.handed_in OR s.told_seen > count(c.id) FILTER (WHERE a.submitted_at <= s.told_at)
        """,
        project,
        "standing {id} says {handed_in} answers and tells of {told_seen} checks, there are {answers} and {seen}",
    )
    return of(Standing.objects.all(), project).count(), broken


def appeals_answered(project: Project | None) -> Found:
    """Find appeals of workers who may go on that nobody decided, and appeals without their events."""
    broken = sql(
        """
        SELECT p.id, s.status FROM crowd_appeal p JOIN crowd_standing s ON s.id = p.standing_id
        WHERE (%(project)s::bigint IS NULL OR s.project_id = %(project)s)
          AND ((p.decided_at IS NULL AND s.status = 'active')
               OR NOT EXISTS (SELECT FROM crowd_event e WHERE e.project_id = s.project_id AND e.type = 'appeal.opened'
                              AND (e.data->>'appeal')::bigint = p.id)
               OR (p.decided_at IS NOT NULL
                   AND NOT EXISTS (SELECT FROM crowd_event e WHERE e.project_id = s.project_id
                                   AND e.type = 'appeal.decided' AND (e.data->>'appeal')::bigint = p.id)))
        """,
        project,
        "appeal {id} of a worker who is {status} was not decided, or no event tells of it",
    )
    return of(Appeal.objects.all(), project, "standing__project").count(), broken


CHECKS = (
    Check(4, "a worker is told how they did with every tenth answer, and no sooner", told_in_steps),
    Check(7, "each appeal has its events, and none is left open for somebody who may work", appeals_answered),
)
