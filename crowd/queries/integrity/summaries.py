"""What dashboards read is the sum of what the tasks contribute."""

from crowd.models import Digest, Figure, Project
from crowd.queries.integrity.base import Check, Found, of, sql

ADD_UP = """
    WITH told AS (
        SELECT each.figure, sum(each.n) AS n, sum(each.total) AS total
        FROM crowd_digest d JOIN crowd_task t ON t.id = d.task_id,
             unnest(d.figures, d.counts, d.totals) each(figure, n, total)
        WHERE %(project)s::bigint IS NULL OR t.project_id = %(project)s
        GROUP BY each.figure
    )
    SELECT f.id, f.measure, f.n, f.total, coalesce(told.n, 0) AS counted, coalesce(told.total, 0) AS measured
    FROM crowd_figure f LEFT JOIN told ON told.figure = f.id
    WHERE (%(project)s::bigint IS NULL OR f.project_id = %(project)s)
      AND (f.n, f.total) <> (coalesce(told.n, 0), coalesce(told.total, 0))
    UNION ALL
    SELECT told.figure, 'none', 0, 0, told.n, told.total FROM told
    WHERE NOT EXISTS (SELECT FROM crowd_figure f WHERE f.id = told.figure)
"""


def figures_add_up(project: Project | None) -> Found:
    """Find figures that are not the sum of the tasks' digests."""
    broken = sql(
        ADD_UP, project, "figure {id} ({measure}) says {n} and {total}; the tasks come to {counted} and {measured}"
    )
    counted = of(Figure.objects.all(), project).count() + of(Digest.objects.all(), project, "task__project").count()
    return counted, broken


CHECKS = (Check(7, "each figure of a dashboard is the sum of what the tasks contribute", figures_add_up),)
