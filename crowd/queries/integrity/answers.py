"""Invariants 2 and 3: no answer is lost, each is valid under the guideline version it names."""

from collections.abc import Iterator

from crowd.errors import Invalid
from crowd.labels.annotation import parse_annotation
from crowd.models import Assignment, Event, Project
from crowd.queries import versions
from crowd.queries.integrity.base import Check, Found, of, sql


def kept(project: Project | None) -> Found:
    """Find handed-in answers that are not there any more, or are neither counted nor void with a reason."""
    submitted = of(Event.objects.filter(type="assignment.submitted"), project)
    broken = sql(
        """
        SELECT e.id, e.data->>'assignment' AS assignment, coalesce(a.state, 'gone') AS state
        FROM crowd_event e LEFT JOIN crowd_assignment a ON a.id = (e.data->>'assignment')::uuid
        WHERE e.type = 'assignment.submitted' AND (%(project)s::bigint IS NULL OR e.project_id = %(project)s)
          AND (a.id IS NULL OR a.annotation IS NULL OR a.submitted_at IS NULL
               OR a.state NOT IN ('submitted', 'void') OR (a.state = 'void' AND a.reason = ''))
        """,
        project,
        "assignment {assignment} was handed in (event {id}) and is {state}",
    )
    return submitted.count(), broken


def valid(project: Project | None) -> Found:
    """Find answers that do not fit the schema they were given under, or their image."""
    rows = of(Assignment.objects.filter(annotation__isnull=False), project, "task__project")
    return rows.count(), list(_misfits(rows.select_related("guideline", "task__image").iterator(chunk_size=2000)))


def _misfits(rows: Iterator[Assignment]) -> Iterator[str]:
    for row in rows:
        image = row.task.image
        try:
            parse_annotation(
                row.annotation, schema=versions.schema_of(row.guideline), width=image.width, height=image.height
            )
        except Invalid as error:
            paths = ", ".join(error.errors) or error.detail
            yield f"assignment {row.pk} does not fit guideline {row.guideline.number}: {paths}"


CHECKS = (
    Check(2, "every answer handed in is kept, counted or void with a reason", kept),
    Check(3, "every answer fits its guideline version and its image", valid),
)
