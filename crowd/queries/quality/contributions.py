"""What each task contributes to the figures: a function of its rows alone, so that it can be told anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import floor, log2, sqrt
from typing import Any

from crowd import agreement
from crowd.consensus.confusions import Confusion, confusions
from crowd.consensus.questions import chosen, label, opened
from crowd.geometry.shapes import bounds
from crowd.labels.annotation import Annotation
from crowd.models import Assignment, Consensus, Gold, GoldCheck, Guideline, Mistake, Prediction, Project, Task
from crowd.queries import versions
from crowd.queries.quality import proposals
from crowd.queries.quality.cells import BINS, DAY, GRID, LONGEST_MS, MILLION, Cell, Cells, add, earliest, stretch

RIGHT_ABOVE = 0.5  # of each part of a document: more right than wrong, as gold is judged


@dataclass(frozen=True)
class Context:
    """What the tasks of one project have in common."""

    project: Project
    history: Sequence[Guideline]
    began: datetime | None
    named: Mapping[int, Guideline] = field(default_factory=dict)

    def read(self, task: Task, document: Mapping[str, Any] | None, made: int, target: Guideline) -> Annotation | None:
        """Return a document made under one version as it reads under another."""
        return versions.read(
            document, image=task.image, made_under=self.named[made], target=target, history=self.history
        )


@dataclass(frozen=True)
class Rows:
    """All rows that bear on one task."""

    task: Task
    answers: Sequence[Assignment]
    gold: Gold | None
    checks: Mapping[Any, GoldCheck]
    computed: Consensus | None
    proposed: Sequence[proposals.Proposed] = ()

    @property
    def valid(self) -> list[Assignment]:
        """The answers that count."""
        return [one for one in self.answers if one.state == Assignment.State.SUBMITTED]


@dataclass
class Told:
    """What each of some tasks contributes, when the project's first answer was, and where models were wrong."""

    cells: dict[int, Cells]
    began: datetime | None
    mistakes: list[Mistake]


def of_tasks(project: Project, tasks: Collection[int], began: datetime | None) -> Told:
    """Return what each of these tasks of the project contributes.

    Time is counted from the first answer, `began`, which the caller keeps; it is looked for where that is not set.
    """
    rows = _load(project, tasks)
    if began is None:
        began = earliest(one.submitted_at for each in rows for one in each.answers)
    history = versions.history(project)
    context = Context(project, history, began, {one.pk: one for one in history})
    told = Told({}, began, [])
    for each in rows:
        told.cells[each.task.pk] = cells = _of(each, context)
        told.mistakes += _proposed(cells, each, context)
    return told


def _load(project: Project, tasks: Collection[int]) -> list[Rows]:
    wanted = list(tasks)
    found = Task.objects.filter(project=project, pk__in=wanted).select_related("image", "consensus").order_by("pk")
    answers: dict[int, list[Assignment]] = {}
    given = Assignment.objects.filter(task__in=wanted, submitted_at__isnull=False).order_by("submitted_at", "pk")
    for one in given.defer("draft", "reason"):
        answers.setdefault(one.task_id, []).append(one)
    gold = {one.task_id: one for one in Gold.objects.filter(task__in=wanted, withdrawn_at__isnull=True)}
    checks = {one.assignment_id: one for one in GoldCheck.objects.filter(gold__task__in=list(gold))}
    merged = Consensus.objects.filter(task__in=list(answers), by__isnull=True).order_by("task", "-pk")
    computed = {one.task_id: one for one in merged.distinct("task")}
    said = _said(project, found)
    return [
        Rows(task, answers.get(task.pk, ()), gold.get(task.pk), checks, computed.get(task.pk), said.get(task.pk, ()))
        for task in found
    ]


def _said(project: Project, tasks: Iterable[Task]) -> dict[int, list[proposals.Proposed]]:
    """Return what models said of settled tasks: what workers see of it, and what is kept beside."""
    settled = [task for task in tasks if task.consensus_id is not None]
    named = dict(project.model_versions.values_list("name", "pk")) if settled else {}
    if not named:
        return {}
    found: dict[int, list[proposals.Proposed]] = {}
    for task in settled:
        if task.prelabel is not None and task.prelabel_guideline_id and task.prelabel_model in named:
            shown = named[task.prelabel_model], task.prelabel, task.prelabel_guideline_id, task.prelabel_score
            found.setdefault(task.pk, []).append(proposals.Proposed(*shown))
    kept = Prediction.objects.filter(task__in=settled).order_by("task", "model")
    for one in kept:
        said = proposals.Proposed(one.model_id, one.annotation, one.guideline_id, one.score)
        found.setdefault(one.task_id, []).append(said)
    return found


