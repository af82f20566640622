"""A task on the reviewer's desk: its answers under pseudonyms, each as it reads under the guideline in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crowd.consensus.groups import group
from crowd.labels.annotation import annotation_to_json
from crowd.models import Assignment, Conflict, Consensus, Dispute, Gold, Guideline, Report, Standing, Task
from crowd.queries import blind, readings, story, versions, work
from crowd.queries import gold as golds

MOST_MOMENTS = 30
Kind = Conflict.Kind
NOISE = (
    "conflict.taken",
    "conflict.released",
    "conflict.expired",
    "conflict.commented",
)  # told elsewhere, or nobody's matter
BLIND = (Kind.SAMPLE, Kind.SECOND_REVIEW)  # whoever has seen a label finds it right more often


@dataclass(frozen=True)
class Desk:
    """What a reviewer decides from."""

    task: Task
    conflict: Conflict | None
    guideline: Guideline
    answers: list[dict[str, Any]]
    consensus: dict[str, Any] | None
    said: list[dict[str, Any]]
    gold: dict[str, Any] | None
    history: list[dict[str, Any]]
    blind: bool
    rulings: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return it as the page reads it."""
        return {
            "task": self.task.pk,
            "state": self.task.state,
            "image": picture(self.task),
            "guideline": self.guideline.number,
            "conflict": _conflict(self.conflict) if self.conflict is not None else None,
            "blind": self.blind,
            "rulings": self.rulings,
            "answers": self.answers,
            "consensus": self.consensus,
            "said": self.said,
            "gold": self.gold,
            "history": self.history,
        }


def desk(*, task: Task, guideline: Guideline, owner: bool = False) -> Desk:
    """Return the task's valid answers, in the order they came, what they come to, and what was said of the image.

    Only owners are told of gold, and of disputes about it. Whoever gives a second ruling is not told the first.
    """
    valid = _valid(task)
    standings = {row.worker_id: row for row in Standing.objects.filter(project=task.project_id)}
    names = {row.worker_id: row.pseudonym for row in standings.values()}
    rows = task.conflicts.filter(closed_at__isnull=True).select_related("assignee", "escalated_by")
    rows = rows if owner else rows.exclude(cause=Kind.DISPUTED_GOLD)
    conflict = rows.order_by("aside", "pk").first()
    second = blind.waits(task)
    made = None if second else task.consensus
    return Desk(
        task=task,
        conflict=conflict,
        guideline=guideline,
        answers=[_answer(one, standings.get(one.worker_id), task, guideline) for one in valid],
        consensus=_merged(made, task, guideline) if made is not None else None,
        said=_said(task, names),
        gold=_gold(task) if owner else None,
        history=[
            {"at": one.at, "text": one.text, "who": one.who}
            for one in ([] if second else story.moments(task, by_name=False, without=NOISE)[:MOST_MOMENTS])
        ],
        blind=second or (conflict is not None and conflict.kind in BLIND),
        rulings=_rulings(task, guideline) if conflict is not None and conflict.kind == Kind.ESCALATED else [],
    )


def _conflict(conflict: Conflict) -> dict[str, Any]:
    """Return a conflict with what reviewers said of it, oldest first."""
    comments = conflict.comments.select_related("by").order_by("pk")
    return {
        "id": conflict.pk,
        "kind": conflict.kind,
        "cause": conflict.cause,
        "confidence": conflict.confidence,
        "labels": conflict.labels,
        "reason": conflict.reason,
        "escalated_by": conflict.escalated_by.username if conflict.escalated_by else None,
        "opened_at": conflict.opened_at,
        "comments": [{"by": one.by.username, "text": one.text, "at": one.at} for one in comments],
    }


def _rulings(task: Task, guideline: Guideline) -> list[dict[str, Any]]:
    """Return the rulings on a task beside the one in force, for an expert to settle between them."""
    rows = Consensus.objects.filter(task=task, method=Consensus.ADJUDICATION).exclude(pk=task.consensus_id or 0)
    return [
        {
            "id": f"ruling-{one.pk}",
            "by": one.by.username if one.by else "",
            "annotation": _carried(one.annotation, one.guideline, task, guideline) or {},
        }
        for one in rows.select_related("by", "guideline").order_by("pk")
    ]


def _valid(task: Task) -> list[Assignment]:
    return list(task.assignments.valid().select_related("guideline").order_by("submitted_at", "pk"))


