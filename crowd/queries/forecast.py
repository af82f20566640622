"""When a project may be done: its own pace, drawn again and again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from crowd.models import Project
from crowd.queries.quality import reading
from crowd.queries.quality.cells import HOUR

LATEST = 28  # stretches looked back on
PATHS = 2000
FARTHEST = 20_000  # stretches ahead; what would take longer is not told
LEVEL = 0.95
_UNITS = ((HOUR * 24, "days"), (HOUR, "hours"), (900, "quarters of an hour"), (60, "minutes"))


@dataclass(frozen=True)
class Forecast:
    """The images and answers left, and when they may be done: most likely, and between when with 95 % probability."""

    images: int
    left: int
    stretches: int = 0
    unit: str = ""
    middle: datetime | None = None
    soonest: datetime | None = None
    latest: datetime | None = None


def finish(*, project: Project, now: datetime) -> Forecast:
    """Return when a project is done if the pace of its last stretches of work, idle ones included, goes on.

    The days to come are drawn from the last ones, two thousand times; the same figures give the same forecast.
    """
    images, left = remaining(project)
    pace, length, unit = recent(project, now)
    if not left or not pace or sum(pace) == 0:
        return Forecast(images, left)
    steps = steps_to(left, pace)
    if steps is None:
        return Forecast(images, left, len(pace), unit)
    soonest, middle, latest = (now + timedelta(seconds=float(each) * length) for each in steps)
    return Forecast(images, left, len(pace), unit, middle, soonest, latest)


def remaining(project: Project) -> tuple[int, int]:
    """Return the open images, and about how many answers they still need.

    What nobody has begun is taken to need as many as settled images took on average, or else the project's overlap.
    """
    open_ = {one.key: one for one in reading.sums(project, "left")}
    fresh = open_["fresh"].n if "fresh" in open_ else 0
    begun, asked = (open_["begun"].n, open_["begun"].total) if "begun" in open_ else (0, 0)
    settled = [one for one in reading.sums(project, "settled") if one.key == "crowd"]
    images = sum(one.n for one in settled)
    each = max(sum(one.total for one in settled) / images, 1.0) if images else float(project.overlap)
    return fresh + begun, round(fresh * each + asked)


def recent(project: Project, now: datetime) -> tuple[list[int], int, str]:
    """Return the ordinary answers in each of the last stretches, how many seconds one is, and what it is called.

    Days where work has gone on for at least three, else shorter stretches.
    """
    rows = [one for one in reading.over_time(project, "answer", 60) if one.key == "" and one.other == ""]
    if not rows:
        return [], 0, ""
    end, first = now.timestamp(), rows[0].at
    length, unit = next(((each, name) for each, name in _UNITS if end - first >= 3 * each), _UNITS[-1])
    number = int(min(max((end - first) // length, 1), LATEST))
    counts = [0] * number
    for one in rows:
        place = int((end - one.at - 1) // length)
        if 0 <= place < number:
            counts[place] += one.n
    return counts[::-1], length, unit


def steps_to(left: int, pace: list[int]) -> tuple[float, float, float] | None:
    """How many stretches it takes until `left` answers are in: the 2.5th, 50th and 97.5th percentile.

    Stretches to come are drawn from `pace`, with return (the bootstrap of B. Efron, 1979); where they are many, their
    sum is taken for normal. None where it would take longer than anybody plans for.
    """
    values = np.asarray(pace, dtype=np.float64)
    mean, spread = float(values.mean()), float(values.std())
    if mean <= 0 or left / mean > FARTHEST:
        return None
    tail = (1 - LEVEL) / 2
    if left / mean > 200:
        middle = left / mean
        width = 1.96 * spread / mean * np.sqrt(middle) + 1.96 * middle * spread / mean / np.sqrt(len(values))
        return max(middle - width, 1.0), middle, middle + width
    rng = np.random.default_rng(0)
    # whole paths have a mean of their own: that few stretches were seen is part of what is not known
    seen = values[rng.integers(0, len(values), (PATHS, len(values)))]
    ahead = int(np.ceil(3 * left / mean)) + 10
    drawn = np.take_along_axis(seen, rng.integers(0, len(values), (PATHS, ahead)), axis=1)
    sums = drawn.cumsum(axis=1)
    reached = (sums < left).sum(axis=1)
    before = np.where(reached > 0, np.take_along_axis(sums, np.maximum(reached - 1, 0)[:, None], axis=1)[:, 0], 0.0)
    last = np.take_along_axis(drawn, np.minimum(reached, ahead - 1)[:, None], axis=1)[:, 0]
    steps = reached + np.where(last > 0, (left - before) / np.maximum(last, 1.0), 0.0)
    low, middle, high = np.quantile(np.minimum(steps, ahead), [tail, 0.5, 1 - tail]).tolist()
    return float(low), float(middle), float(high)