def _of(rows: Rows, context: Context) -> Cells:
    cells: Cells = {}
    task = rows.task
    add(cells, Cell("task", key=task.state), task.labels)
    if task.route:
        add(cells, Cell("route", key=task.route, other=task.state), task.labels)
    add(cells, Cell("imported", at=stretch(task.created_at, context.began)))
    if not rows.answers and task.consensus is None:
        if task.state == Task.State.OPEN:
            add(cells, Cell("left", key="fresh"))
        return cells
    _answers(cells, rows, context)
    if rows.gold is not None:
        _gold(cells, rows, rows.gold, context)
    elif task.state == Task.State.OPEN:
        add(cells, Cell("left", key="begun" if task.labels else "fresh"), max(task.base_overlap - task.labels, 1))
    elif task.state == Task.State.RESOLVED and task.consensus is not None:
        _settled(cells, rows, task.consensus, context)
    _calibration(cells, rows, context)
    return cells


def _answers(cells: Cells, rows: Rows, context: Context) -> None:
    of_gold = "gold" if rows.gold is not None else ""
    for one in rows.answers:
        assert one.submitted_at is not None
        counts = one.state == Assignment.State.SUBMITTED
        number, spent = context.named[one.guideline_id].number, _milliseconds(one)
        at = stretch(one.submitted_at, context.began)
        add(cells, Cell("answer", at, number, key=of_gold, other="" if counts else "void"), spent)
        paid = counts or one.overtaken_at is not None
        day = int(one.submitted_at.timestamp()) // DAY * DAY
        add(cells, Cell("paid", day, key=str(one.worker_id), other="" if paid else "void"))
        if counts:
            add(cells, Cell("worker", key=str(one.worker_id)), spent)
    made = rows.computed
    if made is not None and made.agreement is not None and rows.valid and rows.gold is None:
        last = rows.valid[-1]
        assert last.submitted_at is not None
        cell = Cell("agreement", stretch(last.submitted_at, context.began), context.named[last.guideline_id].number)
        add(cells, cell, round(MILLION * made.agreement))


def _milliseconds(one: Assignment) -> int:
    return min(round(1000 * (one.seconds or 0.0)), LONGEST_MS)


def _gold(cells: Cells, rows: Rows, gold: Gold, context: Context) -> None:
    """Count the checks that are fair: of hidden gold that is not suspected to be wrong itself."""
    if gold.use != Gold.Use.HIDDEN or gold.suspected_at is not None:
        return
    target = context.named[gold.guideline_id]
    truth = context.read(rows.task, gold.annotation, gold.guideline_id, target)
    for one in rows.answers:
        check = rows.checks.get(one.pk)
        if check is None:
            continue
        assert one.submitted_at is not None
        at, number = stretch(one.submitted_at, context.began), context.named[one.guideline_id].number
        cell = Cell("gold", at, number, key="passed" if check.passed else "failed")
        add(cells, cell, round(MILLION * check.score))
        _confused(cells, "gold_class", rows.task, one, truth, target, context)


def _settled(cells: Cells, rows: Rows, made: Consensus, context: Context) -> None:
    """Count a resolved task: how, with how many answers, as what, and whom it contradicts."""
    task, target = rows.task, context.named[made.guideline_id]
    assert task.resolved_at is not None
    how = "crowd" if made.by_id is None else "review"
    add(cells, Cell("settled", stretch(task.resolved_at, context.began), target.number, key=how), task.labels)
    add(cells, Cell("overlap", key=str(task.labels)))
    truth = context.read(task, made.annotation, made.guideline_id, target)
    if truth is None:
        return
    _described(cells, truth, task, target)
    for one in rows.valid:
        _confused(cells, "confusion", task, one, truth, target, context)


