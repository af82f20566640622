"""A project's overview: an owner's and a reviewer's figures, a worker's own record."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crowd.models import Assignment, Guideline, Membership
from crowd.queries import derivations, history, reports, reviewers, stats, work
from crowd.web.access import Request, everybody, overseers
from crowd.web.charts import progress_of
from crowd.web.durations import spoken
from crowd.web.frame import frame
from crowd.web.language import in_english


@require_safe
@everybody
def overview(request: Request, member: Membership) -> HttpResponseBase:
    """Show where the project stands, as far as the member may know."""
    if member.role == Membership.Role.WORKER:
        return _own_record(request, member)
    return _figures_of_all(request, member)


@in_english
def _figures_of_all(request: Request, member: Membership) -> HttpResponse:
    project = member.project
    steps = {
        "has_guideline": project.guidelines.filter(state=Guideline.State.PUBLISHED).exists(),
        "has_images": project.tasks.exists(),
        "has_workers": project.memberships.filter(role=Membership.Role.WORKER).exists(),
    }
    confused = reviewers.confusions(project) if member.role == Membership.Role.OWNER else []
    context = {**frame(member, "project"), **_figures(member), **steps, "ready": all(steps.values())}
    context["confused"] = confused
    context["origin"] = derivations.origin(project=project) if context["is_owner"] else None
    return render(request, "projects/overview.html", context)


@require_safe
@overseers
def progress(request: Request, member: Membership) -> HttpResponse:
    """Show the figures alone, for the page to refresh itself."""
    return render(request, "projects/_figures.html", {**frame(member, "project"), **_figures(member)})


def _figures(member: Membership) -> dict[str, Any]:
    figures = stats.project_stats(project=member.project, now=timezone.now())
    shares = {"gold": figures["gold_accuracy"], "pairwise": figures["agreement"]["pairwise"]}
    shares |= {"wrong": figures["quality"]["error_rate"], "twice": figures["reviewers"]["agreed"]}
    shares["wrong_low"], shares["wrong_high"] = figures["quality"]["interval"]
    percent = {name: None if share is None else 100 * share for name, share in shares.items()}
    return {"stats": figures, "percent": percent, "progress": progress_of(figures["tasks"])}


def _own_record(request: Request, member: Membership) -> HttpResponse:
    record = work.record(project=member.project, worker=request.user)
    published = member.project.guidelines.filter(state=Guideline.State.PUBLISHED).first()
    training = [{**item, "percent": round(100 * item["score"])} for item in record.training]
    own = reports.own(project=member.project, worker=request.user).order_by("-pk")[: reports.SHOWN]
    now = timezone.now()
    effort = history.lately(worker=request.user, projects=[member.project_id], now=now).get(
        member.project_id, history.Effort()
    )
    context = {
        "record": record,
        "training": training,
        "guideline": published,
        "reports": own,
        "lately": {"answers": effort.answers, "time": spoken(effort.seconds)},
        "held": Assignment.objects.filter(
            worker=request.user, task__project=member.project, state=Assignment.State.LEASED, expires_at__gt=now
        ).count(),
    }
    return render(request, "projects/record.html", {**frame(member, "project"), **context})
