"""How well the work goes and how fast: charts in a few sections, each with its table and its file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crowd.models import Membership, Project, Summary
from crowd.queries.quality import agreeing, classes, files, people, progress, reviews
from crowd.queries.quality.reading import Chart
from crowd.web import quality_charts
from crowd.web.access import Request, owners
from crowd.web.frame import frame


@dataclass(frozen=True)
class Asked:
    """What a chart is asked for."""

    project: Project
    now: datetime
    version: int | None = None
    label: str = ""


Maker = Callable[[Asked], Chart]
PARTS: dict[str, tuple[str, tuple[Maker, ...]]] = {
    "progress": (
        "Progress",
        (
            lambda asked: progress.progress(asked.project, asked.now),
            lambda asked: progress.spend(asked.project, asked.now),
            lambda asked: progress.overlap(asked.project),
        ),
    ),
    "agreement": (
        "Agreement",
        (
            lambda asked: agreeing.gold(asked.project, asked.now),
            lambda asked: agreeing.agreement(asked.project, asked.now),
            lambda asked: agreeing.alpha(asked.project),
            lambda asked: agreeing.calibration(asked.project),
        ),
    ),
    "classes": (
        "Classes",
        (
            lambda asked: classes.confusion(asked.project, asked.version),
            lambda asked: classes.recall(asked.project, asked.version),
        ),
    ),
    "workers": ("Workers", (lambda asked: people.scatter(asked.project), lambda asked: people.alarms(asked.project))),
    "review": (
        "Review",
        (
            lambda asked: reviews.wrong(asked.project, asked.now),
            lambda asked: reviews.queue(asked.project, asked.now),
            lambda asked: reviews.throughput(asked.project),
            lambda asked: reviews.cost(asked.project),
        ),
    ),
    "labels": (
        "Labels",
        (
            lambda asked: classes.labels(asked.project, asked.version),
            lambda asked: classes.sizes(asked.project, asked.label),
            lambda asked: classes.places(asked.project, asked.label),
        ),
    ),
}
NAMES = {
    "progress": ("progress", 0),
    "spend": ("progress", 1),
    "overlap": ("progress", 2),
    "gold": ("agreement", 0),
    "agreement": ("agreement", 1),
    "alpha": ("agreement", 2),
    "calibration": ("agreement", 3),
    "confusion": ("classes", 0),
    "recall": ("classes", 1),
    "workers": ("workers", 0),
    "alarms": ("workers", 1),
    "wrong": ("review", 0),
    "queue": ("review", 1),
    "throughput": ("review", 2),
    "review_cost": ("review", 3),
    "labels": ("labels", 0),
    "sizes": ("labels", 1),
    "places": ("labels", 2),
}


@require_safe
@owners
def page(request: Request, member: Membership, part: str = "progress") -> HttpResponse:
    """Show a section's frame at once; its charts follow."""
    if part not in PARTS:
        raise Http404
    sections = [(name, title) for name, (title, _) in PARTS.items()]
    context = {"sections": sections, "part": part, "title": PARTS[part][0], "query": request.GET.urlencode()}
    return render(request, "quality/quality.html", {**frame(member, "quality"), **context})


@require_safe
@owners
def charts(request: Request, member: Membership, part: str) -> HttpResponse:
    """Show the charts of a section."""
    if part not in PARTS:
        raise Http404
    project, now = member.project, timezone.now()
    asked = _asked(request, project, now)
    query = request.GET.urlencode()
    drawn = [quality_charts.dressed(maker(asked), project=project, query=query) for maker in PARTS[part][1]]
    versions = classes.versions_of(project) if part in {"classes", "labels"} else []
    context = {
        "project": project,
        "part": part,
        "charts": drawn,
        "versions": versions if len(versions) > 1 else [],
        "version": asked.version,
        "objects": classes.objects_of(project) if part == "labels" else [],
        "label": asked.label,
        "summary": Summary.objects.filter(project=project).first(),
    }
    return render(request, "quality/_charts.html", context)


@require_safe
@owners
def table(request: Request, member: Membership) -> StreamingHttpResponse:
    """Send a chart's numbers as CSV."""
    part, place = NAMES.get(request.GET.get("chart", ""), ("", 0))
    if not part:
        raise Http404
    chart = PARTS[part][1][place](_asked(request, member.project, timezone.now()))
    response = StreamingHttpResponse(files.lines(chart), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{member.project.slug}-{chart.name}.csv"'
    return response


def _asked(request: Request, project: Project, now: datetime) -> Asked:
    version, label = request.GET.get("guideline", ""), request.GET.get("label", "")
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else None
    return Asked(project, now, number, label.replace("\0", "")[:200])
