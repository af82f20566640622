"""Imports: begun, gone on with, finished, cancelled. What each source gives is read elsewhere; here it is written."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import transaction

from crowd import jobs, storage
from crowd.errors import Contradiction, CrowdError, Invalid, TooLarge
from crowd.formats.readers import manifest
from crowd.models import Import, Project, Refusal, SourceObject, User
from crowd.queries import versions
from crowd.workflow import events
from crowd.workflow.importing import labels as of_sets
from crowd.workflow.importing.rows import Facts, add_rows
from crowd.workflow.importing.uploads import clean_name

Source = Import.Source
State = Import.State
_NO_SOURCES: Final = (
    "This server allows no source to import from. Ask its operator to list one in CROWD_IMPORT_SOURCES, "
    "such as s3://bucket/prefix or https://host, or upload the images."
)


@dataclass(frozen=True)
class Refused:
    """One thing that is not taken, and why."""

    name: str
    code: str
    detail: str
    line: int | None = None


@dataclass(frozen=True)
class Label:
    """What an image of an existing set was labelled."""

    name: str
    sha256: str
    annotation: dict[str, Any]


@dataclass
class Batch:
    """What one look at the source gave, and where the next one begins; `last` where there is none.

    `refused` are images, and counted; `beside` are parts of labels that are not carried, though their image is.
    """

    found: list[Facts] = field(default_factory=list)
    known: int = 0
    refused: list[Refused] = field(default_factory=list)
    beside: list[Refused] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    objects: list[SourceObject] = field(default_factory=list)
    cursor: str = ""
    position: int = 0
    line: int = 0
    last: bool = False


@transaction.atomic
def begin_bucket(*, project: Project, bucket: str, prefix: str, by: User, now: datetime) -> Import:
    """Have every image below a prefix of a bucket imported; the bucket must be on the operator's list."""
    _check_sources()
    try:
        storage.sources().bucket(bucket, prefix)
    except Invalid as fault:
        raise Invalid(fault.detail, code=fault.code, errors={"bucket": [fault.detail]}) from None
    made = Import(project=project, source=Source.S3, bucket=bucket, prefix=prefix)
    return _begin(made, by, now)


def begin_rows(*, project: Project, rows: Iterable[object], by: User, now: datetime) -> Import:
    """Have the rows of a manifest imported."""
    lines = [json.dumps(row).encode() for row in rows]
    return _begin_manifest(project, b"\n".join(lines), "rows", "jsonl", len(lines), by, now)


def begin_manifest(*, project: Project, file: BinaryIO, name: str, by: User, now: datetime) -> Import:
    """Have the rows of a manifest's file imported: a line each, as JSON or CSV."""
    head = file.read(4096)
    file.seek(0)
    if not head.strip():
        raise Invalid("The manifest is empty.", code="empty", errors={"manifest": ["The file is empty."]})
    kind = manifest.kind_of(name, head)
    if kind == "csv":
        try:
            next(manifest.read(file, kind=kind), None)
        except Invalid as fault:
            raise Invalid(fault.detail, code=fault.code, errors={"manifest": [fault.detail]}) from None
        file.seek(0)
    return _begin_manifest(project, file, clean_name(name), kind, None, by, now)


def _begin_manifest(
    project: Project, source: bytes | BinaryIO, name: str, kind: str, total: int | None, by: User, now: datetime
) -> Import:
    _check_sources()
    made = Import(project=project, source=Source.MANIFEST, filename=name, format=kind, total=total)
    keep(made, source)
    with transaction.atomic():
        return _begin(made, by, now)


def begin_set(*, project: Project, file: BinaryIO, name: str, source: str, use: str, by: User, now: datetime) -> Import:
    """Have an existing set imported: labels, and the images that lie beside them in the archive."""
    if versions.current(project) is None:
        raise Contradiction("Publish a guideline first: labels are checked against it.", code="no_guideline")
    made = Import(project=project, source=source, use=use, filename=clean_name(name), format=source)
    keep(made, file)
    with transaction.atomic():
        return _begin(made, by, now)


def _check_sources() -> None:
    if not storage.sources():
        raise Invalid(_NO_SOURCES, code="no_import_sources", errors={"source": [_NO_SOURCES]})


def keep(made: Import, source: bytes | BinaryIO) -> None:
    """Put an import's file into the object store, where its job finds it."""
    made.object_key = f"projects/{made.project_id}/imports/{uuid.uuid4().hex}"
    if isinstance(source, bytes):
        made.size = len(source)
    else:
        made.size = source.seek(0, 2)
        source.seek(0)
    if made.size > settings.CROWD_MAX_IMPORT_BYTES:
        raise TooLarge(f"The file has more than {settings.CROWD_MAX_IMPORT_BYTES:,} bytes; import it in parts.")
    storage.store().put(made.object_key, source, content_type="application/octet-stream")


