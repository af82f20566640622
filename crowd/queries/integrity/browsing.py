"""What images are found by agrees with what it was taken from: the facets of tasks, and the rows of image quality."""

from crowd.models import Image, Project, Task
from crowd.queries.integrity.base import Check, Found, of, sql


def facets(project: Project | None) -> Found:
    """Find tasks whose facets say something else than their label in force, their pre-label or themselves."""
    columns = sql(
        """
        SELECT t.id FROM crowd_task t LEFT JOIN crowd_consensus c ON c.id = t.consensus_id
        LEFT JOIN crowd_facet f ON f.task_id = t.id
        WHERE (%(project)s::bigint IS NULL OR t.project_id = %(project)s)
          AND CASE WHEN f.task_id IS NULL THEN t.consensus_id IS NOT NULL OR t.prelabel_score IS NOT NULL
              ELSE (f.project_id, f.confidence, f.agreement, f.guideline_id, f.score, f.uncertainty) IS DISTINCT FROM
                   (t.project_id, c.confidence, c.agreement, c.guideline_id, t.prelabel_score, t.uncertainty) END
        """,
        project,
        "task {id} is found by facets that are not its own",
    )
    labels = sql(
        """
        SELECT t.id FROM crowd_task t LEFT JOIN crowd_consensus c ON c.id = t.consensus_id
        WHERE (%(project)s::bigint IS NULL OR t.project_id = %(project)s)
          AND ARRAY(SELECT (l.project_id, l.label)::text FROM crowd_facetlabel l WHERE l.task_id = t.id ORDER BY 1)
              IS DISTINCT FROM
              ARRAY(SELECT DISTINCT (t.project_id, each)::text FROM unnest(crowd_labels_of(c.annotation)) AS each
                    WHERE t.consensus_id IS NOT NULL ORDER BY 1)
        """,
        project,
        "task {id} is found by names that its label does not speak, or not by those it does",
    )
    return of(Task.objects.all(), project).count(), [*columns, *labels]


def quality(project: Project | None) -> Found:
    """Find images that nobody will ever measure, and measures that name another project or its images."""
    lost = sql(
        """
        SELECT i.id FROM crowd_image i LEFT JOIN crowd_imagequality q ON q.image_id = i.id
        LEFT JOIN crowd_image n ON n.id = q.near_id
        WHERE (%(project)s::bigint IS NULL OR i.project_id = %(project)s)
          AND (q.image_id IS NULL OR q.project_id <> i.project_id OR n.project_id <> i.project_id)
        """,
        project,
        "image {id} has no row of quality of its own project",
    )
    return of(Image.objects.all(), project).count(), lost


CHECKS = (
    Check(7, "what tasks are found by is what their labels say", facets),
    Check(8, "each image has its row of quality, in its own project", quality),
)
