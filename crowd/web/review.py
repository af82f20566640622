"""What a reviewer does to a task without the desk's script."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from crowd.models import Membership
from crowd.web.access import Request, overseers
from crowd.web.desk import task_of
from crowd.workflow.conflicts import adjudication


@require_POST
@overseers
def reopen(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Take a settled task up again."""
    adjudication.reopen(
        task=task_of(member, pk), by=request.user, now=timezone.now(), reason=request.POST.get("reason", "")
    )
    messages.success(request, "It is open again; one more worker is asked.")
    return redirect("review", member.project.slug)
