"""Workers side by side: how fast and how accurate, and who needs a look."""

from typing import Any

from crowd.agreement import proportion_interval
from crowd.models import Project, Standing
from crowd.queries import workers
from crowd.queries.quality import reading
from crowd.queries.quality.reading import Chart, Column

SHOWN = 500  # workers drawn, those with the most answers


def scatter(project: Project) -> Chart:
    """Return each worker's mean time and accuracy on gold, with its 95 % credible interval."""
    spent = {int(one.key): one for one in reading.sums(project, "worker")}
    rows = [_row(one, spent) for one in _standings(project).filter(worker__in=list(spent))[:SHOWN]]
    points = [
        {
            "x": round(row["seconds"], 2),
            "y": row["share"],
            "low": row["low"],
            "high": row["high"],
            "n": row["seen"],
            "name": row["worker"],
            "tone": row["status"],
        }
        for row in rows
        if row["seen"]
    ]
    return Chart(
        name="workers",
        title="Speed and accuracy",
        columns=(
            Column("worker", "Worker", "text"),
            Column("status", "Standing", "text"),
            Column("answers", "Answers"),
            Column("seconds", "Mean time", "seconds"),
            Column("seen", "Checked"),
            Column("share", "Accuracy", "percent"),
            Column("low", "At least", "percent"),
            Column("high", "At most", "percent"),
        ),
        rows=rows,
        note="Each point is a worker: to the right slower, higher more often right on gold. The bars are how uncertain "
        "that still is; the line is what the project asks for.",
        empty="Told once people have worked.",
        drawing={
            "kind": "scatter",
            "x": "Seconds an answer, on average",
            "y": "Right on gold",
            "points": points,
            "line": project.min_gold_accuracy,
        }
        if points
        else {},
    )


def _standings(project: Project) -> Any:
    return project.standings.select_related("worker").order_by("-labels", "pk")


def _row(one: Standing, spent: Any) -> dict[str, Any]:
    low, high = proportion_interval(one.gold_passed, one.gold_seen)
    work = spent[one.worker_id]
    return {
        "worker": one.worker.username,
        "status": one.status,
        "answers": work.n,
        "seconds": work.total / work.n / 1000,
        "seen": one.gold_seen,
        "share": one.gold_passed / one.gold_seen if one.gold_seen else None,
        "low": low,
        "high": high,
        "link": {"worker": one.worker.username},
    }


def alarms(project: Project) -> Chart:
    """Return what the rules hold against workers now, the most severe first."""
    rows = [
        {
            "worker": one.worker.username,
            "rule": finding["rule"],
            "severity": finding["severity"],
            "reason": finding["reason"],
            "status": one.status,
            "link": {"worker": one.worker.username},
        }
        for one in _standings(project).exclude(findings={})
        for finding in workers.findings(one)
    ]
    order = {"pause": 0, "warn": 1, "note": 2}
    return Chart(
        name="alarms",
        title="Alarms",
        columns=(
            Column("worker", "Worker", "text"),
            Column("rule", "Rule", "text"),
            Column("severity", "Severity", "text"),
            Column("reason", "Why", "text"),
            Column("status", "Standing", "text"),
        ),
        rows=sorted(rows, key=lambda row: order.get(row["severity"], 3)),
        note="Work that is below what the project asks for, became worse (drift), is too fast, repeats itself, or "
        "copies another’s.",
        empty="Nothing speaks against anybody.",
        shape="table",
    )
