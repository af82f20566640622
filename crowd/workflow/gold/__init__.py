"""Gold: planted, corrected, withdrawn."""

from datetime import datetime
from typing import Any

from django.db import transaction

from crowd import jobs, sampling
from crowd.errors import Contradiction, Invalid, Missing
from crowd.labels.annotation import annotation_to_json, parse_annotation
from crowd.models import Consensus, Event, Gold, Guideline, Image, Project, Task, User
from crowd.queries import versions
from crowd.workflow import conflicts, events
from crowd.workflow.assignments import slots
from crowd.workflow.gold import scoring
from crowd.workflow.workers import disputing

CATEGORY = 200  # characters of a class's name that are kept


def find_image(*, project: Project, reference: str) -> Image:
    """Return the project's image of that id, sha256 or name; Invalid where none or several have the name."""
    images = Image.objects.filter(project=project)
    found = images.none()
    if reference.isascii() and reference.isdigit() and len(reference) < 19:
        found = images.filter(pk=int(reference))
    if not found and len(reference) == 64:
        found = images.filter(sha256=reference.lower())
    if not found:
        found = images.filter(name=reference)
    rows = list(found[:2])
    if len(rows) == 1:
        return rows[0]
    told = (
        "Several images have this name; give the id or the sha256." if rows else "No image has this id, name or sha256."
    )
    raise Invalid(f"image: {told}", code="unknown_image", errors={"image": [told]})


