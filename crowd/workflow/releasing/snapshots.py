"""What a release holds, drawn up once when its building begins: whatever changes afterwards, its files agree."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from crowd import storage
from crowd.formats.options import Filters, Options, Splits
from crowd.labels.writing import annotation_to_json
from crowd.models import Consensus, Guideline, Release, Split, Task
from crowd.queries import versions
from crowd.sampling import splits
from crowd.workflow import locks
from crowd.workflow.releasing import reading, writing

_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """A task that a release holds, and its image's metadata where images are kept together by it."""

    task: int
    consensus: int
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Snapshot:
    """The version in force, the consensus of each task in the order of the tasks, and each task's split."""

    guideline: int
    consensuses: list[int]
    splits: Mapping[int, str]


def draw(release: Release, options: Options) -> None:
    """Draw up what the release holds, and keep the list; the caller holds the release's lock."""
    rows = _resolved(release, options.filters, grouped=bool(options.splits.group_by))
    guideline = versions.current(release.project)  # after the rows: labels are read forwards only
    assert guideline is not None
    said: dict[int, frozenset[str]] = {}
    if options.filters.classes or (options.splits.fractions and options.splits.stratify):
        said = _said(rows, guideline)
    if options.filters.classes:
        rows = [row for row in rows if _has(said[row.consensus], options.filters.classes)]
    snapshot = Snapshot(guideline.pk, [row.consensus for row in rows], _splits(release, options.splits, rows, said))
    release.snapshot = _keep(release, snapshot)
    release.save(update_fields=["snapshot"])


def of(release: Release) -> Snapshot:
    """Return the list that was drawn up."""
    found = json.loads(storage.store().read(writing.key_of(release, release.snapshot)))
    return Snapshot(found["guideline"], found["consensuses"], dict(found["splits"]))


def guideline_of(snapshot: Snapshot) -> Guideline:
    """Return the version that the labels are read under."""
    return Guideline.objects.get(pk=snapshot.guideline)


def _resolved(release: Release, filters: Filters, *, grouped: bool) -> list[Row]:
    """Return the resolved tasks that the filters keep, but for classes, by one statement: consensus never changes."""
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
    columns = ("pk", "consensus", "image__metadata") if grouped else ("pk", "consensus")
    return [Row(*found) for found in rows.order_by("pk").values_list(*columns).iterator()]


def _said(rows: list[Row], guideline: Guideline) -> dict[int, frozenset[str]]:
    """Return what each label says in the words of the version in force, by its consensus."""
    history, found = versions.history(guideline.project), {}
    for row in reading.consensuses(guideline.project, [row.consensus for row in rows]):
        document = row.annotation
        if row.guideline_id != guideline.pk:
            document = annotation_to_json(reading.annotation_of(row, guideline, history))
        found[row.pk] = frozenset(names_in(document))
    return found


def _has(said: frozenset[str], classes: tuple[str, ...]) -> bool:
    """Tell whether a label has an object of one of the classes, or one of the answers or a finer one."""
    return any(name in said or any("/" in name and each.startswith(f"{name}/") for each in said) for name in classes)


def names_in(document: Mapping[str, Any]) -> set[str]:
    """Return what a label says: classes of objects, answers as `question/path`, and each `question` that is true."""
    said = {str(each["label"]) for each in document.get("objects", [])}
    for question, value in document.get("classifications", {}).items():
        if value is True:
            said.add(question)
        for path in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            said.add(f"{question}/{path}")
    return said


def _splits(release: Release, wanted: Splits, rows: list[Row], said: Mapping[int, frozenset[str]]) -> dict[int, str]:
    """Return the split of each task, and keep it for later releases.

    A task whose split is not asked for now is drawn anew, and has that one from then on.
    """
    if not wanted.fractions:
        return {}
    locks.wait_for("splits", release.project_id)  # two releases at once must draw the same
    kept = dict(Split.objects.filter(task__project=release.project).values_list("task", "name"))
    units = (splits.Unit(row.task, _group(row, wanted.group_by), said.get(row.consensus, frozenset())) for row in rows)
    seed = f"{release.project.slug}:{release.project_id}"
    made = splits.assign(units, fractions=wanted.fractions, kept=kept, seed=seed, stratify=wanted.stratify)
    Split.objects.bulk_create(
        [Split(task_id=pk, name=name) for pk, name in made.items() if kept.get(pk) != name],
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=["name"],
    )
    return made


def _group(row: Row, group_by: str) -> str:
    """Return what an image stays together with: others of the same metadata, or itself alone."""
    value = row.metadata.get(group_by) if group_by and row.metadata else None
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
