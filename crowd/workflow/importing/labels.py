"""Labels of an existing set become pre-labels, gold, or the ruling of whoever brings them."""

from datetime import datetime
from typing import Any

from crowd.errors import Contradiction
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Image, Import, User
from crowd.queries import versions
from crowd.workflow import gold
from crowd.workflow.conflicts import adjudication
from crowd.workflow.predictions import predicting


def give(*, made: Import, sha256: str, annotation: dict[str, Any], by: User, now: datetime) -> None:
    """Give an image of the project its labels; CrowdError where they do not fit the guideline.

    Finished labels are adjudicated by the owner who imports them, which is what the record then says; nobody's answer
    is counted for them.
    """
    image = Image.objects.select_related("project", "task__project").get(project=made.project_id, sha256=sha256)
    if made.use == Import.Use.GOLD:
        gold.plant(image=image, annotation=annotation, by=by, now=now, explanation="")
    elif made.use == Import.Use.FINISHED:
        told = f"Imported as finished from {made.filename}."
        adjudication.adjudicate(task=image.task, by=by, now=now, annotation=annotation, comment=told)
    else:
        _propose(made, image, annotation, now)


def _propose(made: Import, image: Image, annotation: dict[str, Any], now: datetime) -> None:
    guideline = versions.current(made.project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: labels are checked against it.", code="no_guideline")
    document = parse_annotation(
        annotation, schema=versions.schema_of(guideline), width=image.width, height=image.height, complete=False
    )
    name = f"{made.source}: {made.filename}"[:200]
    said = predicting.Said(annotation_to_json(document), guideline, name)
    model = predicting.version(project=made.project, name=name, now=now)
    put = predicting.put(image=image, said=said, model=model, now=now)
    predicting.count(project=made.project, prelabels={name: 1}, now=now)
    if put.counts:
        predicting.tell(project=made.project, images=[image.pk], by=made.created_by, now=now, data={"created": 1})