def _merged(made: Consensus, task: Task, guideline: Guideline) -> dict[str, Any]:
    return {
        "annotation": _carried(made.annotation, made.guideline, task, guideline) or {},
        "confidence": made.confidence,
        "agreement": made.agreement,
        "method": made.method,
    }


def _answer(one: Assignment, standing: Standing | None, task: Task, guideline: Guideline) -> dict[str, Any]:
    carried = _carried(one.annotation or {}, one.guideline, task, guideline)
    return {
        "id": str(one.pk),
        "worker": standing.pseudonym if standing else "",
        "weight": standing.weight if standing else None,
        "agreement": standing.agreement if standing else None,
        "gold": [standing.gold_passed, standing.gold_seen] if standing else [0, 0],
        "guideline": one.guideline.number,
        "seconds": one.seconds,
        "readable": carried is not None,
        "annotation": one.annotation if carried is None else carried,
    }


def _carried(
    document: Mapping[str, Any], made_under: Guideline, task: Task, guideline: Guideline
) -> Mapping[str, Any] | None:
    """Return a document as it reads under the guideline in force; None where it does not.

    One that was made under it was checked when it came in, and is not read again: reading two thousand outlines takes
    seconds.
    """
    if made_under.pk == guideline.pk:
        return document
    history = versions.history(task.project)
    annotation = versions.read(document, image=task.image, made_under=made_under, target=guideline, history=history)
    return None if annotation is None else annotation_to_json(annotation)


def _said(task: Task, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return what workers said of the image, oldest first: disputes that are open, and reports."""
    disputes = Dispute.objects.filter(assignment__task=task, outcome="").select_related("assignment")
    reports = Report.objects.filter(assignment__task=task).select_related("assignment")
    found = [
        *((one.opened_at, "dispute", one.assignment, one.text, "") for one in disputes),
        *((one.at, one.kind, one.assignment, one.comment, one.answer) for one in reports),
    ]
    return [
        {
            "at": at,
            "kind": kind,
            "worker": names.get(by.worker_id, ""),
            "by": str(by.pk),
            "text": text,
            "told": told,
        }
        for at, kind, by, text, told in sorted(found, key=lambda row: row[0])
    ]


def _gold(task: Task) -> dict[str, Any] | None:
    """Return the task's known answer with how often it was met and passed; None where it has none in force."""
    rows = golds.weighed(Gold.objects.filter(task=task, withdrawn_at__isnull=True), project=task.project)
    row: Any = rows.first()
    if row is None:
        return None
    figures = golds.figures(row)
    return {
        "id": row.pk,
        "annotation": row.annotation,
        "explanation": row.explanation,
        "seen": row.seen,
        "passed": row.passed,
        "word": figures.word,
    }


def picture(task: Task) -> dict[str, Any]:
    """Return what the browser needs to draw the task's image."""
    image = task.image
    return {
        "id": image.pk,
        "name": image.name,
        "url": work.image_url(image),
        "width": image.width,
        "height": image.height,
    }


def groups(*, task: Task, guideline: Guideline) -> list[dict[str, Any]]:
    """Return which objects of the answers and of the label are one thing, by the answers' ids; most disputed first.

    Answers and labels never change, so that what was worked out for them once is kept for the next who asks. While the
    task waits for a second look, its label is not among them.
    """
    label = None if blind.waits(task) else task.consensus_id
    return _groups(task.pk, guideline.pk, tuple(one.pk for one in _valid(task)), label)


@lru_cache(maxsize=64)
def _groups(task_id: int, guideline_id: int, _made_of: tuple[Any, ...], label_id: int | None) -> list[dict[str, Any]]:
    task = Task.objects.select_related("image", "project").get(pk=task_id)
    guideline = Guideline.objects.get(pk=guideline_id)
    reading = readings.under(task, guideline)
    ids = [str(one.pk) for one in reading.assignments]
    label = None
    if label_id is not None:
        made = Consensus.objects.select_related("guideline").get(pk=label_id)
        history = versions.history(task.project)
        label = versions.read(
            made.annotation,
            image=task.image,
            made_under=made.guideline,
            target=guideline,
            history=history,
        )
    found = group(
        reading.answers, label, schema=versions.schema_of(guideline), iou_threshold=task.project.iou_threshold
    )
    return [
        {
            "drawn": {ids[place]: places for place, places in each.drawn.items()},
            "kept": each.kept,
            "agreement": each.agreement,
            "disputed": each.disputed,
        }
        for each in found
    ]