def _begin(made: Import, by: User, now: datetime) -> Import:
    made.created_by, made.created_at, made.moved_at = by, now, now
    made.save()
    events.record(project=made.project, kind="import.begun", now=now, by=by, data={"import": made.pk})
    jobs.send(jobs.run_import, made.pk)
    return made


@transaction.atomic
def take_up(*, import_id: int, now: datetime) -> Import | None:
    """Return an import that has something left to do, as running; None where it has not."""
    found = Import.objects.select_for_update(no_key=True).filter(pk=import_id, state__in=Import.UNDER_WAY).first()
    if found is None:
        return None
    found.state, found.started_at = State.RUNNING, found.started_at or now
    if not found.error:  # else it tells when there was progress last
        found.moved_at = now
    found.save(update_fields=["state", "started_at", "moved_at"])
    return found


@transaction.atomic
def write(*, made: Import, batch: Batch, now: datetime) -> bool:
    """Write what a look at the source gave, count it and move on; False where the import went on or ended without us.

    The counts, the place and the rows are one transaction: however often a batch is read, it is written once.
    """
    held = Import.objects.select_for_update(no_key=True).get(pk=made.pk)
    place = (held.state, held.cursor, held.position, held.line)
    if place != (State.RUNNING, made.cursor, made.position, made.line):
        return False
    project, by = held.project, held.created_by
    added = add_rows(project=project, rows=batch.found, by=by, now=now)
    if added:
        jobs.send(jobs.measure_images, held.project_id)
    refused = [*batch.refused, *batch.beside, *_label(held, batch.labels, by, now)]
    Refusal.objects.bulk_create(
        Refusal(of=held, line=one.line, name=one.name, code=one.code, detail=one.detail) for one in refused
    )
    SourceObject.objects.bulk_create(
        batch.objects,
        update_conflicts=True,
        unique_fields=["project", "digest"],
        update_fields=["etag", "code", "detail"],
    )
    held.created += len(added)
    held.duplicates += len(batch.found) - len(added) + batch.known
    held.rejected += len(batch.refused)
    held.seen = held.created + held.duplicates + held.rejected
    held.cursor, held.position, held.line = batch.cursor, batch.position, batch.line
    held.moved_at, held.error = now, ""
    if batch.last:
        _end(held, State.DONE, now)
    held.save()
    made.__dict__.update({name: getattr(held, name) for name in ("state", "cursor", "position", "line", "seen")})
    return not batch.last


def _label(held: Import, labels: Iterable[Label], by: User, now: datetime) -> list[Refused]:
    """Give images their labels; return the ones that do not fit."""
    refused = []
    for one in labels:
        try:
            with transaction.atomic():
                of_sets.give(made=held, sha256=one.sha256, annotation=one.annotation, by=by, now=now)
            held.labelled += 1
        except CrowdError as fault:
            told = "; ".join(f"{path}: {' '.join(said)}" for path, said in list(fault.errors.items())[:5])
            refused.append(Refused(one.name, fault.code, f"{fault.detail} {told}".strip()[:2000]))
    return refused


@transaction.atomic
def fail(*, import_id: int, error: str, now: datetime) -> None:
    """End an import that cannot go on; what came before stays."""
    held = Import.objects.select_for_update(no_key=True).filter(pk=import_id, state__in=Import.UNDER_WAY).first()
    if held is not None:
        held.error = error[:2000]
        _end(held, State.FAILED, now)
        held.save()


@transaction.atomic
def note_trouble(*, import_id: int, error: str) -> None:
    """Say what an import waits for; the sweep sends it again."""
    Import.objects.filter(pk=import_id, state__in=Import.UNDER_WAY).update(error=error[:2000])


@transaction.atomic
def cancel(*, made: Import, by: User, now: datetime) -> Import:
    """Stop an import; the images that have come stay."""
    held = Import.objects.select_for_update(no_key=True).get(pk=made.pk)
    if held.state == State.CANCELLED:
        return held
    if not held.is_under_way:
        raise Contradiction(f"This import is {held.state} already.", code="import_ended")
    _end(held, State.CANCELLED, now, by)
    held.save()
    return held


def _end(held: Import, state: Import.State, now: datetime, by: User | None = None) -> None:
    held.state, held.finished_at = state, now
    told = {name: getattr(held, name) for name in ("seen", "created", "duplicates", "rejected", "error")}
    data = {"import": held.pk, "state": state.value, **told}
    events.record(project=held.project, kind="import.finished", now=now, by=by, data=data)
    if held.object_key:
        for key in (held.object_key, f"{held.object_key}-items"):
            transaction.on_commit(partial(storage.store().delete, key), robust=True)
