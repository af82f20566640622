"""What review does and costs: what waits, who settles it, and how much of what was settled is wrong."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, Min, Q, Sum

from crowd.agreement import proportion_interval
from crowd.models import Conflict, Project
from crowd.queries import reviewers
from crowd.queries.quality import reading
from crowd.queries.quality.cells import DAY
from crowd.queries.quality.reading import Chart, Column
from crowd.queries.rulings import SURE
from crowd.sampling.error_rates import Looked, error_rate

NEWEST = 20_000  # rulings that are looked at
_WAITING = """
    SELECT kind, count(*), count(*) FILTER (WHERE held_until > %(now)s),
           count(*) FILTER (WHERE opened_at > %(now)s - interval '1 day'),
           count(*) FILTER (WHERE opened_at <= %(now)s - interval '7 days'),
           extract(epoch FROM %(now)s - min(opened_at)), extract(epoch FROM
               percentile_cont(0.5) WITHIN GROUP (ORDER BY %(now)s - opened_at))
    FROM crowd_conflict WHERE project_id = %(project)s AND closed_at IS NULL GROUP BY kind ORDER BY 2 DESC, 1
"""


def queue(project: Project, now: datetime) -> Chart:
    """Return what waits for reviewers, by kind and age."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"project": project.pk, "now": now})
        rows = [
            {
                "kind": Conflict.Kind(kind).label.lower().capitalize(),
                "waiting": waiting,
                "held": held,
                "fresh": fresh,
                "old": old,
                "median": float(middle),
                "oldest": float(oldest),
                "bar": waiting,
            }
            for kind, waiting, held, fresh, old, oldest, middle in cursor.fetchall()
        ]
    return Chart(
        name="queue",
        title="Waiting for review",
        columns=(
            Column("kind", "Kind", "text"),
            Column("waiting", "Waiting"),
            Column("held", "Looked at now"),
            Column("fresh", "Since yesterday"),
            Column("old", "For a week and more"),
            Column("median", "Half wait for", "seconds"),
            Column("oldest", "Oldest", "seconds"),
        ),
        rows=rows,
        empty="Nothing waits.",
        shape="bars",
    )


def wrong(project: Project, now: datetime) -> Chart:
    """Return the share of wrong labels as it was known at the end of each day on which samples were looked at."""
    told = (
        Conflict.objects.filter(project=project, cause=Conflict.Kind.SAMPLE, wrong__isnull=False)
        .order_by("closed_at", "pk")
        .values_list("closed_at", "wrong", "probability")
    )
    looked: list[Looked] = []
    ends: dict[int, int] = {}
    for closed_at, is_wrong, probability in told:
        looked.append(Looked(bool(is_wrong), float(probability or 1.0)))
        day = int(closed_at.timestamp() if closed_at else 0) // DAY * DAY
        ends[day] = len(looked)
    rows: list[dict[str, Any]] = []
    for day, count in ends.items():
        found = error_rate(looked[:count])
        low, high = found.interval
        rows.append({"at": reading.moment(day, now), "reviewed": count, "rate": found.rate, "low": low, "high": high})
    return Chart(
        name="wrong",
        title="Wrong labels",
        columns=(
            Column("at", "Day", "moment"),
            Column("reviewed", "Samples so far"),
            Column("rate", "Wrong", "percent"),
            Column("low", "At least", "percent"),
            Column("high", "At most", "percent"),
        ),
        rows=rows,
        note="Of what the crowd settled, by the images drawn by lot that reviewers have looked at until then; with "
        "95 % probability between the thin lines.",
        empty="Nobody has looked at a sample yet.",
        drawing=_course(rows, project),
    )


def _course(rows: list[dict[str, Any]], project: Project) -> dict[str, Any]:
    if not rows:
        return {}
    lines = (("Wrong", "rate", "line"), ("At least", "low", "faint"), ("At most", "high", "faint"))
    return {
        "kind": "course",
        "times": [int(row["at"].timestamp()) for row in rows],
        "series": [{"name": name, "values": [row[key] for row in rows], "style": style} for name, key, style in lines],
        "unit": "percent",
        "bottom": 0,
        "top": min(1.0, 1.1 * max(row["high"] for row in rows) + 0.01),
        "marks": reading.marks(project),
    }


