"""How far a project is, what it has cost, and when it may be done."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crowd.models import Project
from crowd.queries import forecast
from crowd.queries.quality import reading
from crowd.queries.quality.reading import Chart, Column


def progress(project: Project, now: datetime) -> Chart:
    """Return the images settled so far, over time, with what the pace until now promises."""
    step = reading.step_of(project, "answer")
    settled = _by_time(project, "settled", step)
    imported = _by_time(project, "imported", step)
    rows, done, known = [], 0, 0
    for at in sorted({*settled, *(at for at in imported if settled and at >= min(settled) - step)}):
        done += settled.get(at, 0)
        known = sum(n for when, n in imported.items() if when <= at)
        rows.append({"at": reading.moment(at, now), "settled": settled.get(at, 0), "done": done, "images": known})
    expected = forecast.finish(project=project, now=now)
    return Chart(
        name="progress",
        title="Images settled",
        columns=(
            Column("at", "From", "moment"),
            Column("settled", "Settled"),
            Column("done", "Settled so far"),
            Column("images", "Images then"),
        ),
        rows=rows,
        note=_promise(expected),
        drawing=_course(rows, expected, project),
    )


def _by_time(project: Project, measure: str, step: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in reading.over_time(project, measure, step):
        found[one.at] = found.get(one.at, 0) + one.n
    return found


def _promise(expected: forecast.Forecast) -> str:
    if expected.left == 0:
        return "Nothing is left to be labelled."
    if expected.middle is None:
        return "When it will be done can be told once people have worked for a while."
    return (
        f"About {expected.left:,} answers are left. At the pace of the last {expected.stretches} {expected.unit} it is "
        "done about when the dashed line ends; with 95 % probability between the ends of the thin ones, if that pace "
        "goes on."
    )


def _course(rows: list[dict[str, Any]], expected: forecast.Forecast, project: Project) -> dict[str, Any]:
    if not rows:
        return {}
    times = [int(row["at"].timestamp()) for row in rows]
    done: list[float | None] = [row["done"] for row in rows]
    images: list[float | None] = [row["images"] for row in rows]
    series = [
        {"name": "Settled", "values": done, "style": "line"},
        {"name": "Images", "values": images, "style": "quiet"},
    ]
    if expected.middle is None or not expected.left:
        return {"kind": "course", "times": times, "series": series, "marks": reading.marks(project)}
    total = rows[-1]["done"] + expected.images
    lines = {"Expected": expected.middle, "Soonest": expected.soonest, "Latest": expected.latest}
    ends = {name: int(when.timestamp()) for name, when in lines.items() if when is not None}
    start = times[-1]
    later = sorted({*ends.values()} - {start})
    for one in series:
        one["values"] = [*one["values"], *([None] * len(later))]
    for name, end in ends.items():
        values = [None] * (len(times) - 1) + [rows[-1]["done"]]
        values += [
            rows[-1]["done"] + expected.images * (at - start) / max(end - start, 1) if at <= end else None
            for at in later
        ]
        series.append({"name": name, "values": values, "style": "dashed" if name == "Expected" else "faint"})
    return {
        "kind": "course",
        "times": [*times, *later],
        "series": series,
        "top": 1.05 * max(total, *(row["images"] for row in rows)),
        "marks": reading.marks(project),
    }


def overlap(project: Project) -> Chart:
    """Return how many answers the settled images took."""
    found = {int(one.key): one.n for one in reading.sums(project, "overlap")}
    total = sum(found.values())
    mean = sum(answers * n for answers, n in found.items()) / total if total else None
    rows = [
        {"answers": answers, "images": n, "share": n / total, "bar": n, "link": {"state": "resolved"}}
        for answers, n in sorted(found.items())
    ]
    return Chart(
        name="overlap",
        title="Answers per image",
        columns=(Column("answers", "Answers"), Column("images", "Images"), Column("share", "Share", "percent")),
        rows=rows,
        note="" if mean is None else f"{mean:.2f} answers a settled image, on average.",
        shape="bars",
    )


def spend(project: Project, now: datetime) -> Chart:
    """Return the answers handed in over time, and what they cost; those that do not count any more are paid too."""
    step = reading.step_of(project, "answer")
    pay = project.pay_per_answer
    found: dict[int, dict[str, int]] = {}
    for one in reading.over_time(project, "answer", step):
        row = found.setdefault(one.at, {"answers": 0, "gold": 0, "void": 0})
        row["answers"] += one.n
        row["gold"] += one.n if one.key == "gold" else 0
        row["void"] += one.n if one.other == "void" else 0
    rows: list[dict[str, Any]] = []
    so_far = Decimal(0)
    for at, row in sorted(found.items()):
        so_far += pay * row["answers"]
        rows.append({"at": reading.moment(at, now), **row, "cost": pay * row["answers"], "so_far": so_far})
    money = (Column("cost", "Cost", "money"), Column("so_far", "So far", "money")) if pay else ()
    counts = (Column("answers", "Answers"), Column("gold", "Of these to gold"), Column("void", "Not counted any more"))
    values = [float(row["so_far"]) if pay else row["answers"] for row in rows]
    times = [int(row["at"].timestamp()) for row in rows]
    return Chart(
        name="spend",
        title="Spending" if pay else "Answers",
        columns=(Column("at", "From", "moment"), *counts, *money),
        rows=rows,
        note=_price(project, so_far, found),
        drawing={
            "kind": "course",
            "times": times,
            "series": [{"name": "So far" if pay else "Answers", "values": values, "style": "line" if pay else "bars"}],
            "marks": reading.marks(project),
        }
        if rows
        else {},
    )


def _price(project: Project, so_far: Decimal, found: Mapping[int, Mapping[str, int]]) -> str:
    if not project.pay_per_answer:
        return "Say in the settings what an answer costs, to see what is spent."
    void = sum(row["void"] for row in found.values())
    extra = f" {void:,} of them do not count any more." if void else ""
    sum_ = f"{so_far:,.2f} {project.currency}".strip()
    return f"{sum_} for every answer handed in, those to gold included.{extra}"
