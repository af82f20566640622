"""Reviewers' rulings: final, until a reviewer reopens them with a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crowd import jobs
from crowd.errors import Contradiction, Invalid, Refused
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Assignment, Conflict, Consensus, Gold, Guideline, Lineage, Membership, Task, User
from crowd.queries import readings, versions
from crowd.workflow import conflicts, events
from crowd.workflow import gold as gold_verbs
from crowd.workflow.conflicts import reviewing, second_looks
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import examples
from crowd.workflow.workers import telling

CONSENSUS = "consensus"
Outcome = Conflict.Outcome


@transaction.atomic
def adjudicate(
    *,
    task: Task,
    by: User,
    now: datetime,
    annotation: object | None = None,
    accept: str | None = None,
    comment: str = "",
    gold: bool = False,
    tell: bool = False,
    example: Mapping[str, Any] | None = None,
    bulk: int | None = None,
) -> Task:
    """Settle a task by a document of the reviewer's own, or by accepting the consensus or one worker's answer.

    The ruling outranks every computed answer. With `gold` it becomes a known answer too, with `example` (its label,
    perhaps a verdict and a note) an example in the guideline's draft; with `tell` those who answered otherwise read the
    comment. One that came with many others by a `bulk` change
    says so: nobody has looked at the image. Where the task waits for a second look, this is it: it changes nothing.
    """
    if (annotation is None) == (accept is None):
        raise Invalid("Send either an annotation or what to accept.", errors={"accept": ["Or send an annotation."]})
    task = _lock(task)
    second = second_looks.waiting(task)
    _check(task, ruled=second is not None)
    reviewing.check_task(task=task, by=by, now=now)
    guideline = versions.current(task.project)
    if guideline is None:
        raise Contradiction("This project has no published guideline to rule under.", code="no_guideline")
    blind = second is not None and second.kind == Conflict.Kind.SECOND_REVIEW
    if blind and (gold or tell or example is not None):
        raise Contradiction("This is a second look: nothing follows from it yet.", code="second_look")
    document, weights = _ruling(task, guideline, annotation=annotation, accept=accept)
    made = Consensus(
        task=task, annotation=document, confidence=1.0, method=Consensus.ADJUDICATION, guideline=guideline, by=by,
        comment=comment, resolves=not blind, created_at=now, parameters={} if bulk is None else {"bulk": bulk},
    )  # fmt: skip
    _write(made, weights)
    outcome = Outcome.ANNOTATION if accept is None else Outcome.CONSENSUS if accept == CONSENSUS else Outcome.ASSIGNMENT
    if blind and second is not None:
        second_looks.conclude(task=task, found=second, made=made, outcome=outcome, by=by, comment=comment, now=now)
        return task
    _settle(task, made, outcome, accept, now)
    if bulk is None and not gold:
        second_looks.ask(task=task, made=made, now=now)
    if tell:
        telling.tell(task=task, ruling=made, now=now)
    if example is not None:
        _illustrate(task, document, example, by, now)
    if gold:
        gold_verbs.plant(image=task.image, annotation=document, by=by, now=now, explanation=comment)
        task.refresh_from_db()
    return task


def _write(made: Consensus, weights: Mapping[Any, float]) -> None:
    made.save()
    Lineage.objects.bulk_create(Lineage(consensus=made, assignment_id=pk, weight=w) for pk, w in weights.items())


def _settle(task: Task, made: Consensus, outcome: Conflict.Outcome, accept: str | None, now: datetime) -> None:
    """Put a ruling in force on a locked task."""
    conflicts.close(task=task, now=now, outcome=outcome, by=made.by, comment=made.comment, ruling=made)
    task.state, task.consensus, task.resolved_at, task.uncertainty = Task.State.RESOLVED, made, now, 0.0
    task.save()
    events.record(
        project=task.project,
        kind="task.resolved",
        now=now,
        by=made.by,
        data={"task": task.pk, "method": made.method, "accepted": accept, "comment": made.comment},
    )


def _illustrate(task: Task, document: dict[str, Any], example: Mapping[str, Any], by: User, now: datetime) -> None:
    """Make a ruling an example in the newest draft of the guideline, which is an owner's to write."""
    if not Membership.objects.filter(project=task.project, user=by, role=Membership.Role.OWNER).exists():
        raise Refused("Only an owner adds examples to the guideline.", code="role_required")
    draft = task.project.guidelines.filter(state=Guideline.State.DRAFT).order_by("-number").first()
    if draft is None:
        raise Contradiction("There is no draft of the guideline to add it to: begin one first.", code="no_draft")
    examples.add(
        project=task.project,
        number=draft.number,
        image=str(task.image_id),
        label=str(example.get("label", "")),
        verdict=str(example.get("verdict", "right")),
        note=str(example.get("note", "")),
        annotation=document,
        by=by,
        now=now,
    )


def _ruling(
    task: Task, guideline: Guideline, *, annotation: object | None, accept: str | None
) -> tuple[dict[str, Any], dict[Any, float]]:
    """Return the document ruled, and the weight in it of each answer that was on the table."""
    weights: dict[Any, float] = {one.pk: 0.0 for one in task.assignments.valid()}
    if accept is None:
        return _parsed(annotation, task, guideline), weights
    if accept == CONSENSUS:
        document, taken = _computed(task, guideline)
        return document, weights | taken
    chosen = _answer(task, accept)
    return _parsed(_as_read(chosen, task, guideline), task, guideline), weights | {chosen.pk: 1.0}


