"""What an owner watches: progress and quality."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Min, Sum

from crowd.models import Assignment, Gold, GoldCheck, Membership, Project, Standing, Summary, Task
from crowd.queries import bias, error_rates, forecast, gold, reviewers
from crowd.queries.quality import reading
from crowd.queries.quality.cells import MILLION

LEVEL = 0.95
WINDOW = timedelta(hours=1)
COUNTED_AT_ONCE = 2000  # images that are counted exactly


def project_stats(*, project: Project, now: datetime) -> dict[str, Any]:
    """Return the project's figures; None where there is nothing to tell yet."""
    counts = _counted(project, now) if few(project) or not summed(project) else _summed(project, now)
    labels = project.standings.aggregate(total=Sum("labels"))["total"] or 0
    rate, left = counts.per_hour, counts.left
    agreed = project.fits.order_by("-pk").values_list("agreement", flat=True).first() or {}
    states = counts.states
    return {
        "tasks": {"total": sum(states.values()), **{state: states.get(state, 0) for state in Task.State.values}},
        "labels": labels,
        "labels_per_resolved_task": counts.per_resolved,
        "agreement": {
            "krippendorff_alpha": agreed.get("krippendorff_alpha"),
            "pairwise": agreed.get("pairwise"),
        },
        "gold_accuracy": counts.accuracy,
        "gold": gold.summary(project=project, now=now),
        "workers": _by_status(project),
        "prelabel_bias": bias.of(project),
        "quality": error_rates.told(error_rates.of(project)),
        "reviewers": reviewers.told(reviewers.second_looks(project)),
        "throughput_per_hour": rate,
        "eta": now + timedelta(hours=left / rate) if rate and left else None,
    }


@dataclass(frozen=True)
class Counts:
    """What a scan of the tasks and answers would tell; None where there is nothing to tell yet."""

    states: Mapping[str, int]
    per_resolved: float | None
    accuracy: float | None
    per_hour: float
    left: int


def few(project: Project) -> bool:
    """Return whether a project has so few images that they are counted as they are at this moment."""
    return project.tasks.order_by().values("pk")[: COUNTED_AT_ONCE + 1].count() <= COUNTED_AT_ONCE


def summed(project: Project) -> bool:
    """Return whether a project's figures cover all its images."""
    return Summary.objects.filter(project=project, through__isnull=True).exists()


def _counted(project: Project, now: datetime) -> Counts:
    """Count the rows."""
    resolved = Task.objects.ordinary().filter(project=project, state=Task.State.RESOLVED)
    checks = GoldCheck.objects.fair().filter(assignment__task__project=project, gold__use=Gold.Use.HIDDEN)
    return Counts(
        states=dict(project.tasks.order_by().values_list("state").annotate(Count("pk"))),
        per_resolved=resolved.aggregate(mean=Avg("labels"))["mean"],
        accuracy=checks.aggregate(share=Avg("score"))["share"],
        per_hour=_per_hour(project, now),
        left=_answers_left(project),
    )


def _summed(project: Project, now: datetime) -> Counts:
    """Read the figures kept up to date, which are a few seconds old: as fast for a million images as for a thousand."""
    settled, checks = reading.sums(project, "settled"), reading.sums(project, "gold")
    images, seen = sum(one.n for one in settled), sum(one.n for one in checks)
    return Counts(
        states={one.key: one.n for one in reading.sums(project, "task")},
        per_resolved=sum(one.total for one in settled) / images if images else None,
        accuracy=sum(one.total for one in checks) / seen / MILLION if seen else None,
        per_hour=_lately(project, now),
        left=forecast.remaining(project)[1],
    )


def _lately(project: Project, now: datetime) -> float:
    """Return the answers an hour, of the hour under way and the one before it."""
    since = now - 2 * WINDOW
    found = project.figures.filter(measure="answer", at__gt=int(since.timestamp()), n__gt=0)
    figures = found.aggregate(first=Min("at"), answers=Sum("n"))
    if figures["first"] is None:
        return 0.0
    hours: float = max(now.timestamp() - figures["first"], 60.0) / 3600
    return round(float(figures["answers"]) / hours, 1)


def _by_status(project: Project) -> dict[str, int]:
    members = project.memberships.filter(role=Membership.Role.WORKER).values("user")
    counts = dict(project.standings.filter(worker__in=members).order_by().values_list("status").annotate(Count("pk")))
    return {status: counts.get(status, 0) for status in Standing.Status.values}


def _per_hour(project: Project, now: datetime) -> float:
    """Return the answers an hour over the last hour in which work was done."""
    recent = Assignment.objects.filter(task__project=project, submitted_at__gt=now - WINDOW, submitted_at__lte=now)
    first = recent.order_by("submitted_at").values_list("submitted_at", flat=True).first()
    if first is None:
        return 0.0
    hours = max((now - first).total_seconds(), 60.0) / 3600
    return round(recent.count() / hours, 1)


def _answers_left(project: Project) -> int:
    return project.tasks.filter(state=Task.State.OPEN).aggregate(total=Sum("open_slots"))["total"] or 0
