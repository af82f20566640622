"""The reviewer's list of conflicts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Membership, Report
from crowd.queries import browse, reports, work
from crowd.web.access import Request, overseers
from crowd.web.desk import task_of
from crowd.web.frame import frame
from crowd.workflow import adjudication

PAGE = 50


@require_safe
@overseers
def conflicts(request: Request, member: Membership) -> HttpResponse:
    """List the open conflicts, oldest first."""
    after = request.GET.get("after", "")
    rows = browse.conflicts(project=member.project)
    page = browse.page(rows, after=int(after) if after.isdecimal() and len(after) < 19 else None, size=PAGE)
    shown = [(row, work.image_url(row.task.image)) for row in page.rows]
    more = f"?after={page.after}" if page.after else ""
    reported = reports.waiting(member.project).filter(kind=Report.Kind.IMAGE).count()
    context = {"rows": shown, "more": more, "reported": reported}
    return render(request, "review/list.html", {**frame(member, "review"), **context})


@require_POST
@overseers
def reopen(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Take a settled task up again."""
    adjudication.reopen(
        task=task_of(member, pk), by=request.user, now=timezone.now(), reason=request.POST.get("reason", "")
    )
    messages.success(request, "It is open again; one more worker is asked.")
    return redirect("review", member.project.slug)