@transaction.atomic
def reopen(*, task: Task, by: User, reason: str, now: datetime) -> Task:
    """Take a settled task up again: one more worker is asked, or a reviewer where nobody is left to ask."""
    if not reason.strip():
        raise Invalid("reason: say why it is opened again.", errors={"reason": ["Say why."]})
    task = _lock(task)
    if task.state not in {Task.State.RESOLVED, Task.State.CONFLICT}:
        raise Contradiction(f"This task is {task.state}; only a settled one can be reopened.", code="not_settled")
    if Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
        raise Contradiction("This is a gold task: correct or withdraw the gold instead.", code="gold")
    reviewing.check_task(task=task, by=by, now=now, ruling=False)
    conflicts.close(task=task, now=now, outcome=Outcome.REOPENED, by=by, comment=reason)
    task.consensus, task.resolved_at, task.state = None, None, Task.State.OPEN
    events.record(
        project=task.project, kind="task.reopened", now=now, by=by, data={"task": task.pk, "reason": reason.strip()}
    )
    if resolving.ask_one_more(task):
        task.base_overlap = task.labels + 1  # what was answered before is not enough any more
    else:
        conflicts.open_(task=task, kind=Conflict.Kind.REOPENED, consensus=None, now=now)
    task.save()
    return task


@transaction.atomic
def exclude(*, task: Task, by: User, now: datetime, excluded: bool, reason: str = "") -> Task:
    """Take a task out of the project's work and releases, perhaps saying why, or bring it back."""
    task = _lock(task)
    if excluded == (task.state == Task.State.EXCLUDED):
        return task
    if excluded:
        reviewing.check_task(task=task, by=by, now=now, ruling=False)
        conflicts.close(task=task, now=now, outcome=Outcome.EXCLUDED, by=by, comment=reason.strip())
        task.state = Task.State.EXCLUDED
    elif task.image.erased_at is not None:
        raise Contradiction("This image was erased; it does not come back.", code="image_erased")
    else:
        settled = task.consensus is not None and task.consensus.by_id is not None
        task.state, task.stale_at = (Task.State.RESOLVED if settled else Task.State.OPEN), now
        jobs.send(jobs.resolve, task.pk)
    task.save()
    back = "task.reopened" if task.state == Task.State.OPEN else "task.included"
    kind = "task.excluded" if excluded else back
    told = {"task": task.pk, "reason": reason.strip()} if reason.strip() else {"task": task.pk}
    events.record(project=task.project, kind=kind, now=now, by=by, data=told)
    return task


def _lock(task: Task) -> Task:
    related = Task.objects.select_related(
        "project", "image"
    )  # not "consensus": a join would show the state before the wait
    return related.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)


def _check(task: Task, *, ruled: bool) -> None:
    """Refuse to rule on what is excluded, gold or, unless it waits for a second look, ruled on already."""
    if task.state == Task.State.EXCLUDED:
        raise Contradiction("This image is excluded; bring it back first.", code="excluded")
    if Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
        raise Contradiction("This is a gold task: correct the gold instead.", code="gold")
    if not ruled and task.consensus is not None and task.consensus.by_id is not None:
        raise Contradiction("This task has been ruled on; reopen it first, with a reason.", code="already_adjudicated")


def _parsed(document: object, task: Task, guideline: Guideline) -> dict[str, Any]:
    width, height = task.image.width, task.image.height
    schema = versions.schema_of(guideline)
    return annotation_to_json(parse_annotation(document, schema=schema, width=width, height=height))


def _as_read(assignment: Assignment, task: Task, guideline: Guideline) -> dict[str, Any]:
    annotation = versions.read(
        assignment.annotation or {},
        image=task.image,
        made_under=assignment.guideline,
        target=guideline,
        history=versions.history(task.project),
    )
    if annotation is None:
        raise Contradiction(
            f"This answer was given under guideline {assignment.guideline.number} and does not fit "
            f"guideline {guideline.number} any more; send an annotation instead.",
            code="guideline_changed",
        )
    return annotation_to_json(annotation)


def _answer(task: Task, accept: str) -> Assignment:
    for one in task.assignments.valid().select_related("guideline"):
        if str(one.pk) == accept:
            return one
    told = "Accept “consensus”, or the id of a valid answer to this task."
    raise Invalid(f"accept: {told}", errors={"accept": [told]})


def _computed(task: Task, guideline: Guideline) -> tuple[dict[str, Any], dict[Any, float]]:
    """Return the computed answer that the task shows, or what its answers come to now, with each one's weight.

    Never a ruling: a second look does not accept the first.
    """
    shown = task.consensus
    if shown is not None and shown.by_id is None and shown.guideline_id == guideline.pk:
        return shown.annotation, dict(shown.lineage.values_list("assignment_id", "weight"))
    reading = readings.of_task(task)
    if reading is None or not reading.answers:
        raise Contradiction("Nobody has answered yet, so there is no consensus to accept.", code="no_consensus")
    resolution = resolving.compute(task, reading)
    weights = {one.pk: resolution.weights[str(one.worker_id)] for one in reading.assignments}
    return annotation_to_json(resolution.annotation), weights