def throughput(project: Project) -> Chart:
    """Return who has settled how much, how fast, and how often a second ruling was the same."""
    rows = Conflict.objects.filter(project=project, closed_by__isnull=False, ruling__isnull=False)
    newest = rows.order_by("-closed_at").values("pk")[:NEWEST]
    found = (
        Conflict.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
        .order_by()
        .values("closed_by__username")
        .annotate(
            settled=Count("pk"),
            changed=Count("pk", filter=~Q(outcome=Conflict.Outcome.CONSENSUS)),
            since=Min("closed_at"),
        )
    )
    times, twice = _times(project), _twice(project)
    shown = [_reviewer(one, times, twice) for one in sorted(found, key=lambda one: -one["settled"])]
    agreed = reviewers.second_looks(project)
    kappa = "" if agreed.kappa is None else f" Cohen’s kappa of the two rulings is {agreed.kappa:.2f}."
    return Chart(
        name="throughput",
        title="Reviewers",
        columns=(
            Column("reviewer", "Reviewer", "text"),
            Column("settled", "Settled"),
            Column("changed", "Not as the consensus"),
            Column("seconds", "Half of them within", "seconds"),
            Column("twice", "Given twice"),
            Column("same", "Both the same", "percent"),
            Column("same_low", "At least", "percent"),
            Column("same_high", "At most", "percent"),
        ),
        rows=shown,
        note=f"Times are of those that were taken first.{kappa}",
        empty="Nothing has been settled yet.",
        shape="bars",
    )


def _reviewer(
    one: Mapping[str, Any], times: Mapping[str, list[float]], twice: Mapping[str, list[bool]]
) -> dict[str, Any]:
    name = one["closed_by__username"]
    taken, same = times.get(name, []), twice.get(name, [])
    low, high = proportion_interval(sum(same), len(same)) if same else (None, None)
    return {
        "reviewer": name,
        "settled": one["settled"],
        "changed": one["changed"],
        "seconds": median(taken) if taken else None,
        "twice": len(same),
        "same": sum(same) / len(same) if same else None,
        "same_low": low,
        "same_high": high,
        "bar": one["settled"],
    }


def _times(project: Project) -> dict[str, list[float]]:
    rows = Conflict.objects.filter(project=project, closed_at__isnull=False, seconds__isnull=False)
    found: dict[str, list[float]] = defaultdict(list)
    for name, seconds in rows.order_by("-closed_at").values_list("closed_by__username", "seconds")[:NEWEST]:
        found[str(name)].append(float(seconds or 0.0))
    return found


def _twice(project: Project) -> dict[str, list[bool]]:
    """Return of each reviewer whether their ruling was the other's, whether it was the first or the second."""
    rows = Conflict.objects.filter(project=project, kind=Conflict.Kind.SECOND_REVIEW, agreement__isnull=False)
    found: dict[str, list[bool]] = defaultdict(list)
    told = rows.order_by("-closed_at").values_list("consensus__by__username", "ruling__by__username", "agreement")
    for first, second, agreement in told[:NEWEST]:
        for name in (first, second):
            found[str(name)].append(float(agreement or 0.0) >= 1.0 - SURE)
    return found


def cost(project: Project) -> Chart:
    """Return what the conflicts of each kind took: reviewers' time, and how often it changed the label."""
    rows = Conflict.objects.filter(project=project, closed_at__isnull=False).order_by()
    found = rows.values("cause").annotate(
        settled=Count("pk"),
        ruled=Count("pk", filter=Q(ruling__isnull=False)),
        changed=Count("pk", filter=Q(outcome__in=[Conflict.Outcome.ASSIGNMENT, Conflict.Outcome.ANNOTATION])),
        mean=Avg("seconds"),
        hours=Sum("seconds"),
    )
    shown = [
        {
            "kind": Conflict.Kind(one["cause"]).label.lower().capitalize(),
            "settled": one["settled"],
            "ruled": one["ruled"],
            "changed": one["changed"],
            "mean": one["mean"],
            "all": one["hours"],
            "bar": one["settled"],
        }
        for one in sorted(found, key=lambda one: -one["settled"])
    ]
    return Chart(
        name="review_cost",
        title="What conflicts cost",
        columns=(
            Column("kind", "Kind", "text"),
            Column("settled", "Closed"),
            Column("ruled", "By a ruling"),
            Column("changed", "Not as the consensus"),
            Column("mean", "Time each", "seconds"),
            Column("all", "Time in all", "seconds"),
        ),
        rows=shown,
        note="Time is from taking a conflict to settling it; those settled without being taken first are not timed.",
        empty="Nothing has been settled yet.",
        shape="bars",
    )
