"""Images whose facts are known become rows by the thousand: one COPY, one statement."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection

from crowd.models import Project, Task, User
from crowd.workflow import events

# A table for this transaction alone, so that what the project has already can be left out: COPY itself cannot.
_INCOMING: Final = """
    CREATE TEMPORARY TABLE incoming (
        place serial, name text, sha256 text, width int, height int, orientation smallint, content_type text,
        bytes bigint, metadata jsonb, location text
    ) ON COMMIT DROP
"""
_COPY: Final = (
    "COPY incoming (name, sha256, width, height, orientation, content_type, bytes, metadata, location) FROM STDIN"
)
# Images, their tasks, and that nobody has looked at them yet, in one statement. Ids follow the order of the rows.
_ADD: Final = """
    WITH fresh AS (
        INSERT INTO crowd_image (project_id, name, sha256, width, height, orientation, content_type, bytes, metadata,
                                 location, created_at)
        SELECT %(project)s, name, sha256, width, height, orientation, content_type, bytes, metadata, location, %(now)s
        FROM incoming ORDER BY place
        ON CONFLICT (project_id, sha256) DO NOTHING
        RETURNING id, metadata
    ), begun AS (
        INSERT INTO crowd_task (project_id, image_id, state, priority, skill, base_overlap, overlap, open_slots,
                                labels, prelabel_model, taken_back, uncertainty, begun, entered, band, created_at)
        SELECT %(project)s, id, 'open', 0,
               COALESCE(left(regexp_replace(btrim(metadata ->> %(skill_field)s), '[[:space:]]+', ' ', 'g'), 40), ''),
               %(overlap)s, %(overlap)s, %(overlap)s, 0, '', 0, 0.5, false, 0, 5, %(now)s
        FROM fresh
    ), unseen AS (
        INSERT INTO crowd_imagequality (image_id, project_id) SELECT id, %(project)s FROM fresh
    )
    SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM fresh
"""
EACH: Final = 100  # so many images written at once have an event each; more have one that names them all
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one image; `location` is empty where its bytes are in our own store."""

    name: str
    sha256: str
    width: int
    height: int
    orientation: int = 1
    content_type: str = "image/jpeg"
    bytes: int = 0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    location: str = ""


def add_rows(*, project: Project, rows: Iterable[Facts], by: User, now: datetime) -> list[int]:
    """Write images with their open tasks; return the ids of those that the project did not have already.

    To be called in a transaction. Rows of the same bytes, here or there already, are one image.
    """
    text = "".join(map(_line, rows))
    if not text:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        with cursor.copy(_COPY) as copy:
            copy.write(text)
        cursor.execute(
            _ADD,
            {"project": project.pk, "overlap": project.overlap, "skill_field": project.skill_field, "now": now},
        )
        added: list[int] = cursor.fetchone()[0]
        cursor.execute("DROP TABLE incoming")  # a transaction may add more than once
    _tell(project, added, by, now)
    return added


def _tell(project: Project, added: list[int], by: User, now: datetime) -> None:
    """Say which images came."""
    if len(added) > EACH:
        events.record(project=project, kind="image.imported", now=now, by=by, data={"images": added})
        return
    tasks = Task.objects.filter(image__in=added).order_by("pk")
    rows = [
        {"image": image, "name": name, "sha256": sha256, "task": task}
        for task, image, name, sha256 in tasks.values_list("pk", "image", "image__name", "image__sha256")
    ]
    events.record_all(project=project, kind="image.imported", now=now, by=by, rows=rows)


def _line(one: Facts) -> str:
    """Return a row as COPY reads it."""
    metadata = json.dumps(one.metadata).translate(_ESCAPED) if one.metadata else "{}"
    return (
        f"{one.name.translate(_ESCAPED)}\t{one.sha256}\t{one.width}\t{one.height}\t{one.orientation}\t"
        f"{one.content_type}\t{one.bytes}\t{metadata}\t{one.location.translate(_ESCAPED)}\n"
    )
