"""What a release holds, drawn up once when its building begins: whatever changes afterwards, its files agree."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from crowd import storage
from crowd.formats.options import Filters, Options, Splits
from crowd.models import Consensus, Guideline, Release, Split, Task
from crowd.queries import versions
from crowd.sampling import splits
from crowd.workflow.releasing import writing

_CHUNK = 5000


@dataclass(frozen=True)
class Row:
    """A task that a release holds, and its image's metadata."""

    task: int
    consensus: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The version in force, the consensus of each task in the order of the tasks, and each task's split."""

    guideline: int
    consensuses: list[int]
    splits: Mapping[int, str]


def draw(release: Release, options: Options) -> Snapshot:
    """Return the release's snapshot, drawn now where there is none yet; the caller holds the release's lock."""
    if release.snapshot:
        return _read(release)
    chosen = _chosen(release, options.filters)
    guideline = versions.current(release.project)  # after the rows: labels are read forwards only
    assert guideline is not None
    snapshot = Snapshot(guideline.pk, [row.consensus for row in chosen], _splits(release, options.splits, chosen))
    release.snapshot = _keep(release, snapshot)
    release.save(update_fields=["snapshot"])
    return snapshot


def guideline_of(snapshot: Snapshot) -> Guideline:
    """Return the version that the labels are read under."""
    return Guideline.objects.get(pk=snapshot.guideline)


def _chosen(release: Release, filters: Filters) -> list[Row]:
    """Return the resolved tasks that the filters keep, by one statement: rows of consensus never change."""
    rows = Task.objects.filter(project=release.project, state=Task.State.RESOLVED)
    if filters.min_confidence:
        rows = rows.filter(consensus__confidence__gte=filters.min_confidence)
    if filters.guidelines:
        rows = rows.filter(consensus__guideline__number__in=filters.guidelines)
    if filters.settled_by:
        by_people = [Consensus.ADJUDICATION, Consensus.GOLD]
        wanted = Q(consensus__method__in=[name for name in filters.settled_by if name in by_people])
        if "consensus" in filters.settled_by:
            wanted |= ~Q(consensus__method__in=by_people)
        rows = rows.filter(wanted)
    values = rows.order_by("pk").values_list("pk", "consensus", "image__metadata")
    found = [Row(pk, consensus, metadata) for pk, consensus, metadata in values]
    if not filters.classes:
        return found
    kept = {pk for pk, document in _documents([row.consensus for row in found]) if _has(document, filters.classes)}
    return [row for row in found if row.consensus in kept]


def _documents(consensuses: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    for start in range(0, len(consensuses), _CHUNK):
        rows = Consensus.objects.filter(pk__in=consensuses[start : start + _CHUNK]).order_by("pk")
        yield from rows.values_list("pk", "annotation")


def _has(document: dict[str, Any], classes: tuple[str, ...]) -> bool:
    """Tell whether a label has an object of one of the classes, or one of the answers or a finer one."""
    said = names_in(document)
    return any(name in said or any(each.startswith(f"{name}/") for each in said if "/" in name) for name in classes)


def names_in(document: Mapping[str, Any]) -> set[str]:
    """Return what a label says: classes of objects, answers as `question/path`, and `question` that are true."""
    said = {str(each["label"]) for each in document.get("objects", [])}
    for question, value in document.get("classifications", {}).items():
        if value is True:
            said.add(question)
        for path in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            said.add(f"{question}/{path}")
    return said


def _splits(release: Release, wanted: Splits, rows: list[Row]) -> dict[int, str]:
    """Return the split of each task, and keep what is drawn for the first time."""
    if not wanted.fractions:
        return {}
    task_of = {row.consensus: row.task for row in rows}
    labels: dict[int, frozenset[str]] = {}
    if wanted.stratify:
        labels = {task_of[pk]: frozenset(names_in(document)) for pk, document in _documents(list(task_of))}
    kept = dict(Split.objects.filter(task__project=release.project).values_list("task", "name"))
    units = (splits.Unit(row.task, _group(row, wanted.group_by), labels.get(row.task, frozenset())) for row in rows)
    seed = f"{release.project.slug}:{release.project_id}"
    made = splits.assign(units, fractions=wanted.fractions, kept=kept, seed=seed, stratify=wanted.stratify)
    fresh = [Split(task_id=pk, name=name) for pk, name in made.items() if pk not in kept]
    Split.objects.bulk_create(fresh, batch_size=_CHUNK, ignore_conflicts=True)
    return made


def _group(row: Row, group_by: str) -> str:
    """Return what an image stays together with: others of the same metadata, or itself alone."""
    value = row.metadata.get(group_by) if group_by else None
    return f"alone:{row.task}" if value is None else f"group:{json.dumps(value, sort_keys=True)}"


def _keep(release: Release, snapshot: Snapshot) -> str:
    document = {
        "guideline": snapshot.guideline,
        "consensuses": snapshot.consensuses,
        "splits": sorted(snapshot.splits.items()),
    }
    with tempfile.TemporaryFile() as sink:
        sink.write(json.dumps(document, separators=(",", ":")).encode())
        return writing.store(release, "snapshot", "snapshot.json", "application/json", sink, None).sha256


def _read(release: Release) -> Snapshot:
    found = json.loads(storage.store().read(writing.key_of(release, release.snapshot)))
    return Snapshot(found["guideline"], found["consensuses"], dict(found["splits"]))
