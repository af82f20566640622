"""Pre-labels: a model's proposals, shown to workers to accept, adjust or delete."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd.errors import Contradiction, CrowdError, Invalid, TooLarge
from crowd.formats import strict_json
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Guideline, Project, Task, User
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.gold import find_image

MAX_LINE_BYTES = 8 * 1024 * 1024


@dataclass
class Loaded:
    """How many pre-labels were taken, and which lines were not, with the reason."""

    created: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


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
                _load_one(project, guideline, line)
            loaded.created += 1
        except CrowdError as error:
            loaded.rejected.append({"line": number, "code": error.code, "detail": error.detail, "errors": error.errors})
    events.record(
        project=project,
        kind="prelabels.loaded",
        now=now,
        by=by,
        data={"created": loaded.created, "rejected": len(loaded.rejected)},
    )
    return loaded


def _load_one(project: Project, guideline: Guideline, line: bytes) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise TooLarge(f"This line has more than {MAX_LINE_BYTES} bytes.")
    row = strict_json.loads(line, thing="line")
    if not isinstance(row, dict) or not isinstance(row.get("model"), str) or "annotation" not in row:
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
    tasks = Task.objects.filter(image=image)
    if score is not None and score > project.trusted_prelabel_score:
        fewer = min(project.trusted_prelabel_overlap, project.overlap)
        fresh = tasks.ordinary().filter(state=Task.State.OPEN, begun=False)
        fresh.update(base_overlap=fewer, overlap=fewer, open_slots=fewer)
    tasks.update(
        prelabel=annotation_to_json(annotation),
        prelabel_guideline=guideline,
        prelabel_model=row["model"][:200],
        prelabel_score=score,
        uncertainty=0.5 if score is None else 1.0 - score,
    )