def _confused(
    cells: Cells,
    measure: str,
    task: Task,
    one: Assignment,
    truth: Annotation | None,
    target: Guideline,
    context: Context,
) -> None:
    answer = context.read(task, one.annotation, one.guideline_id, target)
    for question, right, given in _pairs(answer, truth, task, target, context):
        add(cells, Cell(measure, 0, target.number, question, right, given))


def _pairs(
    answer: Annotation | None, truth: Annotation | None, task: Task, target: Guideline, context: Context
) -> list[Confusion]:
    if answer is None or truth is None:
        return []
    return confusions(
        answer,
        truth,
        schema=versions.schema_of(target),
        image_size=(task.image.width, task.image.height),
        iou_threshold=context.project.iou_threshold,
    )


def _described(cells: Cells, truth: Annotation, task: Task, target: Guideline) -> None:
    """Count the classes, sizes and positions of a settled answer."""
    for address, question in opened(versions.schema_of(target).classifications, truth.classifications):
        answer = truth.classifications.get(address)
        names = chosen(answer) if question.kind == "multiple" else {label(question, answer)}
        for name in sorted(name for name in names if name):
            add(cells, Cell("class", 0, target.number, address, name))
    for thing in truth.objects:
        add(cells, Cell("class", 0, target.number, agreement.scores.OBJECTS, thing.label))
        left, top, right, bottom = bounds(thing.shape, thing.geometry)
        column, row = _place((left + right) / 2, task.image.width), _place((top + bottom) / 2, task.image.height)
        add(cells, Cell("place", key=thing.label, other=f"{column}-{row}"))
        side = sqrt(max(right - left, 0.0) * max(bottom - top, 0.0))
        if side >= 1:
            add(cells, Cell("size", key=thing.label, other=str(floor(log2(side)))), round(side))


def _place(where: float, length: int) -> int:
    return min(max(int(GRID * where / length), 0), GRID - 1)


def _calibration(cells: Cells, rows: Rows, context: Context) -> None:
    """Count what was computed before a person, or gold, told the answer: how sure it was, and whether it was right."""
    task, made = rows.task, rows.computed
    ruling = task.consensus if task.consensus is not None and task.consensus.by_id is not None else None
    if made is None or ruling is None:
        return
    target = context.named[ruling.guideline_id]
    truth = context.read(task, ruling.annotation, ruling.guideline_id, target)
    answer = context.read(task, made.annotation, made.guideline_id, target)
    if answer is None or truth is None:
        return
    parts = agreement.score(
        answer,
        truth,
        schema=versions.schema_of(target),
        image_size=(task.image.width, task.image.height),
        iou_threshold=context.project.iou_threshold,
    ).parts
    right = min(parts.values(), default=1.0) > RIGHT_ABOVE
    add(cells, Cell("calibration", key=str(min(int(BINS * made.confidence), BINS - 1))), int(right))


def _proposed(cells: Cells, rows: Rows, context: Context) -> list[Mistake]:
    """Count how far what models said of a settled task is from its label; return where they are wrong."""
    task, made = rows.task, rows.task.consensus
    if not rows.proposed or made is None or task.state != Task.State.RESOLVED:
        return []
    target = context.named[made.guideline_id]
    annotation = context.read(task, made.annotation, made.guideline_id, target)
    if annotation is None:
        return []
    truth = proposals.truth_of(made, annotation, target, context.project.iou_threshold)
    mistakes = []
    for one in rows.proposed:
        said = context.read(task, one.document, one.guideline, target)
        if said is not None:
            mistakes.append(proposals.measure(cells, task, one, said, truth))
    if task.prelabel is not None and rows.proposed[0].document is task.prelabel:
        _accepted(cells, rows, context, truth)
    return [one for one in mistakes if one is not None]


def _accepted(cells: Cells, rows: Rows, context: Context, truth: proposals.Truth) -> None:
    """Count whether a pre-label sure enough to be trusted was right, where that is told by more than its acceptance."""
    task, score = rows.task, rows.task.prelabel_score
    trusted = score is not None and score > context.project.trusted_prelabel_score
    kind = task.route or ("gold" if rows.gold is not None and trusted else "")
    assert task.prelabel_guideline_id is not None
    said = context.read(task, task.prelabel, task.prelabel_guideline_id, truth.target)
    if not kind or said is None:
        return
    right = proposals.is_right(task, said, truth)
    add(cells, Cell("accepted", 0, truth.target.number, key=kind, other="right" if right else "wrong"))
