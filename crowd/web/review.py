"""The reviewer's list of conflicts and desk."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Dispute, Membership, Report, Task
from crowd.queries import browse, reports, versions, work
from crowd.queries.desk import desk as desk_of
from crowd.queries.desk import picture
from crowd.web.access import Request, overseers
from crowd.web.frame import frame
from crowd.web.guidelines import told
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


@require_safe
@overseers
def desk(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Show one task with everything needed to rule on it."""
    task = _task(member, pk)
    guideline = versions.current(member.project)
    if guideline is None:
        raise Http404("This project has no published guideline to rule under.")
    found = desk_of(task=task, guideline=guideline)
    following = browse.next_conflict(project=member.project, after=found.conflict)
    slug = member.project.slug
    data = {
        "project": slug,
        "task": task.pk,
        "state": task.state,
        "image": picture(task),
        "schema": guideline.schema,
        "answers": found.answers,
        "consensus": found.consensus,
        "next": reverse("desk", args=[slug, following.task_id]) if following else reverse("review", args=[slug]),
    }
    disputes = Dispute.objects.filter(assignment__task=task, outcome="").order_by("opened_at", "pk")
    context = {
        "disputes": disputes,
        "task": task,
        "desk": found,
        "data": data,
        "guideline": guideline,
        "html": told(guideline),
    }
    return render(request, "review/desk.html", {**frame(member, "review"), **context})


@require_POST
@overseers
def reopen(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Take a settled task up again."""
    adjudication.reopen(
        task=_task(member, pk), by=request.user, now=timezone.now(), reason=request.POST.get("reason", "")
    )
    messages.success(request, "It is open again; one more worker is asked.")
    return redirect("review", member.project.slug)


def _task(member: Membership, pk: int) -> Task:
    rows = Task.objects.select_related("image", "project", "consensus")
    return get_object_or_404(rows, project=member.project, pk=pk)
