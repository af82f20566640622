"""How far people agree, with each other and with gold, over time; and whether confidence means what it says."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crowd.agreement import proportion_interval
from crowd.models import Project
from crowd.queries.quality import reading
from crowd.queries.quality.cells import BINS, MILLION
from crowd.queries.quality.reading import Chart, Column, Moment

FITS = 200  # newest learnings shown


def gold(project: Project, now: datetime) -> Chart:
    """Return the share of right answers to hidden gold over time, with its 95 % credible interval."""
    step = reading.step_of(project, "answer")
    rows = []
    for at, found in _by_stretch(reading.over_time(project, "gold", step)):
        passed = sum(one.n for one in found if one.key == "passed")
        seen = sum(one.n for one in found)
        low, high = proportion_interval(passed, seen)
        rows.append(
            {
                "at": reading.moment(at, now),
                "seen": seen,
                "passed": passed,
                "share": passed / seen,
                "low": low,
                "high": high,
            }
        )
    return Chart(
        name="gold",
        title="Accuracy on gold",
        columns=(
            Column("at", "From", "moment"),
            Column("seen", "Checked"),
            Column("passed", "Right"),
            Column("share", "Share", "percent"),
            Column("low", "At least", "percent"),
            Column("high", "At most", "percent"),
        ),
        rows=rows,
        note="The band is where the true share lies with 95 % probability. Lines mark guideline versions.",
        empty="No answer to hidden gold yet.",
        drawing=_drawn(project, rows, "Right on gold", "share"),
    )


def agreement(project: Project, now: datetime) -> Chart:
    """Return the mean pairwise agreement of images' answers, by the time of their last one."""
    step = reading.step_of(project, "answer")
    rows = []
    for at, found in _by_stretch(reading.over_time(project, "agreement", step)):
        images, total = sum(one.n for one in found), sum(one.total for one in found)
        rows.append({"at": reading.moment(at, now), "images": images, "mean": total / images / MILLION})
    return Chart(
        name="agreement",
        title="Agreement, pair by pair",
        columns=(Column("at", "From", "moment"), Column("images", "Images"), Column("mean", "Mean", "percent")),
        rows=rows,
        note="How alike two answers to one image are, on average; not corrected for chance.",
        empty="No image has two answers yet.",
        drawing=_drawn(project, rows, "Agreement", "mean"),
    )


def alpha(project: Project) -> Chart:
    """Return Krippendorff's alpha of all answers so far, as of each time that worker models were learnt."""
    fits = project.fits.order_by("-pk").values_list("created_at", "guideline__number", "answers", "agreement")[:FITS]
    rows = [
        {"at": when, "guideline": number, "answers": answers, "alpha": told["krippendorff_alpha"]}
        for when, number, answers, told in reversed(fits)
        if (told or {}).get("krippendorff_alpha") is not None
    ]
    return Chart(
        name="alpha",
        title="Krippendorff’s alpha",
        columns=(
            Column("at", "As of", "moment"),
            Column("guideline", "Guideline"),
            Column("answers", "Answers"),
            Column("alpha", "Alpha", "mean"),
        ),
        rows=rows,
        note="Agreement beyond chance: 1 is perfect, 0 is what guessing reaches; 0.8 is a common demand.",
        empty="Told once worker models have been learnt.",
        drawing=_drawn(project, rows, "Alpha", "alpha", unit="number", bottom=0),
    )


def _by_stretch(rows: Iterable[Moment]) -> list[tuple[int, list[Moment]]]:
    found: dict[int, list[Moment]] = {}
    for one in rows:
        found.setdefault(one.at, []).append(one)
    return sorted(found.items())


def _drawn(
    project: Project, rows: list[dict[str, Any]], name: str, value: str, *, unit: str = "percent", bottom: float = 0
) -> dict[str, Any]:
    if not rows:
        return {}
    drawn = {
        "kind": "course",
        "unit": unit,
        "times": [int(row["at"].timestamp()) for row in rows],
        "series": [{"name": name, "values": [round(row[value], 4) for row in rows], "style": "line"}],
        "marks": reading.marks(project),
        "bottom": bottom,
        "top": 1,
    }
    if "low" in rows[0]:
        drawn["band"] = {"low": [round(row["low"], 4) for row in rows], "high": [round(row["high"], 4) for row in rows]}
    return drawn


def calibration(project: Project) -> Chart:
    """Return how often computed answers of each confidence were right, as a reviewer or gold told afterwards."""
    rows, points = [], []
    for one in sorted(reading.sums(project, "calibration"), key=lambda each: int(each.key)):
        place = int(one.key)
        low, high = proportion_interval(one.total, one.n)
        share = one.total / one.n
        bounds = {"from": place / BINS, "to": (place + 1) / BINS}
        link = {"state": "resolved", "confidence_below": f"{bounds['to']:g}"}
        rows.append(
            {**bounds, "images": one.n, "right": one.total, "share": share, "low": low, "high": high, "link": link}
        )
        points.append({"x": (place + 0.5) / BINS, "y": share, "low": low, "high": high, "n": one.n})
    return Chart(
        name="calibration",
        title="Is confidence true?",
        columns=(
            Column("from", "Confidence from", "percent"),
            Column("to", "To", "percent"),
            Column("images", "Images told"),
            Column("right", "Right"),
            Column("share", "Share", "percent"),
            Column("low", "At least", "percent"),
            Column("high", "At most", "percent"),
        ),
        rows=rows,
        note="Each point: of the computed answers this sure, the share that a reviewer or gold found right. On the "
        "diagonal confidence means what it says; below it is too sure.",
        empty="Told once reviewers have ruled on images, or settled images have become gold.",
        drawing={"kind": "scatter", "diagonal": True, "x": "Confidence", "y": "Right", "points": points}
        if points
        else {},
    )
