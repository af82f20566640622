"""Scores of uncertainty from the client's own model: what it is least sure of is labelled first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from crowd.errors import CrowdError, Invalid, TooLarge
from crowd.formats import strict_json
from crowd.models import Image, Project, User
from crowd.sampling.uncertainty import MODEL_WEIGHT
from crowd.workflow import events
from crowd.workflow.predictions import predicting

MAX_LINE_BYTES = 10_000
MAX_LINES = 100_000
STRETCH = 2_000  # tasks written in one transaction: those who claim meanwhile pass them by
MOST_REJECTED = 1_000  # told one by one
UNNAMED = "unnamed"
# The tasks are locked in the order of their ids, like everywhere. The uncertainty of what people have answered already
# is brought into line by what it was: its part that came from the former score is taken out, the new one put in.
_WRITE = """
    WITH given AS (
        SELECT * FROM unnest(%(images)s::bigint[], %(scores)s::float8[]) g(image, score)
    ), locked AS (
        SELECT t.id, given.score FROM crowd_task t JOIN given ON given.image = t.image_id
        WHERE t.model_uncertainty IS DISTINCT FROM given.score
        ORDER BY t.id FOR NO KEY UPDATE OF t
    )
    UPDATE crowd_task t SET
        model_uncertainty = locked.score,
        uncertainty = CASE
            WHEN t.state <> 'open' THEN t.uncertainty
            WHEN t.labels = 0 THEN locked.score
            WHEN t.model_uncertainty IS NULL
                THEN (t.labels * t.uncertainty + %(weight)s * locked.score) / (t.labels + %(weight)s)
            ELSE LEAST(GREATEST(
                t.uncertainty + %(weight)s * (locked.score - t.model_uncertainty) / (t.labels + %(weight)s), 0), 1)
        END
    FROM locked WHERE t.id = locked.id
"""


# Each trigger asks for this setting; where there is none it raises and catches an error, row by row.
_TRIGGERS_ALL = "SELECT set_config('pgtrigger.ignore', '{}', true)"


@dataclass
class Taken:
    """How many scores were taken, how many of these changed something, and which lines were not, with the reason."""

    taken: int = 0
    changed: int = 0
    rejected_count: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    line: int
    image: str
    score: float
    model: str


def load(*, project: Project, lines: Iterable[bytes], by: User, now: datetime) -> Taken:
    """Take NDJSON lines of `{image, score, model?}`, score 0 to 1, 1 being least sure; one bad line stops no other.

    Of an image that comes twice the last line counts. Where the project's order is by uncertainty, the images come in
    this order from the next claim on; answers then count beside the score (`crowd.sampling.uncertainty`).
    """
    taken = Taken()
    rows = list(_rows(lines, taken))
    found = _Names(project, rows)
    wanted: dict[int, float] = {}
    models: dict[str, int] = {}
    for row in rows:
        try:
            wanted[found.image(row.image)] = row.score
        except CrowdError as fault:
            _reject(taken, row.line, fault)
            continue
        taken.taken += 1
        models[row.model] = models.get(row.model, 0) + 1
    images = sorted(wanted)
    for start in range(0, len(images), STRETCH):
        stretch = images[start : start + STRETCH]
        taken.changed += _write({image: wanted[image] for image in stretch})
    predicting.count(project=project, scores=models, now=now)
    told = {"taken": taken.taken, "changed": taken.changed, "rejected": taken.rejected_count}
    events.record(project=project, kind="scores.loaded", now=now, by=by, data=told)
    return taken


def _rows(lines: Iterable[bytes], taken: Taken) -> Iterable[_Row]:
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        count += 1
        if count > MAX_LINES:
            raise TooLarge(f"At most {MAX_LINES:,} lines are taken at a time.")
        try:
            yield _row(number, line)
        except CrowdError as fault:
            _reject(taken, number, fault)


def _row(number: int, line: bytes) -> _Row:
    if len(line) > MAX_LINE_BYTES:
        raise TooLarge(f"This line has more than {MAX_LINE_BYTES} bytes.")
    row = strict_json.loads(line, thing="line")
    if not isinstance(row, dict) or not isinstance(row.get("image"), str | int) or isinstance(row["image"], bool):
        raise Invalid('A line is {"image": id, name or sha256, "score": 0..1, "model": "name"}.', code="not_a_score")
    score, model = row.get("score"), row.get("model")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise Invalid("score: a number from 0 to 1.", errors={"score": ["A number from 0 to 1."]})
    if model is not None and not isinstance(model, str):
        raise Invalid("model: a name.", errors={"model": ["A name."]})
    return _Row(number, str(row["image"]), float(score), (model or "").strip()[:200] or UNNAMED)


def _reject(taken: Taken, line: int, fault: CrowdError) -> None:
    taken.rejected_count += 1
    if len(taken.rejected) < MOST_REJECTED:
        taken.rejected.append({"line": line, "code": fault.code, "detail": fault.detail, "errors": fault.errors})


class _Names:
    """The project's images by id, sha256 and name, read at once for all lines."""

    def __init__(self, project: Project, rows: Iterable[_Row]) -> None:
        named = {row.image for row in rows}
        numbers = {int(one) for one in named if one.isascii() and one.isdigit() and len(one) < 19}
        digests = {one.lower() for one in named if len(one) == 64}
        images = Image.objects.filter(project=project).values_list("pk", "sha256", "name")
        self.by_id = {str(pk) for pk, _, _ in images.filter(pk__in=numbers)} if numbers else set()
        self.by_digest = {digest: pk for pk, digest, _ in images.filter(sha256__in=digests)} if digests else {}
        self.by_name: dict[str, list[int]] = {}
        left = {one for one in named if one not in self.by_id and one.lower() not in self.by_digest}
        if left:
            for pk, _, name in images.filter(Q(name__in=left)):
                self.by_name.setdefault(name, []).append(pk)

    def image(self, reference: str) -> int:
        """Return the id of an image; Invalid where none or several have the name."""
        if reference.isascii() and reference.isdigit() and str(int(reference[:19])) in self.by_id:
            return int(reference)
        found = self.by_digest.get(reference.lower())
        if found is not None:
            return found
        named = self.by_name.get(reference, [])
        if len(named) == 1:
            return named[0]
        told = (
            "Several images have this name; give the id or the sha256."
            if named
            else "No image has this id, name or sha256."
        )
        raise Invalid(f"image: {told}", code="unknown_image", errors={"image": [told]})


@transaction.atomic
def _write(scores: Mapping[int, float]) -> int:
    values: dict[str, Any] = {"images": list(scores), "scores": list(scores.values()), "weight": MODEL_WEIGHT}
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS_ALL)
        cursor.execute(_WRITE, values)
        return int(cursor.rowcount)