@transaction.atomic
def plant(
    *,
    image: Image,
    annotation: object,
    by: User,
    now: datetime,
    explanation: str = "",
    use: str = Gold.Use.HIDDEN,
    source: str = Gold.Source.OWNER,
) -> Gold:
    """Make an image's task gold: resolved from now on, its answer the one given; answers it has had are scored."""
    task = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(image=image)
    if task.state == Task.State.EXCLUDED:
        raise Contradiction("This image is excluded; bring it back first.", code="excluded")
    guideline = _guideline(task.project)
    document, category = _document(annotation, guideline, image)
    before = Gold.objects.filter(task=task).first()
    if before is not None and before.withdrawn_at is None:
        raise Contradiction("This image is gold already; change its answer instead.", code="already_gold")
    fields = {
        "annotation": document,
        "guideline": guideline,
        "explanation": explanation,
        "project": task.project,
        "source": source,
        "use": use,
        "category": category,
        "place": _place(task.project, use, category),
        "withdrawn_at": None,
        "unreadable_at": None,
        "watched_at": None,
        "confirmed_at": None,
        "created_by": by,
        "created_at": now,
    }
    gold, _ = Gold.objects.update_or_create(task=task, defaults=fields)
    slots.recount(task=task, at_least=0)
    _answer(task, gold, by, now)
    ruling = None if source == Gold.Source.CONSENSUS else task.consensus  # nobody has looked at what the crowd said
    conflicts.close(task=task, by=by, now=now, outcome=conflicts.Outcome.GOLD, ruling=ruling)
    events.record(project=task.project, kind="gold.planted", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    return gold


# what an owner says about gold that they look at again: nothing of the suspicion stays
SETTLED: dict[str, Any] = {"suspected_at": None, "suspicion": None, "watched_at": None}


@transaction.atomic
def correct(
    *,
    gold: Gold,
    by: User,
    now: datetime,
    annotation: object | None = None,
    explanation: str | None = None,
    use: str | None = None,
) -> Gold:
    """Change a gold answer; everybody who met it is scored anew. How it is met changes only while nobody has met it."""
    task, gold = locked(gold)
    circle = (gold.use, gold.category)
    if use not in {None, gold.use} and task.assignments.exists():  # or what was hidden would be told
        raise Contradiction("Workers have met this image already; plant another one.", code="served")
    if explanation is not None:
        gold.explanation = explanation
    gold.use = use or gold.use
    if annotation is not None:
        gold.guideline = _guideline(task.project)
        gold.annotation, gold.category = _document(annotation, gold.guideline, task.image)
        _set(gold, **SETTLED, confirmed_at=None, unreadable_at=None)
    if (gold.use, gold.category) != circle:
        gold.place = _place(task.project, gold.use, gold.category)
    gold.save()
    if annotation is not None:
        _answer(task, gold, by, now)
        _forget_checks(gold, now)
        disputing.uphold(gold=gold, by=by, now=now, reason="The gold answer was corrected.")
    events.record(project=task.project, kind="gold.corrected", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    return gold


@transaction.atomic
def withdraw(*, gold: Gold, by: User, now: datetime) -> None:
    """Make a gold task an ordinary one again: its scores go, its answers count, a ruling made before stands."""
    task, gold = locked(gold)
    _set(gold, **SETTLED, withdrawn_at=now)
    gold.save()
    _forget_checks(gold, now)
    disputing.uphold(gold=gold, by=by, now=now, reason="The gold was withdrawn.")
    slots.recount(task=task, at_least=task.base_overlap)
    events.record(project=task.project, kind="gold.withdrawn", now=now, by=by, data={"gold": gold.pk, "task": task.pk})
    ruling = _ruling_before(task)
    task.consensus, task.stale_at = ruling, now
    if ruling is None and task.state != Task.State.EXCLUDED:
        task.state, task.resolved_at = Task.State.OPEN, None
        events.record(project=task.project, kind="task.reopened", now=now, by=by, data={"task": task.pk})
    task.save()
    jobs.send(jobs.resolve, task.pk)


def locked(gold: Gold) -> tuple[Task, Gold]:
    """Lock what a change of gold touches, and read the gold afresh: somebody may just have withdrawn it."""
    scoring.lock_all(project=gold.task.project)
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project", "image")
        .get(pk=gold.task_id)
    )
    fresh = (
        Gold.objects.select_for_update(no_key=True, of=("self",)).filter(pk=gold.pk, withdrawn_at__isnull=True).first()
    )
    if fresh is None:
        raise Missing("This gold was withdrawn meanwhile.")
    return task, fresh


def _ruling_before(task: Task) -> Consensus | None:
    """Return the reviewer's ruling that stood before the image became gold, unless it was reopened since."""
    rulings = Consensus.objects.filter(task=task, method=Consensus.ADJUDICATION, resolves=True)
    ruling = rulings.order_by("-pk").first()
    # in the order of their numbers, drawn under the task's lock; their times were taken before the wait for it
    told = Event.objects.filter(project=task.project, data__task=task.pk).order_by("-pk").values_list("pk", flat=True)
    ruled = told.filter(type="task.resolved", data__method=Consensus.ADJUDICATION).first()
    reopened = told.filter(type="task.reopened").first()
    return ruling if ruled is not None and (reopened is None or reopened < ruled) else None


def _checked_workers(gold: Gold) -> list[int]:
    return list(gold.checks.values_list("assignment__worker_id", flat=True))


def _forget_checks(gold: Gold, now: datetime) -> None:
    """Compare every answer anew, where the gold is still in force: nobody is judged by less than all of them."""
    workers = set(_checked_workers(gold))
    gold.checks.all().delete()
    scoring.score(task_id=gold.task_id, now=now)
    scoring.recount(project=gold.project, workers=workers - set(_checked_workers(gold)), now=now)


def _set(gold: Gold, **values: Any) -> None:
    for name, value in values.items():
        setattr(gold, name, value)


def _answer(task: Task, gold: Gold, by: User, now: datetime) -> None:
    """Make the gold answer the task's own, and have the answers it has had scored."""
    task.consensus = Consensus.objects.create(
        task=task,
        annotation=gold.annotation,
        confidence=1.0,
        method=Consensus.GOLD,
        guideline=gold.guideline,
        by=by,
        resolves=True,
        created_at=now,
    )
    if task.state != Task.State.EXCLUDED:
        task.state = Task.State.RESOLVED
    task.resolved_at = task.stale_at = now
    task.save()
    jobs.send(jobs.resolve, task.pk)
    events.record(
        project=task.project, kind="task.resolved", now=now, by=by, data={"task": task.pk, "method": Consensus.GOLD}
    )


def _guideline(project: Project) -> Guideline:
    guideline = versions.current(project)
    if guideline is None:
        raise Contradiction("Publish a guideline first: gold answers are checked against it.", code="no_guideline")
    return guideline


def _document(annotation: object, guideline: Guideline, image: Image) -> tuple[dict[str, Any], str]:
    """Return the answer as it is kept, and the class that it stands for."""
    schema = versions.schema_of(guideline)
    read = parse_annotation(annotation, schema=schema, width=image.width, height=image.height)
    return annotation_to_json(read), sampling.category(read, schema=schema)[:CATEGORY]


def _place(project: Project, use: str, category: str) -> float:
    live = Gold.objects.filter(project=project, use=use, category=category, withdrawn_at__isnull=True)
    return sampling.next_place(category, taken=list(live.values_list("place", flat=True)))
