"""A worker's own answers, to look back at: what they handed in and what became of it, never what others said."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crowd.errors import Missing
from crowd.models import Assignment, Membership
from crowd.queries import history, work
from crowd.queries.sentences import said
from crowd.web.access import Request, workers
from crowd.web.frame import frame
from crowd.web.sketches import marks_of, words_of

PAGE = 24


@require_safe
@workers
def answers(request: Request, member: Membership) -> HttpResponse:
    """List the worker's answers, newest first."""
    before = request.GET.get("before", "")
    found = history.page(project=member.project, worker=request.user, before=before, size=PAGE)
    context = {"answers": [_shown(row) for row in found.rows], "before": found.before, "first": not before}
    return render(request, "projects/history.html", {**frame(member, "history"), **context})


@require_safe
@workers
def answer(request: Request, member: Membership, pk: UUID) -> HttpResponse:
    """Show one of them large."""
    try:
        row = history.one(project=member.project, worker=request.user, pk=pk)
    except Missing as fault:
        raise Http404(fault.detail) from fault
    return render(request, "projects/answer.html", {**frame(member, "history"), "answer": _shown(row)})


def _shown(row: Assignment) -> dict[str, Any]:
    """Return an answer as its worker sees it; what a later guideline voided stays as it was (see `shown_state`)."""
    void = work.shown_state(row) == Assignment.State.VOID
    return {
        "pk": row.pk,
        "at": row.submitted_at,
        "guideline": row.guideline.number,
        "image": row.task.image,
        "url": work.image_url(row.task.image),
        "marks": marks_of(row.annotation or {}),
        "words": words_of(row.annotation or {}),
        "void": void,
        "state": _("Does not count") if void else _("Handed in"),
        "reason": said(row.reason) if void else "",
    }
