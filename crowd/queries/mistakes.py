"""Where a model's version has a settled image otherwise than people: the images worth looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from crowd.models import Mistake, ModelVersion, Prediction


@dataclass(frozen=True)
class Wrong:
    """One image: what the version said of it, and the label in force."""

    row: Mistake
    said: Mapping[str, Any] | None
    right: Mapping[str, Any] | None


@dataclass(frozen=True)
class Page:
    """Some of them, and where the next ones begin; nothing where these are the last."""

    rows: Sequence[Wrong]
    cursor: str


def page(version: ModelVersion, *, confused: str = "", cursor: str = "", size: int = 24) -> Page:
    """Return the images that a version has most otherwise first; of one confusion, where that is asked for."""
    rows = Mistake.objects.filter(model=version).order_by("agreement", "pk")
    if confused:
        rows = rows.filter(confused__contains=[confused])
    place = _place(cursor)
    if place is not None:
        agreement, pk = place
        rows = rows.filter(agreement__gte=agreement).exclude(Q(agreement=agreement, pk__lte=pk))
    found = list(rows.select_related("task__image", "task__consensus")[: size + 1])
    shown = found[:size]
    kept = {
        one.task_id: one.annotation
        for one in Prediction.objects.filter(model=version, task__in=[one.task_id for one in shown])
    }
    told = [Wrong(one, _said(one, version, kept), _label(one)) for one in shown]
    after = f"{shown[-1].agreement!r}_{shown[-1].pk}" if len(found) > size else ""
    return Page(told, after)


def _said(one: Mistake, version: ModelVersion, kept: Mapping[int, Any]) -> Mapping[str, Any] | None:
    if one.task.prelabel_model == version.name:
        return one.task.prelabel
    return kept.get(one.task_id)


def _label(one: Mistake) -> Mapping[str, Any] | None:
    made = one.task.consensus
    return None if made is None else made.annotation


def _place(cursor: str) -> tuple[float, int] | None:
    """Return the place behind the last one shown; none where the cursor says nothing that can be read."""
    agreement, _, pk = cursor.partition("_")
    try:
        place = float(agreement), int(pk)
    except ValueError:
        return None
    return place if 0 <= place[0] <= 1 and 0 < place[1] < 2**63 else None
