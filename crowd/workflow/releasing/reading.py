"""A snapshot's labels one by one, as writers are given them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.db.models import prefetch_related_objects

from crowd import storage
from crowd.formats import ImageFacts, LineageStep, ReleaseItem, jsonl
from crowd.formats.answers import Asked, Given
from crowd.labels.annotation import parse_annotation
from crowd.labels.types import Annotation
from crowd.models import Consensus, Guideline, Image, Lineage, Project, ReleaseFile, Standing
from crowd.queries import versions

CHUNK = 500
WITH_ANSWERS = 50  # each with several whole documents
# read by the million: a task has four times as many columns, among them a whole document of a model's
_COLUMNS = (
    *("annotation", "confidence", "agreement", "method", "created_at", "task_id", "guideline_id"),
    *("by__username", "task__image__name", "task__image__sha256", "task__image__width", "task__image__height"),
)


def consensuses(project: Project, ids: Sequence[int]) -> Iterator[Consensus]:
    """Yield the rows in the order of their tasks, some hundred in memory at a time."""
    for chunk in _chunks(project, ids):
        yield from chunk


def _chunks(project: Project, ids: Sequence[int], size: int = CHUNK) -> Iterator[list[Consensus]]:
    """Yield the rows some hundred at a time; the versions, with their long texts, are read once."""
    guidelines = project.guidelines.in_bulk()
    for start in range(0, len(ids), size):
        rows = Consensus.objects.filter(pk__in=ids[start : start + size], task__project=project)
        chunk = list(rows.select_related("task__image", "by").only(*_COLUMNS).order_by("task_id"))
        for row in chunk:
            row.guideline = guidelines[row.guideline_id]
        yield chunk


def items(
    project: Project,
    target: Guideline,
    ids: Sequence[int],
    *,
    splits: Mapping[int, str],
    classes: tuple[str, ...] = (),
) -> Iterator[ReleaseItem]:
    """Yield each label under the version in force; where `classes` names any of objects, only those objects."""
    pseudonyms = pseudonyms_of(project)
    history = versions.history(project)
    of_objects = {each.name for each in versions.schema_of(target).objects} & set(classes)
    for chunk in _chunks(project, ids):
        lineage = _lineage(chunk, pseudonyms)
        for row in chunk:
            annotation = annotation_of(row, target, history)
            if of_objects:
                kept = tuple(each for each in annotation.objects if each.label in of_objects)
                annotation = replace(annotation, objects=kept)
            yield _item(row, annotation, lineage.get(row.pk, []), splits.get(row.task_id))


def released(file: ReleaseFile) -> Iterator[ReleaseItem]:
    """Yield the items that a release's lines hold; ValueError behind the last where the lines are not what they were.

    The other files are made of them: what was read from the database and judged once need not be again.
    """
    found = hashlib.sha256()
    with storage.store().open(file.key) as lines:
        for line in lines:
            found.update(line)
            yield jsonl.item_from_json(json.loads(line))
    if found.hexdigest() != file.sha256:
        raise ValueError(f"{file.path} has changed in the object store")


def _lineage(chunk: Sequence[Consensus], pseudonyms: Mapping[int, str]) -> dict[int, list[LineageStep]]:
    """Return the answers that each label came from, without what they said."""
    columns = ("consensus_id", "assignment_id", "assignment__worker_id", "assignment__guideline__number", "weight")
    rows = Lineage.objects.filter(consensus__in=[row.pk for row in chunk]).values_list(*columns)
    found: dict[int, list[LineageStep]] = {}
    for consensus, assignment, worker, guideline, weight in rows:
        step = LineageStep(str(assignment), pseudonyms[worker], guideline, weight)
        found.setdefault(consensus, []).append(step)
    return found


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


def _item(row: Consensus, annotation: Annotation, lineage: list[LineageStep], split: str | None) -> ReleaseItem:
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
        lineage=tuple(sorted(lineage, key=lambda step: str(step.assignment))),
        split=split,
    )


def _image(image: Image) -> ImageFacts:
    return ImageFacts(id=image.pk, name=image.name, sha256=image.sha256, width=image.width, height=image.height)


def asked(project: Project, ids: Sequence[int]) -> Iterator[Asked]:
    """Yield each image with the answers that its label came from, in the order of their ids."""
    pseudonyms, numbers = pseudonyms_of(project), dict(project.guidelines.values_list("pk", "number"))
    for chunk in _chunks(project, ids, WITH_ANSWERS):
        prefetch_related_objects(chunk, "lineage__assignment")
        for row in chunk:
            steps = sorted(row.lineage.all(), key=lambda step: str(step.assignment_id))
            yield Asked(row.task_id, _image(row.task.image), tuple(_given(step, pseudonyms, numbers) for step in steps))


def _given(step: Lineage, pseudonyms: Mapping[int, str], numbers: Mapping[int, int]) -> Given:
    answer = step.assignment
    return Given(
        id=str(answer.pk),
        worker=pseudonyms[answer.worker_id],
        guideline=numbers[answer.guideline_id],
        annotation=answer.annotation or {},
        submitted_at=answer.submitted_at,
        seconds=answer.seconds,
        weight=step.weight,
    )
