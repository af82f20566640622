"""What an owner watches: progress and quality."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Sum

from crowd.models import Assignment, Gold, GoldCheck, Membership, Project, Standing, Task
from crowd.queries import bias, gold

LEVEL = 0.95
WINDOW = timedelta(hours=1)


def project_stats(*, project: Project, now: datetime) -> dict[str, Any]:
    """Return the project's figures; None where there is nothing to tell yet."""
    states = dict(project.tasks.order_by().values_list("state").annotate(Count("pk")))
    labels = project.standings.aggregate(total=Sum("labels"))["total"] or 0
    resolved = Task.objects.ordinary().filter(project=project, state=Task.State.RESOLVED)
    rate = _per_hour(project, now)
    left = _answers_left(project)
    agreed = project.fits.order_by("-pk").values_list("agreement", flat=True).first() or {}
    checks = GoldCheck.objects.fair().filter(assignment__task__project=project, gold__use=Gold.Use.HIDDEN)
    accuracy = checks.aggregate(share=Avg("score"))["share"]
    return {
        "tasks": {"total": sum(states.values()), **{state: states.get(state, 0) for state in Task.State.values}},
        "labels": labels,
        "labels_per_resolved_task": resolved.aggregate(mean=Avg("labels"))["mean"],
        "agreement": {
            "krippendorff_alpha": agreed.get("krippendorff_alpha"),
            "pairwise": agreed.get("pairwise"),
        },
        "gold_accuracy": accuracy,
        "gold": gold.summary(project=project, now=now),
        "workers": _by_status(project),
        "prelabel_bias": bias.of(project),
        "throughput_per_hour": rate,
        "eta": now + timedelta(hours=left / rate) if rate and left else None,
    }


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
