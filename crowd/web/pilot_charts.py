"""What a pilot's answers say, as numbers to draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from crowd.agreement import Measure
from crowd.models import Pilot, Task
from crowd.queries import thumbnails
from crowd.queries.class_agreement import VersionClasses
from crowd.queries.comparing import Comparison, Pair
from crowd.web.charts import interval_of

SHOWN = 12  # disputed images
COLUMNS = 12  # of a matrix


def drawn(value: float | None, interval: tuple[float, float] | None) -> Any:
    """Return an interval to draw; below chance there is nothing to draw."""
    if value is None or interval is None:
        return None
    low, high = (min(max(bound, 0.0), 1.0) for bound in interval)
    return interval_of(low, high, min(max(value, 0.0), 1.0))


def share(found: Comparison) -> dict[str, Any]:
    """Return how many say the same, of all answers to all images."""
    return {
        "percent": None if found.agreement is None else round(100 * found.agreement),
        "interval": drawn(found.agreement, found.interval),
        "images": found.images,
    }


def by_class(found: Sequence[VersionClasses]) -> list[dict[str, Any]]:
    """Return each question with its classes, and the alpha of each under each version, None where it was not asked."""
    shown: list[dict[str, Any]] = []
    for question in dict.fromkeys(name for one in found for name in one.found.questions):
        alphas = [
            (one.number, {each.name: each.reliability.alpha for each in one.found.classes if each.question == question})
            for one in found
        ]
        whole = [(one.number, one.found.questions.get(question)) for one in found]
        names = dict.fromkeys(name for _, one in reversed(alphas) for name in one)
        shown.append(
            {
                "name": question,
                "rows": [
                    {
                        "name": name,
                        "cells": [(number, _measure(one[name]) if name in one else None) for number, one in alphas],
                    }
                    for name in names
                ],
                "whole": [(number, _measure(of.alpha) if of else None) for number, of in whole],
            }
        )
    return shown


def _measure(measure: Measure) -> dict[str, Any]:
    text = "" if measure.interval is None else "{:.2f} to {:.2f}".format(*measure.interval)
    return {"value": measure.value, "text": text, "interval": drawn(measure.value, measure.interval)}


def questions(found: Comparison, before: Comparison | None) -> list[dict[str, Any]]:
    """Return each question with its classes, beside what they were in the pilot before."""
    known = {(one.question, one.name): one.reliability.alpha for one in before.classes} if before else {}
    whole = before.questions if before else {}
    shown = []
    for question, of in found.questions.items():
        rows = [
            {
                "name": one.name,
                "given": one.given,
                "kappa": _measure(one.reliability.kappa),
                "alpha": _measure(one.reliability.alpha),
                "before": _measure(known[question, one.name]) if (question, one.name) in known else None,
            }
            for one in found.classes
            if one.question == question
        ]
        earlier = whole.get(question)
        shown.append(
            {
                "name": question,
                "things": of.things,
                "cohen": of.raters == 2,
                "kappa": _measure(of.kappa),
                "alpha": _measure(of.alpha),
                "before": _measure(earlier.alpha) if earlier else None,
                "rows": rows,
            }
        )
    return shown


def pair_of(pair: Pair, found: Comparison) -> dict[str, Any]:
    """Return two classes that are confused, with the alpha of each."""
    alphas = {(one.question, one.name): one.reliability.alpha.value for one in found.classes}
    return {
        "pair": pair,
        "percent": round(100 * pair.share),
        "alone": pair.one or pair.other if not (pair.one and pair.other) else "",
        "alphas": [(name, alphas.get((pair.question, name))) for name in (pair.one, pair.other) if name],
    }


def matrix(question: str, cells: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return what one answer says by rows and another to the same thing by columns, in percent of each row."""
    total: dict[str, int] = {}
    for (one, other), number in cells.items():
        total[one] = total.get(one, 0) + number * (2 if one == other else 1)
        if one != other:
            total[other] = total.get(other, 0) + number
    names = sorted(total, key=lambda name: (name == "", -total[name], name))[:COLUMNS]
    rows = [
        {"name": name, "pairs": total[name], "cells": [_cell(cells, name, other, total[name]) for other in names]}
        for name in names
    ]
    return {"question": question, "names": names, "rows": rows, "left_out": len(total) - len(names)}


def _cell(cells: Mapping[tuple[str, str], int], one: str, other: str, total: int) -> dict[str, Any] | None:
    number = cells.get((min(one, other), max(one, other)), 0) * (2 if one == other else 1)
    if not number:
        return None
    part = number / total
    return {
        "percent": round(100 * part),
        "pairs": number,
        "step": min(int(4 * part + 0.999), 4),
        "wrong": one != other,
    }


def disputed(found: Pilot, told: Comparison) -> Sequence[Mapping[str, Any]]:
    """Return the images that people agree least about, as tiles."""
    worst = [one for one in told.disputed if one.agreement < 1][:SHOWN]
    tasks = Task.objects.select_related("image").in_bulk([int(one.key) for one in worst])
    return [
        {
            "href": reverse("image", args=[found.project.slug, int(one.key)]),
            "thumbnail": thumbnails.url(tasks[int(one.key)].image),
            "name": tasks[int(one.key)].image.name,
            "percent": round(100 * one.agreement),
            "answers": one.number,
        }
        for one in worst
    ]
