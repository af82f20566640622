"""A release is built a file at a time: each is kept as soon as it is written, so that a crash costs one file's work."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from crowd import jobs, storage
from crowd.errors import CrowdError
from crowd.formats import (
    WRITERS,
    Meta,
    ReleaseItem,
    Report,
    Writer,
    answers,
    card,
    croissant,
    shards,
    statistics,
    webdataset,
)
from crowd.formats.options import Options, parse
from crowd.formats.plan import ALWAYS, MANIFEST, files_of
from crowd.models import Guideline, Release, Task
from crowd.queries import error_rates, versions
from crowd.workflow import attempts, events, locks
from crowd.workflow.releasing import holding, memory, packing, reading, snapshots, writing
from crowd.workflow.releasing.snapshots import Snapshot

PATIENCE = timedelta(hours=1)
Sink = BinaryIO


@dataclass(frozen=True)
class Plan:
    """What every file of one release is made of."""

    release: Release
    options: Options
    snapshot: Snapshot
    guideline: Guideline
    meta: Meta
    patient: bool  # what does not answer is waited for


@dataclass(frozen=True)
class Step:
    """One file: its format, its path, its type, and how it is written."""

    name: str
    path: str
    content_type: str
    write: Callable[[Plan, Sink], Report | None]


def build(*, release_id: int, now: datetime) -> None:
    """Write a release's files and make it ready; running it twice, or twice at once, makes one release.

    What it holds is drawn up first, by one statement. Files go to the store under their checksums before the
    transaction that notes them, so a crash leaves nothing but an object that the next attempt finds again.
    """
    while _is_free(release_id):
        with attempts.counted(jobs.build_release.name, release_id, now=timezone.now()) as goes, memory.settled():
            if not _go_on(release_id, now, goes=goes):
                return


@transaction.atomic
def _is_free(release_id: int) -> bool:
    """Tell whether nobody is at it: who only comes to see that somebody is would otherwise count as a run."""
    return locks.try_lock("release", release_id)


def _go_on(release_id: int, now: datetime, *, goes: bool) -> bool:
    """Write the next file; False where none is left, the release was called off, or somebody else is at it."""
    with transaction.atomic():
        if not locks.try_lock("release", release_id):
            return False
        release = Release.objects.select_related("project").filter(pk=release_id, state=Release.State.BUILDING).first()
        if release is None:
            return False
        if not goes:
            writing.fail(release, attempts.KILLED, now)
            return False
        try:
            with transaction.atomic():
                return _next(release, now)
        except (CrowdError, ValueError) as error:
            writing.fail(release, str(error), now)
        except OSError as error:  # the store or the disk: the sweep sends the job again until patience ends
            if now - release.created_at > PATIENCE:
                writing.fail(release, str(error), now)
        return False


def _next(release: Release, now: datetime) -> bool:
    options = parse(release.options, formats=tuple(WRITERS))
    if not release.snapshot:  # by itself, so that nobody waits for this transaction while files are written
        snapshots.draw(release, options)
        return True
    snapshot = snapshots.of(release)
    done = dict(release.files.values_list("format", "report"))
    stale = holding.outdated(release)  # written again before anything else
    step = _step(stale.format if stale else next(name for name in files_of(options, done) if name not in done))
    meta = Meta(project=release.project.slug, release=release.number, created_at=release.created_at, note=release.note)
    patient = now - release.created_at <= PATIENCE
    plan = Plan(release, options, snapshot, snapshots.guideline_of(snapshot), meta, patient)
    with tempfile.TemporaryFile() as sink:
        report = step.write(plan, cast(BinaryIO, sink))
        made = writing.store(release, step.name, step.path, step.content_type, sink, report)
    if not _still_wanted(release):
        return False
    if stale is not None:
        holding.replace(stale, made.sha256)
    writing.note(release, made)
    if step.name == MANIFEST:
        _finish(plan, made.sha256, now)
    return step.name != MANIFEST


def _step(name: str) -> Step:
    if name.startswith(shards.PREFIX):
        return Step(name, shards.path_of(name), shards.CONTENT_TYPE, partial(_pack, name))
    return _STEPS[name]


def _still_wanted(release: Release) -> bool:
    """Tell whether nobody called it off meanwhile; from here on nobody can until the file is noted."""
    rows = Release.objects.select_for_update(no_key=True).filter(pk=release.pk, state=Release.State.BUILDING)
    return rows.exists()


def _finish(plan: Plan, manifest: str, now: datetime) -> None:
    release, counted = plan.release, _counted(plan)
    release.images, release.annotations = counted["images"], counted["labels"]
    release.guidelines = _guidelines(plan, counted)
    release.manifest_sha256 = manifest
    release.state, release.finished_at = Release.State.READY, now
    release.save()
    events.record(
        project=release.project,
        kind="release.ready",
        now=now,
        data={"release": release.number, "manifest_sha256": manifest},
    )


def _guidelines(plan: Plan, counted: Mapping[str, Any]) -> list[int]:
    return sorted({int(number) for number in counted["guidelines"]} | {plan.guideline.number})


def _format(writer: Writer, plan: Plan, sink: Sink) -> Report:
    items = _items(plan)
    if writer.name == webdataset.WRITER.name and plan.options.images == "packed":
        items = packing.with_pictures(plan.release.project, items, patient=plan.patient)
    return writer.write(items, schema=versions.schema_of(plan.guideline), sink=sink, meta=plan.meta)


def _items(plan: Plan) -> Iterator[ReleaseItem]:
    lines = plan.release.files.select_related("release").filter(format=ALWAYS).first()
    if lines is not None:
        return reading.released(lines)
    return reading.items(
        plan.release.project,
        plan.guideline,
        plan.snapshot.consensuses,
        splits=plan.snapshot.splits,
        classes=plan.options.filters.classes,
    )


def _statistics(plan: Plan, sink: Sink) -> None:
    counted = statistics.Statistics()
    for item in _items(plan):
        counted.add(item)
    tasks = Task.objects.filter(project=plan.release.project).exclude(state=Task.State.RESOLVED)
    remaining = dict(tasks.order_by("state").values_list("state").annotate(Count("pk")))
    quality = error_rates.for_manifest(plan.release.project, at=plan.release.created_at)
    document = {**counted.to_json(), "remaining": remaining, "quality": quality}
    sink.write((json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def _counted(plan: Plan) -> dict[str, Any]:
    """Return the figures, as they were written first."""
    found: dict[str, Any] = json.loads(storage.store().read(plan.release.files.get(format=statistics.NAME).key))
    return found


def _answers(plan: Plan, sink: Sink) -> Report:
    return answers.write_answers(reading.asked(plan.release.project, plan.snapshot.consensuses), sink=sink)


def _soft_labels(plan: Plan, sink: Sink) -> Report:
    return answers.write_soft_labels(reading.asked(plan.release.project, plan.snapshot.consensuses), sink=sink)


def _pack(name: str, plan: Plan, sink: Sink) -> Report:
    """Write the shard behind the one before it; one that is there already is written again, up to the next."""
    written = plan.release.files.filter(format__startswith=shards.PREFIX).order_by("format")
    before, own = written.filter(format__lt=name).last(), written.filter(format=name).first()
    place, stop = before.report["next"] if before else 0, own.report.get("next") if own else None
    return packing.write(plan.release.project, plan.snapshot.consensuses, place, sink, stop=stop, patient=plan.patient)


def _card(plan: Plan, sink: Sink) -> None:
    sink.write(card.markdown(_facts(plan)).encode())


def _card_html(plan: Plan, sink: Sink) -> None:
    sink.write(card.html(_facts(plan)).encode())


def _facts(plan: Plan) -> card.Facts:
    counted = _counted(plan)
    lost = {
        file.format: file.report["left_out"]
        for file in plan.release.files.order_by("format")
        if file.report.get("left_out")
    }
    return card.Facts(
        meta=plan.meta,
        statistics=counted,
        guideline=plan.guideline.number,
        guideline_text=plan.guideline.body,
        confidence_target=plan.release.project.confidence_target,
        options=plan.release.options,
        remaining=counted["remaining"],
        quality=counted["quality"],
        lost=lost,
    )


def _croissant(plan: Plan, sink: Sink) -> None:
    files = plan.release.files.order_by("pk")
    described = (croissant.Described(one.format, one.path, one.bytes, one.sha256, one.content_type) for one in files)
    sink.write(croissant.document(described, meta=plan.meta))


def _manifest(plan: Plan, sink: Sink) -> None:
    release, project, counted = plan.release, plan.release.project, _counted(plan)
    document = {
        "project": project.slug,
        "release": release.number,
        "note": release.note,
        "created_at": release.created_at.isoformat(),
        "images": counted["images"],
        "annotations": counted["labels"],
        "guideline": plan.guideline.number,
        "guidelines": _guidelines(plan, counted),
        "options": release.options,
        "snapshot": release.snapshot,
        "splits": {name: found[""] for name, found in counted["splits"].items()},
        "consensus": {
            "method": project.consensus,
            "parameters": {
                "confidence_target": project.confidence_target,
                "iou_threshold": project.iou_threshold,
                "overlap": project.overlap,
                "max_overlap": project.max_overlap,
            },
            "labels_by_method": counted["methods"],
        },
        "quality": counted["quality"],
        "files": [
            {
                "format": one.format,
                "path": one.path,
                "bytes": one.bytes,
                "sha256": one.sha256,
                "approximated": one.report.get("approximated", {}),
                "left_out": one.report.get("left_out", {}),
            }
            for one in release.files.order_by("pk")
        ],
    }
    sink.write((json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode())


_STEPS = {
    step.name: step
    for step in (
        Step(statistics.NAME, statistics.FILENAME, "application/json", _statistics),
        *(Step(one.name, one.filename, one.content_type, partial(_format, one)) for one in WRITERS.values()),
        Step("answers", "answers.jsonl", answers.JSON_LINES, _answers),
        Step("soft_labels", "soft_labels.jsonl", answers.JSON_LINES, _soft_labels),
        Step(card.NAME, card.FILENAME, "text/markdown; charset=utf-8", _card),
        Step(card.HTML_NAME, card.HTML_FILENAME, "text/html; charset=utf-8", _card_html),
        Step(croissant.NAME, croissant.FILENAME, croissant.CONTENT_TYPE, _croissant),
        Step(MANIFEST, "manifest.json", "application/json", _manifest),
    )
}
