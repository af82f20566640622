"""The worker's workbench, and what changed since they last worked."""

from typing import Any

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crowd.errors import Missing
from crowd.models import Assignment, Membership, Standing
from crowd.queries import acknowledgements, guidelines, reports, versions, work
from crowd.queries.qualification import progress
from crowd.web.access import Request, workers
from crowd.web.diffs import changes_of, lines_of
from crowd.web.frame import frame
from crowd.web.guidelines import told

HELD = 10


@never_cache
@require_safe
@workers
def workbench(request: Request, member: Membership) -> HttpResponse:
    """Show the workbench, beginning with the images already reserved: a reload loses nothing."""
    project = member.project
    leased = Assignment.objects.filter(
        worker=request.user,
        task__project=project,
        state=Assignment.State.LEASED,
        expires_at__gt=timezone.now(),
    ).select_related("task__project", "task__image", "guideline")
    held = leased.order_by(F("drafted_at").desc(nulls_last=True), "leased_at", "pk")[:HELD]
    guideline = versions.current(project)
    standing = Standing.objects.get(project=project, worker=request.user)
    data = {
        "project": project.slug,
        "user": request.user.username,
        "now": timezone.now(),
        "guideline": guideline and {"number": guideline.number, "schema": guideline.schema},
        "known": acknowledgements.last_known(project=project, worker=request.user),
        "qualification": {**vars(progress(standing=standing, project=project)), "attempts": project.exam_attempts},
        "reports": reports.for_workbench(project=project, worker=request.user),
        "held": [work.for_worker(assignment) for assignment in held],
    }
    context = {
        "workbench": data,
        "guideline": guideline,
        "guideline_html": told(guideline) if guideline else "",
    }
    return render(request, "label/workbench.html", {**frame(member, "label"), **context})


@never_cache
@require_safe
@workers
def changes(request: Request, member: Membership, before: int, after: int) -> HttpResponse:
    """Send what changed from one guideline version to another, alone, for the workbench; 0 stands for none before."""
    slug = member.project.slug
    try:
        new = guidelines.get(user=request.user, slug=slug, number=after)
        old = guidelines.get(user=request.user, slug=slug, number=before) if before else None
    except Missing as fault:
        raise Http404(fault.detail) from fault
    context: dict[str, Any] = {"before": old, "after": new, "html": told(new)}
    if old is not None:
        difference = guidelines.difference(before=old, after=new)
        context |= {"changes": changes_of(difference["schema"]), "lines": lines_of(difference["body"])}
    return render(request, "label/_changes.html", context)
