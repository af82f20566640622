"""The contact sheet: many conflicts accepted at a glance."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from crowd.models import Membership
from crowd.queries import sheet as queries
from crowd.queries import thumbnails
from crowd.web.access import Request, overseers
from crowd.web.conflicts import WORDS
from crowd.web.frame import frame
from crowd.web.sketches import marks_of, words_of
from crowd.workflow.tasks import bulk

BARS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
USUAL = 0.7


@require_http_methods(["GET", "HEAD", "POST"])
@overseers
def sheet(request: Request, member: Membership) -> HttpResponse:
    """Show thumbnails with the consensus drawn on them; accept those that stay chosen."""
    if request.method == "POST":
        return _accept(request, member)
    kind, bar = _kind(request.GET.get("kind")), _bar(request.GET.get("bar"))
    found = queries.sheet(project=member.project, kind=kind, bar=bar, cursor=request.GET.get("after", ""))
    rows = [
        {
            "conflict": row,
            "image": row.task.image,
            "url": thumbnails.url(row.task.image),
            "marks": marks_of(row.consensus.annotation) if row.consensus else [],
            "words": words_of(row.consensus.annotation) if row.consensus else "",
        }
        for row in found.rows
    ]
    context = {
        "rows": rows,
        "total": found.total,
        "kind": kind,
        "bar": bar,
        "kinds": [(one.value, WORDS[one.value]) for one in queries.KINDS],
        "bars": BARS,
        "more": f"?{urlencode({'kind': kind, 'bar': bar, 'after': found.cursor})}" if found.cursor else "",
    }
    return render(request, "review/sheet.html", {**frame(member, "review"), **context})


def _accept(request: Request, member: Membership) -> HttpResponse:
    kind, bar = _kind(request.POST.get("kind")), _bar(request.POST.get("bar"))
    ids = [int(one) for one in request.POST.getlist("conflict") if one.isdecimal() and len(one) < 19]
    back = f"{reverse('sheet', args=[member.project.slug])}?{urlencode({'kind': kind, 'bar': bar})}"
    if not ids:
        messages.warning(request, "Nothing was chosen, so nothing is accepted.")
        return redirect(back)
    made = bulk.accept(
        project=member.project,
        by=request.user,
        now=timezone.now(),
        min_confidence=bar,
        ids=ids[: queries.SIZE],
        comment=request.POST.get("comment", "")[:2000],
    )
    bulk.run(bulk_id=made.pk, clock=timezone.now)
    made.refresh_from_db()
    if made.done:
        messages.success(request, f"{made.done} accepted.")
    if made.refused:
        messages.warning(request, f"{made.refused} not accepted: settled meanwhile, or somebody is looking at them.")
    return redirect(back)


def _kind(given: str | None) -> str:
    return given if given in queries.KINDS else ""


def _bar(given: str | None) -> float:
    try:
        found = float(given or USUAL)
    except ValueError:
        return USUAL
    return found if 0.0 <= found <= 1.0 else USUAL
