"""Pre-labels: a model's proposals, shown to workers to accept, adjust or delete."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd.errors import Contradiction, CrowdError, Invalid, TooLarge
from crowd.formats import strict_json
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Guideline, Project, User
from crowd.queries import versions
from crowd.workflow.gold import find_image
from crowd.workflow.predictions import predicting

MAX_LINE_BYTES = 8 * 1024 * 1024


@dataclass
class Loaded:
    """How many pre-labels were taken, how many of these nobody is shown, and which lines were not, with the reason."""

    created: int = 0
    not_shown: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    counting: set[int] = field(default_factory=set)
    by_model: dict[str, int] = field(default_factory=dict)


def load(*, project: Project, lines: Iterable[bytes], by: User, now: datetime) -> Loaded:
    """Take NDJSON lines of `{image, annotation, model, score?}`; one bad line stops no other."""
    guideline = versions.current(project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: pre-labels are checked against it.", code="no_guideline")
    loaded = Loaded()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            with transaction.atomic():
                _load_one(project, guideline, line, loaded, now)
            loaded.created += 1
        except CrowdError as error:
            loaded.rejected.append({"line": number, "code": error.code, "detail": error.detail, "errors": error.errors})
    predicting.count(project=project, prelabels=loaded.by_model, now=now)
    told = {"created": loaded.created, "rejected": len(loaded.rejected)}
    predicting.tell(project=project, images=loaded.counting, by=by, now=now, data=told)
    return loaded


def _load_one(project: Project, guideline: Guideline, line: bytes, loaded: Loaded, now: datetime) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise TooLarge(f"This line has more than {MAX_LINE_BYTES} bytes.")
    row = strict_json.loads(line, thing="line")
    if not isinstance(row, dict) or not _named(row) or "annotation" not in row:
        raise Invalid('A line is {"image": …, "annotation": …, "model": "name", "score": 0..1}.', code="not_a_prelabel")
    score = row.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1):
        raise Invalid("score: a number from 0 to 1.", errors={"score": ["A number from 0 to 1."]})
    image = find_image(project=project, reference=str(row.get("image", "")))
    annotation = parse_annotation(
        row["annotation"],
        schema=versions.schema_of(guideline),
        width=image.width,
        height=image.height,
        complete=False,
    )
    said = predicting.Said(annotation_to_json(annotation), guideline, row["model"][:200], score)
    put = predicting.put(
        image=image, said=said, model=predicting.version(project=project, name=said.model, now=now), now=now
    )
    loaded.by_model[said.model] = loaded.by_model.get(said.model, 0) + 1
    loaded.not_shown += not put.shown
    if put.counts:
        loaded.counting.add(image.pk)


def _named(row: dict[str, Any]) -> bool:
    return isinstance(row.get("model"), str) and bool(row["model"].strip())
