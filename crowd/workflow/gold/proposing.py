"""Gold proposed by the system: labels that nobody reliable doubts, of the classes that have the least gold."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from crowd import agreement, sampling
from crowd.agreement import proportion_interval
from crowd.errors import Contradiction, Invalid
from crowd.labels.annotation import Annotation, annotation_to_json, parse_annotation
from crowd.models import Consensus, Gold, GoldProposal, Guideline, Project, Standing, Task, User
from crowd.queries import readings, versions
from crowd.queries.readings import Reading
from crowd.workflow import events
from crowd.workflow import gold as verbs

AT_ONCE = 24  # proposals that wait for the owner at most
LOOKED_AT = 400  # candidates a time, from a place drawn by lot on, so that no class comes first or hides the others
SURE = 0.9  # or what the project aims at, where that is more
FEWEST = 3  # answers
THE_SAME = 0.8  # agreement with the consensus from which an answer says the same
CATEGORY = verbs.CATEGORY


@transaction.atomic
def propose(*, project: Project, now: datetime, rng: random.Random) -> int:
    """Propose as many labels as there is room for, and return how many; those that no longer hold lapse.

    A label is proposed once: whoever rejected it is not asked again.
    """
    pending = GoldProposal.objects.filter(project=project, state=GoldProposal.State.PENDING)
    lapsed = pending.exclude(task__consensus=F("consensus"), task__state=Task.State.RESOLVED)
    gone = list(lapsed.values_list("pk", flat=True))
    guideline = versions.current(project)
    room = AT_ONCE - pending.exclude(pk__in=gone).count()
    # all that is read comes before what is written: a transaction that has written holds the feeds back until it ends
    made = list(_chosen(project, guideline, room, rng.random())) if guideline is not None and room > 0 else []
    pending.filter(pk__in=gone).update(state=GoldProposal.State.LAPSED, decided_at=now)
    for task, category, answers in made:
        assert task.consensus is not None
        GoldProposal.objects.create(
            project=project, task=task, consensus=task.consensus, category=category, answers=answers, created_at=now
        )
    if made:
        tasks = [task.pk for task, _, _ in made]
        events.record(project=project, kind="gold.proposed", now=now, data={"tasks": tasks})
    return len(made)


@transaction.atomic
def approve(*, proposal: GoldProposal, by: User, now: datetime, use: str = Gold.Use.HIDDEN) -> Gold:
    """Make a proposed label gold; the answers that it came from are not scored by it."""
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project", "image")
        .get(pk=proposal.task_id)
    )
    found = _pending(proposal)
    if task.consensus_id != found.consensus_id or task.state != Task.State.RESOLVED:
        raise Contradiction("The label of this image has changed since it was proposed.", code="lapsed")
    made = Consensus.objects.select_related("guideline").get(pk=found.consensus_id)
    annotation = _read(made, task, versions.current(task.project) or made.guideline)
    if annotation is None:
        raise Contradiction("This label does not fit the guideline in force any more.", code="lapsed")
    _decide(found, GoldProposal.State.APPROVED, by, now)
    return verbs.plant(
        image=task.image,
        annotation=annotation_to_json(annotation),
        by=by,
        now=now,
        use=use,
        source=Gold.Source.CONSENSUS,
    )


@transaction.atomic
def reject(*, proposal: GoldProposal, by: User, now: datetime) -> None:
    """Leave the image as it is; it is not proposed again."""
    found = _pending(proposal)
    _decide(found, GoldProposal.State.REJECTED, by, now)
    data = {"proposal": found.pk, "task": found.task_id}
    events.record(project=found.project, kind="gold.rejected", now=now, by=by, data=data)


def _pending(proposal: GoldProposal) -> GoldProposal:
    found = GoldProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if found.state != GoldProposal.State.PENDING:
        raise Contradiction(f"This proposal is {found.state} already.", code="already_decided")
    return found


def _decide(proposal: GoldProposal, state: GoldProposal.State, by: User, now: datetime) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, now
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


def _chosen(project: Project, guideline: Guideline, room: int, start: float) -> Iterator[tuple[Task, str, int]]:
    """Yield labels to propose with their class and answers: always of the class that has the least gold by then."""
    waiting: dict[str, list[Task]] = {}
    schema = versions.schema_of(guideline)
    for task in _looked_at(project, start):
        assert task.consensus is not None
        annotation = _read(task.consensus, task, guideline)
        if annotation is not None and _is_whole(annotation, task, guideline):
            name = sampling.category(annotation, schema=schema)[:CATEGORY]
            waiting.setdefault(name, []).append(task)
    have = _gold_by_class(project)
    doubtful = _unreliable(project)
    while room and waiting:
        name = min(waiting, key=lambda one: (have[one], one))
        task = waiting[name].pop()
        if not waiting[name]:
            del waiting[name]
        answers = _unanimous(task, guideline, doubtful)
        if answers >= FEWEST:
            have[name] += 1
            room -= 1
            yield task, name, answers


def _looked_at(project: Project, start: float) -> list[Task]:
    """Return candidates from a place in their shuffled order on, and round to the first ones."""
    rows = _candidates(project)
    found = list(rows.filter(shuffle__gte=start)[:LOOKED_AT])
    return found + list(rows.filter(shuffle__lt=start)[: LOOKED_AT - len(found)])


def _is_whole(annotation: Annotation, task: Task, guideline: Guideline) -> bool:
    """Return whether it answers all that is asked: a consensus may leave a question open, gold may not."""
    width, height = task.image.width, task.image.height
    try:
        parse_annotation(
            annotation_to_json(annotation), schema=versions.schema_of(guideline), width=width, height=height
        )
    except Invalid:
        return False
    return True


def _candidates(project: Project) -> QuerySet[Task]:
    """Return resolved tasks whose computed label is all but certain, and that were neither gold nor proposed."""
    asked = GoldProposal.objects.filter(
        task=OuterRef("pk"), state__in=[GoldProposal.State.PENDING, GoldProposal.State.REJECTED]
    )
    rows = Task.objects.filter(
        project=project,
        state=Task.State.RESOLVED,
        consensus__by__isnull=True,
        consensus__confidence__gte=max(SURE, project.confidence_target),
        labels__gte=FEWEST,
        gold__isnull=True,
    )
    return rows.exclude(Exists(asked)).select_related("project", "image", "consensus__guideline").order_by("shuffle")


def _gold_by_class(project: Project) -> Counter[str]:
    hidden = Gold.objects.filter(project=project, use=Gold.Use.HIDDEN, withdrawn_at__isnull=True)
    pending = GoldProposal.objects.filter(project=project, state=GoldProposal.State.PENDING)
    return Counter(hidden.values_list("category", flat=True)) + Counter(pending.values_list("category", flat=True))


def _unreliable(project: Project) -> set[int]:
    """Return workers whose word against a label says nothing: paused, banned, or provably below the project's bar."""
    return {
        row.worker_id
        for row in Standing.objects.filter(project=project)
        if row.status != Standing.Status.ACTIVE
        or proportion_interval(row.gold_passed, row.gold_seen)[1] < project.min_gold_accuracy
    }


def _unanimous(task: Task, guideline: Guideline, doubtful: set[int]) -> int:
    """Return how many reliable answers say what the consensus says; none where one of them says otherwise."""
    assert task.consensus is not None
    reading = readings.under(task, guideline)
    merged = _read(task.consensus, task, guideline)
    said = 0
    for assignment, answer in zip(reading.assignments, reading.answers, strict=True):
        if assignment.worker_id in doubtful:
            continue
        if merged is None or _agreement(answer.annotation, merged, task, reading) < THE_SAME:
            return 0
        said += 1
    return said


def _agreement(answer: Annotation, merged: Annotation, task: Task, reading: Reading) -> float:
    return agreement.score(
        answer,
        merged,
        schema=versions.schema_of(reading.guideline),
        image_size=(task.image.width, task.image.height),
        iou_threshold=task.project.iou_threshold,
    ).value


def _read(made: Consensus, task: Task, target: Guideline) -> Annotation | None:
    return versions.read(
        made.annotation,
        image=task.image,
        made_under=made.guideline,
        target=target,
        history=versions.history(task.project),
    )
