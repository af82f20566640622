"""Invariant 4, as far as rows can tell: gold is served once, scored once, and in nobody's queue."""

from crowd.models import Gold, GoldCheck, Project, Standing
from crowd.queries.integrity.base import Check, Found, of, sql


def out_of_the_queue(project: Project | None) -> Found:
    """Find gold tasks that are not resolved by their gold answer."""
    gold = of(Gold.objects.filter(withdrawn_at__isnull=True), project, "task__project")
    broken = gold.exclude(task__state="resolved", task__consensus__method="gold").exclude(task__state="excluded")
    return gold.count(), [f"gold {row.pk}: task {row.task_id} is not resolved by it" for row in broken]


def scored_once(project: Project | None) -> Found:
    """Find checks of answers to other tasks, and standings whose gold numbers are not their checks'."""
    checks = of(GoldCheck.objects.all(), project, "gold__task__project")
    strangers = sql(
        """
        SELECT c.id FROM crowd_goldcheck c JOIN crowd_gold g ON g.id = c.gold_id
        JOIN crowd_assignment a ON a.id = c.assignment_id JOIN crowd_task t ON t.id = g.task_id
        WHERE a.task_id <> g.task_id AND (%(project)s::bigint IS NULL OR t.project_id = %(project)s)
        """,
        project,
        "check {id} compares an answer to another task",
    )
    miscounted = sql(
        """
        SELECT s.id, s.gold_seen, s.gold_passed, count(c.id) AS seen, count(c.id) FILTER (WHERE c.passed) AS passed
        FROM crowd_standing s
        LEFT JOIN (crowd_goldcheck c JOIN crowd_gold g ON g.id = c.gold_id AND g.use = 'hidden'
                     AND g.suspected_at IS NULL
                   JOIN crowd_assignment a ON a.id = c.assignment_id JOIN crowd_task t ON t.id = a.task_id)
          ON a.worker_id = s.worker_id AND t.project_id = s.project_id
        WHERE %(project)s::bigint IS NULL OR s.project_id = %(project)s
        GROUP BY s.id HAVING count(c.id) <> s.gold_seen OR count(c.id) FILTER (WHERE c.passed) <> s.gold_passed
        """,
        project,
        "standing {id} says {gold_passed} of {gold_seen} gold answers, its checks say {passed} of {seen}",
    )
    return checks.count() + of(Standing.objects.all(), project).count(), [*strangers, *miscounted]


def qualified_by_attempts(project: Project | None) -> Found:
    """Find workers who are qualified without an attempt that passed, or the reverse, and attempts judged wrongly."""
    unfounded = sql(
        """
        SELECT s.id, count(q.id) AS passed FROM crowd_standing s
        LEFT JOIN crowd_qualification q ON q.standing_id = s.id AND q.state = 'passed'
        WHERE %(project)s::bigint IS NULL OR s.project_id = %(project)s
        GROUP BY s.id HAVING (s.qualified_at IS NOT NULL) <> (count(q.id) > 0)
        """,
        project,
        "standing {id} has {passed} passed attempts at the exam, and is qualified or not against them",
    )
    misjudged = sql(
        """
        SELECT q.id, q.state, q.passed, q.answered, count(e.id) AS kept FROM crowd_qualification q
        JOIN crowd_standing s ON s.id = q.standing_id LEFT JOIN crowd_examanswer e ON e.qualification_id = q.id
        WHERE %(project)s::bigint IS NULL OR s.project_id = %(project)s
        GROUP BY q.id
        HAVING q.answered > count(e.id)
            OR (q.answered > 0 AND q.state <> 'under_way'
                AND (q.state = 'passed') <> (q.passed + 1e-9 >= q.pass_mark * q.answered))
        """,
        project,
        "attempt {id} is {state} with {passed} of {answered}, and keeps {kept} answers",
    )
    return of(Standing.objects.all(), project).count(), [*unfounded, *misjudged]


CHECKS = (
    Check(4, "every gold task is resolved by its gold answer and in no queue", out_of_the_queue),
    Check(4, "gold answers are scored once, and the standings say so", scored_once),
    Check(7, "workers are qualified by the attempts that passed, and by no other", qualified_by_attempts),
)
