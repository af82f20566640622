"""A snapshot's labels one by one, as writers are given them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crowd.formats import ImageFacts, LineageStep, ReleaseItem
from crowd.formats.answers import Asked, Given
from crowd.labels.annotation import parse_annotation
from crowd.labels.types import Annotation
from crowd.models import Consensus, Guideline, Image, Lineage, Project, Standing
from crowd.queries import versions

CHUNK = 500


def consensuses(project: Project, ids: list[int]) -> Iterator[Consensus]:
    """Yield the rows in the order of their tasks, some hundred in memory at a time."""
    for start in range(0, len(ids), CHUNK):
        rows = Consensus.objects.filter(pk__in=ids[start : start + CHUNK], task__project=project)
        yield from (
            rows.select_related("task__image", "guideline", "by")
            .prefetch_related("lineage__assignment__guideline")
            .order_by("task_id")
        )


def items(
    project: Project,
    target: Guideline,
    ids: list[int],
    *,
    splits: Mapping[int, str],
    classes: tuple[str, ...] = (),
) -> Iterator[ReleaseItem]:
    """Yield each label under the version in force; where `classes` names any of objects, only those objects."""
    pseudonyms = pseudonyms_of(project)
    history = versions.history(project)
    of_objects = {each.name for each in versions.schema_of(target).objects} & set(classes)
    for row in consensuses(project, ids):
        annotation = annotation_of(row, target, history)
        if of_objects:
            kept = tuple(each for each in annotation.objects if each.label in of_objects)
            annotation = replace(annotation, objects=kept)
        yield _item(row, annotation, pseudonyms, splits.get(row.task_id))


def pseudonyms_of(project: Project) -> Mapping[int, str]:
    """Return what each worker is called outside."""
    return dict(Standing.objects.filter(project=project).values_list("worker", "pseudonym"))


def annotation_of(row: Consensus, target: Guideline, history: Sequence[Guideline]) -> Annotation:
    """Return a label as it reads under a version, or as it was given where it does not fit that any more."""
    image = row.task.image
    found = versions.read(row.annotation, image=image, made_under=row.guideline, target=target, history=history)
    if found is not None:
        return found
    schema = versions.schema_of(row.guideline)
    return parse_annotation(row.annotation, schema=schema, width=image.width, height=image.height, complete=False)


def _item(row: Consensus, annotation: Annotation, pseudonyms: Mapping[int, str], split: str | None) -> ReleaseItem:
    return ReleaseItem(
        task=row.task_id,
        image=_image(row.task.image),
        annotation=annotation,
        confidence=row.confidence,
        agreement=row.agreement,
        method=row.method,
        guideline=row.guideline.number,
        by=row.by.username if row.by else None,
        resolved_at=row.created_at,
        lineage=tuple(
            LineageStep(
                assignment=str(step.assignment_id),
                worker=pseudonyms[step.assignment.worker_id],
                guideline=step.assignment.guideline.number,
                weight=step.weight,
            )
            for step in sorted(row.lineage.all(), key=lambda step: str(step.assignment_id))
        ),
        split=split,
    )


def _image(image: Image) -> ImageFacts:
    return ImageFacts(id=image.pk, name=image.name, sha256=image.sha256, width=image.width, height=image.height)


def asked(project: Project, ids: list[int]) -> Iterator[Asked]:
    """Yield each image with the answers that its label came from, in the order of their ids."""
    pseudonyms = pseudonyms_of(project)
    for row in consensuses(project, ids):
        steps = sorted(row.lineage.all(), key=lambda step: str(step.assignment_id))
        yield Asked(row.task_id, _image(row.task.image), tuple(_given(step, pseudonyms) for step in steps))


def _given(step: Lineage, pseudonyms: Mapping[int, str]) -> Given:
    answer = step.assignment
    return Given(
        id=str(answer.pk),
        worker=pseudonyms[answer.worker_id],
        guideline=answer.guideline.number,
        annotation=answer.annotation or {},
        submitted_at=answer.submitted_at,
        seconds=answer.seconds,
        weight=step.weight,
    )
