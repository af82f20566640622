"""Numbers as shares of a drawing: what templates put into SVG attributes, since no inline style is allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STATES = ("resolved", "conflict", "open", "excluded")
WORDS = {"resolved": "Resolved", "conflict": "In review", "open": "Open", "excluded": "Excluded"}


@dataclass(frozen=True)
class Segment:
    """One part of a bar, in percent."""

    state: str
    word: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Progress:
    """Tasks by state."""

    total: int
    done: int
    percent: int
    segments: Sequence[Segment]


def progress_of(counts: Mapping[str, int]) -> Progress:
    """Return the bar of a project's tasks; excluded ones are no work and count for nothing."""
    work = sum(counts.get(state, 0) for state in STATES if state != "excluded")
    segments, start = [], 0.0
    for state in STATES:
        count = counts.get(state, 0)
        width = 0.0 if state == "excluded" or not work else 100 * count / work
        segments.append(Segment(state, WORDS[state], count, round(start, 3), round(width, 3)))
        start += width
    done = counts.get("resolved", 0)
    return Progress(work, done, int(100 * done / work) if work else 0, segments)


@dataclass(frozen=True)
class Interval:
    """A share with its uncertainty, in percent of the bar's width."""

    low: float
    width: float
    middle: float | None
    text: str


def interval_of(low: float, high: float, middle: float | None) -> Interval:
    """Return an interval to draw; `middle` is the observed share, None where nothing was seen."""
    return Interval(
        low=round(100 * low, 2),
        width=round(100 * (high - low), 2),
        middle=None if middle is None else round(100 * middle, 2),
        text=f"very likely between {low:.0%} and {high:.0%}",
    )


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram, in the units of its drawing; `text` says what it holds."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """Bars in a drawing of 300 × 100, and where words stand below it."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str, str]]
    total: int


def histogram_of(counts: Sequence[int], *, ticks: Sequence[tuple[int, str]]) -> Histogram:
    """Return counts as bars, the most frequent as high as the drawing; a tick is the left end of a bar and its word."""
    width, most = 300 / len(counts), max([*counts, 1])
    bars = [
        Bar(round(n * width + 1, 2), round(100 - 100 * count / most, 2), round(width - 2, 2), 100 * count / most,
            f"{count:,}")
        for n, count in enumerate(counts)
    ]  # fmt: skip
    ends = {0: "start", len(counts): "end"}
    places = [(round(place * width, 2), ends.get(place, "middle"), word) for place, word in ticks]
    return Histogram(bars, places, sum(counts))
