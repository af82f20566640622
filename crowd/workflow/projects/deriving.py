"""Projects made of a release: its images by reference, its labels as pre-labels where the new schema can hold them."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction

from crowd import jobs, storage
from crowd.errors import Contradiction, CrowdError, Invalid, Missing
from crowd.labels.annotation import Annotation, parse_annotation
from crowd.labels.reshaping import SHAPES, carry, with_shape
from crowd.labels.starters import STARTERS
from crowd.models import Derivation, Guideline, Image, Project, Release, ReleaseFile, User
from crowd.queries import versions
from crowd.workflow import attempts, events, projects
from crowd.workflow.guidelines import publishing
from crowd.workflow.importing import rows
from crowd.workflow.predictions import predicting
from crowd.workflow.projects import life

State, Carry = Derivation.State, Derivation.Carry
TURN: Final = 20.0  # seconds; then the job is sent again, so that others have their turn
STRETCH: Final = 200  # lines in one transaction
LOST_AFTER: Final = timedelta(seconds=90)
BATCH: Final = 100


@dataclass(frozen=True)
class Wanted:
    """Which images: those whose label names a class, has objects of a class, and is sure enough; each where it says."""

    named: str = ""
    has_objects: str = ""
    confidence_above: float = 0.0

    def filter(self) -> dict[str, Any]:
        """Return what of it says something."""
        told = {"class": self.named, "has_objects": self.has_objects, "confidence_above": self.confidence_above}
        return {key: value for key, value in told.items() if value}


@transaction.atomic
def derive(
    *,
    release: Release,
    by: User,
    name: str,
    now: datetime,
    wanted: Wanted = Wanted(),
    slug: str = "",
    carry_labels: str = Carry.PRELABELS,
    shape: str = "",
    starter: str = "",
    schema: object | None = None,
) -> Project:
    """Make a project of a release, with the source's settings and a published guideline; its images come in a job.

    The schema is the release's, with regions marked by another `shape` where that is asked for, or that of a starter,
    or one's own.
    """
    if release.state != Release.State.READY:
        raise Contradiction(f"Release {release.number} is {release.state}.", code="not_ready")
    source = release.project
    guideline = _guideline(release)
    body, document = _schema(guideline, shape=shape, starter=starter, schema=schema)
    settings = {field: getattr(source, field) for field in life.COPIED}
    made = projects.create(
        by=by, name=name, slug=slug, settings={**settings, "paused": False, "guideline_review": False}, now=now
    )
    note = f"From release {release.number} of {source.name}"[:500]
    draft = publishing.draft(project=made, by=by, body=body, schema=document, note=note, now=now)
    publishing.publish(project=made, number=draft.number, by=by, now=now)
    if source.guideline_review:
        projects.update(project=made, by=by, changes={"guideline_review": True}, now=now)
    derivation = Derivation.objects.create(
        project=made, release=release, by=by, filter=wanted.filter(), carry=carry_labels, created_at=now, moved_at=now
    )
    told = {"release": release.number, "filter": derivation.filter, "carry": carry_labels}
    events.record(project=made, kind="project.derived", now=now, by=by, data={**told, "of": source.slug})
    events.record(project=source, kind="release.derived", now=now, by=by, data={**told, "into": made.slug})
    jobs.send(jobs.derive, made.pk)
    return made


def run(*, project_id: int, clock: Callable[[], datetime], seconds: float = TURN) -> None:
    """Go on with a derivation where it stands, for a while; running it twice, or twice at once, makes nothing twice."""
    found = Derivation.objects.select_related("release__project", "project", "by").filter(pk=project_id).first()
    if found is None or found.state != State.RUNNING:
        return
    if found.project.archived_at is not None:
        _fail(found, "The project was archived before all its images had come.", clock())
        return
    with attempts.counted(jobs.derive.name, project_id, now=clock()) as goes:
        if goes:
            _go_on(found, clock, until=time.monotonic() + seconds)
        else:
            _fail(found, attempts.KILLED, clock())


def _go_on(found: Derivation, clock: Callable[[], datetime], *, until: float) -> None:
    try:
        with storage.store().open(_labels_of(found.release).key) as lines:
            for _ in islice(lines, found.line):
                pass
            while time.monotonic() < until:
                stretch = [json.loads(line) for line in islice(lines, STRETCH)]
                if not _take(found, stretch, clock()):
                    return
    except OSError:  # the store: the sweep sends the job again
        return
    except CrowdError as fault:
        _fail(found, fault.detail, clock())
        return
    with transaction.atomic():
        jobs.send(jobs.derive, found.pk)


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the derivations again that nothing has moved for a while."""
    lost = Derivation.objects.filter(state=State.RUNNING, moved_at__lt=now - LOST_AFTER)
    for each in lost.order_by("moved_at").select_for_update(no_key=True, skip_locked=True)[:BATCH]:
        Derivation.objects.filter(pk=each.pk).update(moved_at=now)
        jobs.send(jobs.derive, each.pk)


def _guideline(release: Release) -> Guideline:
    """Return the version that a release's labels were written under: the last of those it names that was in force."""
    found = release.project.guidelines.filter(number__in=release.guidelines).order_by("-published_at").first()
    if found is None:
        raise Missing("The guideline of this release is gone.")
    return found


