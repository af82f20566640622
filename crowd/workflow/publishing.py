"""Guideline versions: drafted, published, acknowledged."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from crowd.errors import Contradiction, Invalid, Missing
from crowd.labels.renames import resolve_renames
from crowd.labels.schema import Schema, parse_schema, schema_to_json
from crowd.models import Acknowledgement, Assignment, Guideline, Project, Standing, Task, User
from crowd.queries import impact as impacts
from crowd.queries import versions
from crowd.workflow import events, scoring, slots, standing


@transaction.atomic
def draft(*, project: Project, by: User, body: str, schema: object, now: datetime, note: str = "") -> Guideline:
    """Make a draft with the project's next number; Invalid names every fault of the schema."""
    document = schema_to_json(parse_schema(schema))
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are drawn one at a time
    last = project.guidelines.aggregate(last=Max("number"))["last"] or 0
    return Guideline.objects.create(
        project=project, number=last + 1, body=body, schema=document, note=note, created_by=by, created_at=now
    )


@transaction.atomic
def edit(
    *,
    project: Project,
    number: int,
    body: str | None = None,
    schema: object | None = None,
    note: str | None = None,
) -> Guideline:
    """Change a draft; a published version never changes."""
    guideline = _locked_draft(project, number)
    if body is not None:
        guideline.body = body
    if schema is not None:
        guideline.schema = schema_to_json(parse_schema(schema))
    if note is not None:
        guideline.note = note
    guideline.save()
    return guideline


@transaction.atomic
def publish(
    *,
    project: Project,
    number: int,
    by: User,
    now: datetime,
    impact: str = Guideline.Impact.CLARIFICATION,
    affected: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
) -> Guideline:
    """Put a version in force and retire the one before it.

    A clarification leaves every label as it is. A relabelling voids the answers that speak of an affected label and
    asks for new ones; what a person settled stays. Renamed labels are read under their new names from now on.
    """
    rename = dict(rename or {})
    if impact not in Guideline.Impact.values:
        raise Invalid(
            f"impact: choose one of {', '.join(Guideline.Impact.values)}.", errors={"impact": ["Unknown impact."]}
        )
    scoring.lock_all(project=project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    guideline = _locked_draft(project, number)
    before = versions.current(project)
    _check_names(guideline, before, affected, rename)
    if before is not None:
        before.state = Guideline.State.RETIRED
        before.save(update_fields=["state"])
    guideline.state, guideline.published_by, guideline.published_at = Guideline.State.PUBLISHED, by, now
    guideline.impact, guideline.affected, guideline.rename = impact, list(affected), rename
    guideline.save()
    if impact == Guideline.Impact.RELABEL and affected:
        _relabel(project, guideline, by, now)
    events.record(
        project=project,
        kind="guideline.published",
        now=now,
        by=by,
        data={"guideline": number, "impact": impact, "affected": list(affected), "rename": rename},
    )
    return guideline


@transaction.atomic
def acknowledge(*, project: Project, number: int, worker: User, now: datetime) -> None:
    """Record that a worker has read a version; twice is once."""
    guideline = project.guidelines.filter(number=number).exclude(state=Guideline.State.DRAFT).first()
    if guideline is None:
        raise Missing(f"There is no published guideline {number}.")
    _, fresh = Acknowledgement.objects.get_or_create(guideline=guideline, worker=worker, defaults={"at": now})
    if fresh:
        events.record(project=project, kind="guideline.acknowledged", now=now, by=worker, data={"guideline": number})


def _locked_draft(project: Project, number: int) -> Guideline:
    guideline = (
        Guideline.objects.select_for_update(no_key=True, of=("self",)).filter(project=project, number=number).first()
    )
    if guideline is None:
        raise Missing(f"There is no guideline {number}.")
    if guideline.state != Guideline.State.DRAFT:
        raise Contradiction(
            f"Guideline {number} is {guideline.state} and never changes; draft a new version.", code="published"
        )
    return guideline


def _check_names(
    guideline: Guideline, before: Guideline | None, affected: Sequence[str], rename: Mapping[str, str]
) -> None:
    """Refuse consequences for labels that do not exist: they would silently have none."""
    new_schema = parse_schema(guideline.schema)
    old_schema = parse_schema(before.schema) if before else Schema()
    known = _names(new_schema) | _names(old_schema)
    faults: dict[str, list[str]] = {}
    for index, label in enumerate(affected):
        if label not in known:
            faults[f"affected[{index}]"] = [f"No guideline has a label {label}."]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    resolve_renames(old=old_schema, new=new_schema, renames=rename)


def _names(schema: Schema) -> set[str]:
    names = {item.name for item in schema.objects} | {question.name for question in schema.classifications}
    return names | {path for question in schema.classifications for path in question.paths()}


def _relabel(project: Project, guideline: Guideline, by: User, now: datetime) -> None:
    """Void the computed labels that the change touches, and ask anew; all standings are locked."""
    touched = impacts.touched_tasks(project=project, labels=guideline.affected)
    tasks = touched.ordinary().exclude(state=Task.State.EXCLUDED).order_by("pk")
    reason = f"Guideline {guideline.number} redefines {', '.join(guideline.affected)}."
    voided_by_worker: dict[int, int] = {}
    for task in tasks.select_related("project").select_for_update(no_key=True, of=("self",)):
        if task.consensus is not None and task.consensus.by_id is not None:
            continue
        answers = list(Assignment.objects.valid().filter(task=task))
        Assignment.objects.filter(pk__in=[one.pk for one in answers]).update(
            state=Assignment.State.VOID, reason=reason[:500], overtaken_at=now
        )
        for one in answers:
            voided_by_worker[one.worker_id] = voided_by_worker.get(one.worker_id, 0) + 1
        events.record_all(
            project=project,
            kind="assignment.voided",
            now=now,
            by=by,
            rows=[{"assignment": str(one.pk), "task": task.pk, "reason": reason} for one in answers],
        )
        slots.recount(task=task, at_least=task.base_overlap)
        task.save(update_fields=["overlap", "open_slots", "labels"])
        standing.reopen_computed(task=task, now=now, by=by)
    for worker, count in voided_by_worker.items():
        row = Standing.objects.get(project=project, worker=worker)
        row.labels, row.overtaken = row.labels - count, row.overtaken + count
        row.save(update_fields=["labels", "overtaken"])
