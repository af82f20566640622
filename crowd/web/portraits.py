"""A worker drawn: accuracy over time, and what they tell apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from crowd.queries.workers import Stretch

COLUMN, WIDTH = 40, 28
STEPS = 5


def course_of(stretches: Sequence[Stretch], *, asked: float) -> dict[str, Any] | None:
    """Return the columns to draw, 100 units high; None where nothing was checked."""
    if not stretches:
        return None
    bars = []
    for place, one in enumerate(stretches):
        low, high = one.interval
        bars.append(
            {
                "x": place * COLUMN + (COLUMN - WIDTH) // 2,
                "y": round(105 - 100 * high, 2),
                "height": round(100 * (high - low), 2),
                "middle": round(105 - 100 * one.passed / one.seen - 0.75, 2),
                "text": f"{one.passed} of {one.seen} right until {one.until:%d %b %H:%M}",
            }
        )
    width = max(len(bars), 12) * COLUMN
    return {
        "bars": bars,
        "width": width,
        "column": WIDTH,
        "bar_y": round(105 - 100 * asked, 2),
        "asked": round(100 * asked),
        "each": max(one.seen for one in stretches),
    }


def questions_of(confusion: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each question's table: a row for each class, the share right, and where there are few all the shares."""
    return [_question(one) for one in confusion]


def _question(one: Mapping[str, Any]) -> dict[str, Any]:
    title = f"Objects: {one['of']}" if one["kind"] == "objects" else str(one["of"])
    names = [name or "nothing" for name in one["classes"]]
    rows = [
        {"name": name, "percent": round(100 * right), "cells": _cells(one["rows"][place] if one["rows"] else ())}
        for place, (name, right) in enumerate(zip(names, one["right"], strict=True))
    ]
    return {"title": title, "answered": one["answered"], "columns": names if one["rows"] else [], "rows": rows}


def _cells(shares: Sequence[float]) -> list[dict[str, int]]:
    return [{"percent": round(100 * share), "step": min(int(share * STEPS), STEPS - 1)} for share in shares]
