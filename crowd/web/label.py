"""The worker's workbench."""

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crowd.models import Assignment, Membership, Standing
from crowd.queries import versions, work
from crowd.queries.qualification import progress
from crowd.web.access import Request, workers
from crowd.web.frame import frame
from crowd.web.prose import prose

HELD = 10


@never_cache
@require_safe
@workers
def workbench(request: Request, member: Membership) -> HttpResponse:
    """Show the workbench, beginning with the images already reserved: a reload loses nothing."""
    leased = Assignment.objects.filter(
        worker=request.user,
        task__project=member.project,
        state=Assignment.State.LEASED,
        expires_at__gt=timezone.now(),
    ).select_related("task__project", "task__image", "guideline")
    held = leased.order_by(F("drafted_at").desc(nulls_last=True), "leased_at", "pk")[:HELD]
    guideline = versions.current(member.project)
    standing = Standing.objects.get(project=member.project, worker=request.user)
    data = {
        "project": member.project.slug,
        "user": request.user.username,
        "guideline": guideline and {"number": guideline.number, "schema": guideline.schema},
        "qualification": vars(progress(standing=standing, project=member.project)),
        "held": [work.for_worker(assignment) for assignment in held],
    }
    context = {"workbench": data, "guideline": guideline, "guideline_html": prose(guideline.body) if guideline else ""}
    return render(request, "label/workbench.html", {**frame(member, "label"), **context})
