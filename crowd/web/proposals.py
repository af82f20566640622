"""Gold that the system proposes, and disputes about gold: the owner decides."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.errors import CrowdError
from crowd.models import Dispute, Gold, GoldProposal, Membership
from crowd.queries import gold as queries
from crowd.queries import work
from crowd.web.access import Request, owners
from crowd.web.frame import frame
from crowd.web.gold import USES
from crowd.web.sketches import marks_of, words_of
from crowd.workflow.gold import proposing
from crowd.workflow.workers import disputing

MOST = 100  # decided at once


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def proposals(request: Request, member: Membership) -> HttpResponse:
    """Show what is proposed with its pictures; approve or reject the chosen ones."""
    if request.method == "POST":
        return _decide(request, member)
    tiles = [
        {
            "proposal": row,
            "url": work.image_url(row.task.image),
            "marks": marks_of(row.consensus.annotation),
            "words": words_of(row.consensus.annotation),
        }
        for row in queries.proposals(member.project).order_by("category", "pk")
    ]
    context = {"tiles": tiles, "uses": USES.items()}
    return render(request, "gold/proposals.html", {**frame(member, "gold"), **context})


def _decide(request: Request, member: Membership) -> HttpResponse:
    chosen = [int(pk) for pk in request.POST.getlist("chosen")[:MOST] if pk.isdecimal() and len(pk) < 19]
    rows = list(GoldProposal.objects.filter(project=member.project, pk__in=chosen).order_by("pk"))
    approves = request.POST.get("decision") == "approve"
    asked = request.POST.get("use", "")
    use = asked if asked in USES else Gold.Use.HIDDEN
    done, faults = 0, []
    for row in rows:
        try:
            if approves:
                proposing.approve(proposal=row, by=request.user, now=timezone.now(), use=use)
            else:
                proposing.reject(proposal=row, by=request.user, now=timezone.now())
            done += 1
        except CrowdError as fault:
            faults.append(fault.detail)
    if done:
        messages.success(request, f"{done} {'planted as gold' if approves else 'rejected'}.")
    for detail in sorted(set(faults)):
        messages.warning(request, detail)
    if not rows:
        messages.warning(request, "Choose some images first.")
    return redirect("gold_proposals", member.project.slug)


@require_POST
@owners
def reject_dispute(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Let a gold answer stand against a worker's dispute, and say why."""
    row = get_object_or_404(Dispute, assignment__task__project=member.project, pk=pk)
    try:
        disputing.reject(dispute=row, by=request.user, now=timezone.now(), reason=request.POST.get("reason", ""))
        messages.success(request, "The answer stands.")
    except CrowdError as fault:
        messages.warning(request, fault.detail)
    return redirect("gold", member.project.slug)
