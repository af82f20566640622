"""Right and wrong examples of a draft's labels: added, changed, removed, taken over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd.errors import Contradiction, Invalid, Missing
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.labels.schema import Schema
from crowd.models import Guideline, GuidelineExample, Image, Project, User
from crowd.queries import versions
from crowd.queries.impact import names
from crowd.workflow.gold import find_image
from crowd.workflow.guidelines import approving
from crowd.workflow.guidelines.approving import locked_draft

MOST = 500


@transaction.atomic
def add(
    *,
    project: Project,
    number: int,
    image: str,
    label: str,
    verdict: str,
    annotation: object,
    by: User,
    now: datetime,
    note: str = "",
) -> GuidelineExample:
    """Add an example to a draft; `image` is one of the project's, by its id, sha256 or name."""
    guideline = locked_draft(project, number)
    if guideline.examples.count() >= MOST:
        raise Contradiction(f"A version has at most {MOST} examples.", code="too_many")
    shown = find_image(project=project, reference=image)
    made = GuidelineExample(guideline=guideline, image=shown, created_by=by, created_at=now)
    _set(made, label=label, verdict=verdict, annotation=annotation, note=note)
    made.save()
    _unapprove(guideline)
    return made


@transaction.atomic
def change(*, project: Project, number: int, pk: int, changes: Mapping[str, Any]) -> GuidelineExample:
    """Change a draft's example: its label, verdict, annotation or note."""
    guideline = locked_draft(project, number)
    example = _one(guideline, pk)
    fields = ("label", "verdict", "annotation", "note")
    kept = {name: getattr(example, name) for name in fields}
    _set(example, **(kept | {name: value for name, value in changes.items() if name in fields}))
    example.save()
    _unapprove(guideline)
    return example


@transaction.atomic
def remove(*, project: Project, number: int, pk: int) -> None:
    """Take an example out of a draft."""
    guideline = locked_draft(project, number)
    _one(guideline, pk).delete()
    _unapprove(guideline)


def copy(*, source: Guideline, target: Guideline, by: User, now: datetime) -> int:
    """Give a draft the examples of another version that fit its schema, and return how many those are."""
    schema, kept = versions.schema_of(target), []
    for one in source.examples.select_related("image").order_by("pk"):
        try:
            _checked(schema, one.image, one.label, one.annotation)
        except Invalid:
            continue
        kept.append(
            GuidelineExample(
                guideline=target,
                label=one.label,
                verdict=one.verdict,
                image=one.image,
                annotation=one.annotation,
                note=one.note,
                created_by=by,
                created_at=now,
            )
        )
    GuidelineExample.objects.bulk_create(kept)
    return len(kept)


def _one(guideline: Guideline, pk: int) -> GuidelineExample:
    found = guideline.examples.select_related("image").filter(pk=pk).first()
    if found is None:
        raise Missing("There is no such example.")
    return found


def _set(example: GuidelineExample, *, label: str, verdict: str, annotation: object, note: str) -> None:
    if verdict not in GuidelineExample.Verdict.values:
        raise Invalid("verdict: right or wrong.", errors={"verdict": ["Choose right or wrong."]})
    schema = versions.schema_of(example.guideline)
    example.annotation = _checked(schema, example.image, label, annotation)
    example.label, example.verdict, example.note = label, verdict, note.strip()[:500]


def _checked(schema: Schema, image: Image, label: str, annotation: object) -> dict[str, Any]:
    """Return the annotation as it is kept; Invalid where it or the label does not fit the schema.

    A wrong example may be wrong in just what the schema refuses of an answer, such as being too small.
    """
    if label not in names(schema):
        raise Invalid(f"label: {label[:60]} is no label of this version.", errors={"label": ["No such label."]})
    read = parse_annotation(
        annotation, schema=schema, width=image.width, height=image.height, complete=False, lenient=True
    )
    return annotation_to_json(read)


def _unapprove(guideline: Guideline) -> None:
    approving.take_back(guideline)
    guideline.save(update_fields=["review_asked_by", "review_asked_at", "approved_by", "approved_at"])