def _schema(guideline: Guideline, *, shape: str, starter: str, schema: object | None) -> tuple[str, object]:
    if sum(one not in ("", None) for one in (shape, starter, schema)) > 1:
        raise Invalid("Choose a shape, a starter or a schema.", errors={"shape": ["Only one of the three."]})
    if starter:
        if starter not in STARTERS:
            told = f"Choose one of {', '.join(STARTERS)}."
            raise Invalid(f"starter: {told}", errors={"starter": [told]})
        return STARTERS[starter].body, STARTERS[starter].schema
    if shape:
        if shape not in SHAPES:
            told = f"Choose one of {', '.join(SHAPES)}."
            raise Invalid(f"shape: {told}", errors={"shape": [told]})
        return guideline.body, with_shape(guideline.schema, shape)
    return guideline.body, guideline.schema if schema is None else schema


def _labels_of(release: Release) -> ReleaseFile:
    return ReleaseFile.objects.select_related("release").get(release=release, format="jsonl")


@transaction.atomic
def _take(found: Derivation, stretch: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    """Write a stretch of the release; False where that was the last, or another run is further by now."""
    row = Derivation.objects.select_for_update(no_key=True).get(pk=found.pk)
    if row.state != State.RUNNING or row.line != found.line:
        return False
    if stretch:
        labels = {one["image"]["sha256"]: one for one in stretch if _is_wanted(one, row.filter)}
        _add(found, row, labels, now)
    else:
        row.state, row.finished_at = State.DONE, now
        told = {"images": row.images, "carried": row.carried, "left_out": row.left_out}
        events.record(project=found.project, kind="project.filled", now=now, by=found.by, data=told)
    row.line += len(stretch)
    row.moved_at = now
    row.save()
    found.line = row.line
    return bool(stretch)


def _is_wanted(item: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    named, has = asked.get("class"), asked.get("has_objects")
    drawn = {entry["label"] for entry in item["annotation"].get("objects", [])}
    if item["confidence"] < asked.get("confidence_above", 0.0) or (has and has not in drawn):
        return False
    return not named or named in drawn or any(_speaks(one, named) for one in _chosen(item["annotation"]))


def _chosen(annotation: Mapping[str, Any]) -> Iterator[str]:
    for answer in annotation.get("classifications", {}).values():
        if isinstance(answer, str):
            yield answer
        elif isinstance(answer, list):
            yield from answer


def _speaks(path: str, named: str) -> bool:
    return path == named or path.startswith(f"{named}/")


def _add(found: Derivation, row: Derivation, labels: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
    """Add these images by reference to the bytes that the source holds, with their labels where that is wanted."""
    # locked: one that is erased meanwhile is erased here too, or left out
    there = Image.objects.select_for_update(no_key=True).filter(erased_at__isnull=True)
    images = list(there.filter(project=found.release.project_id, sha256__in=labels).order_by("pk"))
    facts = [
        rows.Facts(
            name=one.name,
            sha256=one.sha256,
            width=one.width,
            height=one.height,
            orientation=one.orientation,
            content_type=one.content_type,
            bytes=one.bytes,
            metadata=one.metadata,
            location=one.location,
        )
        for one in images
    ]
    holders = {one.sha256: one.held_by_id or one.project_id for one in images}
    added = rows.add_rows(project=found.project, rows=facts, by=found.by, now=now)
    fresh = list(Image.objects.filter(pk__in=added).select_related("project").order_by("pk"))
    for image in fresh:
        image.held_by_id = holders[image.sha256]
    Image.objects.bulk_update(fresh, ["held_by"])
    row.images += len(fresh)
    if row.carry == Carry.PRELABELS:
        _propose(found, row, fresh, labels, now)


def _propose(
    found: Derivation, row: Derivation, images: Sequence[Image], labels: Mapping[str, Any], now: datetime
) -> None:
    guideline = versions.current(found.project)
    assert guideline is not None  # published with the project; a later one reads forwards
    name = f"{found.release.project.slug} release {found.release.number}"
    model = predicting.version(project=found.project, name=name, now=now)
    sources = list(
        found.release.project.guidelines.filter(number__in=found.release.guidelines).order_by("-published_at")
    )
    taken, counting = 0, []
    for image in images:
        item = labels[image.sha256]
        label = _read(item["annotation"], image, sources)
        if label is None:
            continue
        carried = carry(label, schema=versions.schema_of(guideline), width=image.width, height=image.height)
        row.left_out += carried.left_out
        if not carried.annotation["classifications"] and not carried.annotation["objects"] and carried.left_out:
            continue
        said = predicting.Said(carried.annotation, guideline, name, item["confidence"])
        put = predicting.put(image=image, said=said, model=model, now=now)
        counting += [image.pk] if put.counts else []
        taken += 1
    row.carried += taken
    predicting.count(project=found.project, prelabels={name: taken}, now=now)
    if counting:
        predicting.tell(project=found.project, images=counting, by=found.by, now=now, data={"created": taken})


def _read(document: Mapping[str, Any], image: Image, guidelines: Sequence[Guideline]) -> Annotation | None:
    """Return a released label, read under the first version that it fits: most were carried to the last one."""
    for guideline in guidelines:
        try:
            return parse_annotation(
                document, schema=versions.schema_of(guideline), width=image.width, height=image.height,
                complete=False, lenient=True,
            )  # fmt: skip
        except Invalid:
            continue
    return None


@transaction.atomic
def _fail(found: Derivation, error: str, now: datetime) -> None:
    row = Derivation.objects.select_for_update(no_key=True).get(pk=found.pk)
    if row.state == State.RUNNING:
        row.state, row.error, row.finished_at, row.moved_at = State.FAILED, error[:500] or "It failed.", now, now
        row.save()
