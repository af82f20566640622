"""Releases: cut at one moment, built in the background, never changed."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, BinaryIO, cast

from django.db import transaction
from django.db.models import Max

from crowd import jobs, storage
from crowd.errors import Contradiction, CrowdError
from crowd.formats import WRITERS, ImageFacts, LineageStep, Meta, ReleaseItem, Report, croissant
from crowd.labels.annotation import parse_annotation
from crowd.models import Consensus, Guideline, Image, Project, Release, ReleaseFile, Standing, Task, User
from crowd.queries import error_rates, versions
from crowd.workflow import events, locks

MANIFEST = "manifest"
CHUNK = 500
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Written:
    """One file in the object store."""

    format: str
    path: str
    bytes: int
    sha256: str
    content_type: str
    report: Report | None = None


@transaction.atomic
def cut(*, project: Project, by: User, now: datetime, note: str = "") -> Release:
    """Number a release and have it built; it holds every task that is resolved when the building begins."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are drawn one at a time
    if versions.current(project) is None:
        raise Contradiction("Publish a guideline first: labels are released under it.", code="no_guideline")
    last = project.releases.aggregate(last=Max("number"))["last"] or 0
    release = Release.objects.create(project=project, number=last + 1, note=note, created_by=by, created_at=now)
    events.record(project=project, kind="release.cut", now=now, by=by, data={"release": release.number})
    jobs.send(jobs.build_release, release.pk)
    return release


def build(*, release_id: int, now: datetime) -> None:
    """Write a release's files and make it ready; running it twice, or twice at once, makes one release.

    Files go to the store under their checksums before the one transaction that makes the release ready, so a crash
    leaves nothing but objects that the next attempt finds again.
    """
    with transaction.atomic():
        if not locks.try_lock("release", release_id):
            return
        release = Release.objects.select_related("project").filter(pk=release_id, state=Release.State.BUILDING).first()
        if release is None:
            return
        try:
            with transaction.atomic():
                _build(release, now)
        except (CrowdError, ValueError) as error:
            _fail(release, error, now)
        except OSError as error:  # the store or the disk: the sweep sends the job again until patience ends
            if now - release.created_at > PATIENCE:
                _fail(release, error, now)


def _build(release: Release, now: datetime) -> None:
    snapshot = _snapshot(release.project)
    guideline = versions.current(release.project)  # after the snapshot: labels are read forwards only
    assert guideline is not None
    meta = Meta(project=release.project.slug, release=release.number, created_at=release.created_at, note=release.note)
    files = []
    for writer in WRITERS.values():
        with tempfile.TemporaryFile() as sink:
            report = writer.write(
                _items(release.project, guideline, snapshot),
                schema=versions.schema_of(guideline),
                sink=cast(BinaryIO, sink),
                meta=meta,
            )
            files.append(_store(release, writer.name, writer.filename, writer.content_type, sink, report))
    files.append(_croissant(release, meta, files))
    facts = _facts(release, guideline, snapshot)
    files.append(_manifest(release, facts, files))
    ReleaseFile.objects.bulk_create(
        ReleaseFile(
            release=release,
            format=one.format,
            path=one.path,
            bytes=one.bytes,
            sha256=one.sha256,
            content_type=one.content_type,
        )
        for one in files
    )
    release.images, release.annotations, release.guidelines = facts["images"], facts["annotations"], facts["guidelines"]
    release.manifest_sha256 = files[-1].sha256
    release.state, release.finished_at = Release.State.READY, now
    release.save()
    events.record(
        project=release.project,
        kind="release.ready",
        now=now,
        data={"release": release.number, "manifest_sha256": release.manifest_sha256},
    )


def _snapshot(project: Project) -> list[int]:
    """Return the consensus in force of every resolved task: rows that never change, so later reads see one moment."""
    rows = Task.objects.filter(project=project, state=Task.State.RESOLVED).order_by("pk")
    return list(rows.values_list("consensus_id", flat=True))


def _consensus(project: Project, ids: list[int]) -> Iterator[Consensus]:
    for start in range(0, len(ids), CHUNK):
        rows = Consensus.objects.filter(pk__in=ids[start : start + CHUNK], task__project=project)
        yield from (
            rows.select_related("task__image", "guideline", "by")
            .prefetch_related("lineage__assignment__guideline")
            .order_by("task_id")
        )


