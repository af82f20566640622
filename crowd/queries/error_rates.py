"""What the samples that reviewers looked at tell of all settled labels."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.models import Conflict, Project
from crowd.sampling.error_rates import ErrorRate, Looked, by_category, error_rate


@dataclass(frozen=True)
class Estimate:
    """The share of wrong labels as the crowd gave them, overall and of each class; `drawn` wait or were looked at."""

    overall: ErrorRate
    classes: dict[str, ErrorRate]
    drawn: int


def of(project: Project, *, until: datetime | None = None) -> Estimate:
    """Return the estimate from what was looked at until a moment: the same for ever, as what is closed stays so.

    Of an image that was drawn again after it was reopened, the last time counts.
    """
    rows = Conflict.objects.filter(project=project, cause=Conflict.Kind.SAMPLE)
    if until is not None:
        rows = rows.filter(opened_at__lte=until)
    newest = rows.order_by("task", "-pk").distinct("task")
    looked, drawn = [], Counter[str]()
    told = newest.values_list("category", "probability", "wrong", "closed_at")
    for category, probability, wrong, closed_at in told:
        closed = closed_at is not None and (until is None or closed_at <= until)
        if closed and wrong is None:
            continue  # its label was gone before anybody looked
        drawn[category] += 1
        if closed:
            looked.append(Looked(bool(wrong), float(probability or 1.0), category))
    return Estimate(error_rate(looked, drawn=drawn.total()), by_category(looked, drawn=drawn), drawn.total())


def told(found: Estimate) -> dict[str, Any]:
    """Return an estimate as the API tells it."""
    return {
        **_one(found.overall),
        "drawn": found.drawn,
        "classes": [{"class": name, **_one(one)} for name, one in found.classes.items()],
    }


def for_manifest(project: Project, *, at: datetime) -> dict[str, Any]:
    """Return what a release says of how far its labels can be believed, as it stood when the release was cut."""
    found = of(project, until=at)
    return {
        "error_rate": found.overall.rate,
        "interval": list(found.overall.interval),
        "reviewed": found.overall.reviewed,
        "classes": {name: {**_one(one)} for name, one in found.classes.items()},
    }


def _one(found: ErrorRate) -> dict[str, Any]:
    return {"error_rate": found.rate, "interval": list(found.interval), "reviewed": found.reviewed}
