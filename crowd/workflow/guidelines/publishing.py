"""Guideline versions: drafted, published, acknowledged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from crowd.errors import Contradiction, Invalid, Missing
from crowd.labels.schema import parse_schema, schema_to_json
from crowd.models import Acknowledgement, Guideline, Pilot, Project, User
from crowd.queries import versions
from crowd.queries.impact import check
from crowd.workflow import events
from crowd.workflow.gold import scoring
from crowd.workflow.guidelines import approving, examples, redefining
from crowd.workflow.guidelines.approving import locked_draft


@transaction.atomic
def draft(
    *,
    project: Project,
    by: User,
    body: str,
    schema: object,
    now: datetime,
    note: str = "",
    begun_from: int | None = None,
) -> Guideline:
    """Make a draft with the project's next number; Invalid names every fault of the schema.

    Begun from another version it takes over that one's examples, as far as the draft has their labels.
    """
    document = schema_to_json(parse_schema(schema))
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are drawn one at a time
    last = project.guidelines.aggregate(last=Max("number"))["last"] or 0
    made = Guideline.objects.create(
        project=project, number=last + 1, body=body, schema=document, note=note, created_by=by, created_at=now
    )
    if begun_from is not None:
        examples.copy(source=_version(project, begun_from), target=made, by=by, now=now)
    return made


def begin(*, project: Project, number: int, by: User, now: datetime) -> Guideline:
    """Begin a draft with all that another version says: also the way back to an old one, which itself never changes."""
    source = _version(project, number)
    return draft(
        project=project,
        by=by,
        body=source.body,
        schema=source.schema,
        note=f"As version {number}",
        now=now,
        begun_from=number,
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
    guideline = locked_draft(project, number)
    if body is not None:
        guideline.body = body
    if schema is not None:
        guideline.schema = schema_to_json(parse_schema(schema))
    if note is not None:
        guideline.note = note
    approving.take_back(guideline)
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
    merge: Mapping[str, Sequence[str]] | None = None,
    split: Mapping[str, Any] | None = None,
) -> Guideline:
    """Put a version in force and retire the one before it.

    A clarification leaves every label as it is. A relabelling voids the answers that speak of an affected label and
    asks for new ones; what a person settled stays. Renamed and merged labels are read under their new names from now
    on; of divided ones, what the rule does not tell is asked again. Gold that does not read under the new version is
    given to nobody until it is corrected.
    """
    if impact not in Guideline.Impact.values:
        raise Invalid(
            f"impact: choose one of {', '.join(Guideline.Impact.values)}.", errors={"impact": ["Unknown impact."]}
        )
    scoring.lock_all(project=project)
    asked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Pilot.objects.filter(project=project, state=Pilot.State.RUNNING).exists():
        raise Contradiction("A pilot is under way under the version in force: end it first.", code="pilot_running")
    guideline = locked_draft(project, number)
    approving.check(asked, guideline)
    before = versions.current(project)
    guideline.rename, guideline.merge, guideline.split = dict(rename or {}), dict(merge or {}), dict(split or {})
    moves = check(guideline, before, affected)
    if before is not None:
        before.state = Guideline.State.RETIRED
        before.save(update_fields=["state"])
    guideline.state, guideline.published_by, guideline.published_at = Guideline.State.PUBLISHED, by, now
    guideline.impact, guideline.affected = impact, list(affected)
    guideline.save()
    redefined = list(affected) if impact == Guideline.Impact.RELABEL else []
    redefining.ask_again(
        project=project, guideline=guideline, redefined=redefined, divided=moves.divided, by=by, now=now
    )
    unread = redefining.reread_gold(project=project, guideline=guideline, now=now)
    told = {"affected": list(affected), "rename": guideline.rename, "merge": guideline.merge, "split": guideline.split}
    events.record(
        project=project,
        kind="guideline.published",
        now=now,
        by=by,
        data={"guideline": number, "impact": impact, **told, "gold_unreadable": unread},
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


def _version(project: Project, number: int) -> Guideline:
    found = Guideline.objects.filter(project=project, number=number).first()
    if found is None:
        raise Missing(f"There is no guideline {number}.")
    return found