def _items(project: Project, target: Guideline, ids: list[int]) -> Iterator[ReleaseItem]:
    pseudonyms = dict(Standing.objects.filter(project=project).values_list("worker", "pseudonym"))
    history = versions.history(project)
    for row in _consensus(project, ids):
        image = row.task.image
        annotation = versions.read(
            row.annotation, image=image, made_under=row.guideline, target=target, history=history
        )
        if annotation is None:  # it does not fit the version in force any more: released as it was given
            annotation = parse_annotation(
                row.annotation,
                schema=versions.schema_of(row.guideline),
                width=image.width,
                height=image.height,
                complete=False,
            )
        yield ReleaseItem(
            task=row.task_id,
            image=_image(image),
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
        )


def _image(image: Image) -> ImageFacts:
    return ImageFacts(id=image.pk, name=image.name, sha256=image.sha256, width=image.width, height=image.height)


def _store(
    release: Release, name: str, path: str, content_type: str, sink: IO[bytes], report: Report | None
) -> Written:
    """Put a file into the store under its checksum, unless an equal one is there."""
    size = sink.seek(0, 2)
    sink.seek(0)
    digest = _sha256(sink)
    key = ReleaseFile(release=release, sha256=digest).key
    store = storage.store()
    if not store.exists(key):
        sink.seek(0)
        store.put(key, cast(BinaryIO, sink), content_type=content_type)
    return Written(name, path, size, digest, content_type, report)


def _sha256(sink: IO[bytes]) -> str:
    total = hashlib.sha256()
    while chunk := sink.read(1 << 20):
        total.update(chunk)
    return total.hexdigest()


def _facts(release: Release, guideline: Guideline, ids: list[int]) -> dict[str, Any]:
    methods: dict[str, int] = {}
    numbers: set[int] = set()
    annotations = 0
    for row in _consensus(release.project, ids):
        methods[row.method] = methods.get(row.method, 0) + 1
        numbers.add(row.guideline.number)
        annotations += len(row.annotation.get("objects", [])) + len(row.annotation.get("classifications", {}))
    project = release.project
    return {
        "project": project.slug,
        "release": release.number,
        "note": release.note,
        "created_at": release.created_at.isoformat(),
        "images": len(ids),
        "annotations": annotations,
        "guideline": guideline.number,
        "guidelines": sorted(numbers | {guideline.number}),
        "consensus": {
            "method": project.consensus,
            "parameters": {
                "confidence_target": project.confidence_target,
                "iou_threshold": project.iou_threshold,
                "overlap": project.overlap,
                "max_overlap": project.max_overlap,
            },
            "labels_by_method": dict(sorted(methods.items())),
        },
        "quality": error_rates.for_manifest(project, at=release.created_at),
    }


def _croissant(release: Release, meta: Meta, files: list[Written]) -> Written:
    described = (croissant.Described(one.format, one.path, one.bytes, one.sha256, one.content_type) for one in files)
    with tempfile.TemporaryFile() as sink:
        sink.write(croissant.document(described, meta=meta))
        return _store(release, croissant.NAME, croissant.FILENAME, croissant.CONTENT_TYPE, sink, None)


def _manifest(release: Release, facts: dict[str, Any], files: list[Written]) -> Written:
    listed = [
        {
            "format": one.format,
            "path": one.path,
            "bytes": one.bytes,
            "sha256": one.sha256,
            "approximated": dict(one.report.approximated) if one.report else {},
            "left_out": dict(one.report.left_out) if one.report else {},
        }
        for one in files
    ]
    document = json.dumps({**facts, "files": listed}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    with tempfile.TemporaryFile() as sink:
        sink.write(document.encode())
        return _store(release, MANIFEST, "manifest.json", "application/json", sink, None)


def _fail(release: Release, error: Exception, now: datetime) -> None:
    """Say what went wrong where the owner looks; a new release can be cut at any time."""
    release.state, release.error, release.finished_at = Release.State.FAILED, str(error)[:2000], now
    release.save(update_fields=["state", "error", "finished_at"])
    events.record(
        project=release.project,
        kind="release.failed",
        now=now,
        data={"release": release.number, "error": release.error},
    )
