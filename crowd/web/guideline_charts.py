"""Agreement under each guideline version, as numbers to draw."""

from collections.abc import Sequence
from typing import Any

from crowd.queries.agreeing import VersionAgreement

COLUMN, TOP = 72, 8


def course_of(found: Sequence[VersionAgreement]) -> dict[str, Any] | None:
    """Return a column for each version, 100 units high; None where no image has two answers yet."""
    if not any(one.mean is not None for one in found):
        return None
    bars = [_bar(place, one) for place, one in enumerate(found)]
    return {"bars": bars, "width": max(len(bars), 5) * COLUMN}


def _bar(place: int, one: VersionAgreement) -> dict[str, Any]:
    middle = place * COLUMN + COLUMN // 2
    shown: dict[str, Any] = {"number": one.number, "x": middle, "images": one.images, "mean": None}
    if one.mean is not None:
        shown |= {"mean": round(100 * one.mean), "y": round(TOP + 100 * (1 - one.mean), 2)}
    if one.interval is not None:
        low, high = one.interval
        shown |= {"top": round(TOP + 100 * (1 - high), 2), "height": round(max(100 * (high - low), 1), 2)}
        shown["text"] = f"{100 * low:.0f} to {100 * high:.0f} %"
    return shown
