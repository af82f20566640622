"""What the worker models say of each worker, kept under the guideline version they were learnt under."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Q

from crowd import consensus
from crowd.models import Assignment, Gold, GoldCheck, Guideline, Project, StandingVersion

MOST_CLASSES = 12  # more are told one by one, not as a square of all with all
KEPT = ("labels", "gold_seen", "gold_passed", "agreement", "weight", "confusion", "at")


def keep(
    *, project: Project, guideline: Guideline, model: consensus.Fit, shared: Mapping[str, float], now: datetime
) -> None:
    """Bring each worker's record under the guideline version in force up to date with newly learnt models."""
    valid = Assignment.objects.valid().filter(task__project=project, guideline=guideline).order_by()
    labels = dict(valid.values_list("worker").annotate(Count("pk")))
    checks = GoldCheck.objects.fair().filter(
        gold__project=project, gold__use=Gold.Use.HIDDEN, assignment__guideline=guideline
    )
    counted = checks.order_by().values_list("assignment__worker")
    gold = {
        worker: (seen, passed)
        for worker, seen, passed in counted.annotate(all=Count("pk"), right=Count("pk", filter=Q(passed=True)))
    }
    StandingVersion.objects.bulk_create(
        [
            StandingVersion(
                standing=row,
                guideline=guideline,
                labels=labels[row.worker_id],
                gold_seen=gold.get(row.worker_id, (0, 0))[0],
                gold_passed=gold.get(row.worker_id, (0, 0))[1],
                agreement=shared.get(str(row.worker_id)),
                weight=model.weight(str(row.worker_id)),
                confusion=confusion(model, str(row.worker_id)),
                at=now,
            )
            for row in project.standings.filter(worker__in=labels)
        ],
        update_conflicts=True,
        unique_fields=["standing", "guideline"],
        update_fields=KEPT,
    )


def confusion(model: consensus.Fit, worker: str) -> list[dict[str, Any]]:
    """Return, question by question, what a worker answers given the truth, as the models have it.

    Objects are a question too: what is here, nothing included; the share of nothing is what the worker misses.
    """
    place = model.place(worker)
    found = []
    for kind, questions in (
        ("questions", model.questions),
        ("objects", {shape: each.existence for shape, each in model.objects.items()}),
    ):
        for key, question in sorted(questions.items()):
            answered = model.answered.get(f"{kind}/{key}", {}).get(place, 0)
            if place >= 0 and answered and len(question.classes) > 1:
                found.append({"of": key, "kind": kind, "answered": answered, **_table(question, place)})
    return found


def _table(question: Any, place: int) -> dict[str, Any]:
    """Return P(answer | truth) with classes for rows; of many classes the diagonal alone."""
    classes = list(question.classes)
    class_of, prior = question.model.class_of, np.exp(question.model.log_prior)
    table = np.exp(question.model.table(place))
    rows = np.zeros((len(classes), table.shape[1]))
    mass = np.zeros(len(classes))
    for state, each in enumerate(class_of.tolist()):
        rows[each] += prior[state] * table[state]
        mass[each] += prior[state]
    rows /= np.maximum(mass, 1e-300)[:, None]
    right = [round(float(rows[one, one]), 4) for one in range(len(classes))]
    square = rows.round(4).tolist() if len(classes) <= MOST_CLASSES else []
    return {"classes": classes, "right": right, "rows": square}
