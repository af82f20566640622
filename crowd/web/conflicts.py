"""The reviewer's list: what waits, what each is about, who looks at it; the next one, and many at once."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.errors import CrowdError
from crowd.models import Appeal, Conflict, Membership, Project
from crowd.queries import conflicts as queries
from crowd.queries import error_rates, work
from crowd.web.access import Request, overseers
from crowd.web.charts import interval_of
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.conflicts import reviewing
from crowd.workflow.tasks import bulk

PAGE = 50
LABELS = 4  # of a conflict, shown
WORDS = {
    "low_confidence": "Not sure enough",
    "class_disagreement": "Which class",
    "existence": "Is it there",
    "geometry": "Where it is",
    "skipped": "Skipped",
    "reopened": "Reopened",
    "disputed_gold": "Disputed gold",
    "sample": "Sample",
    "reported": "Reported",
    "second_review": "Second look",
    "escalated": "For an expert",
}
ORDERS = {"oldest": "Oldest first", "gain": "Most to gain first", "severity": "Farthest apart first"}


class AcceptForm(Form):
    """Which are sure enough."""

    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Any"), *WORDS.items()])
    min_confidence = forms.FloatField(label="Confidence at least", min_value=0.0, max_value=1.0, initial=0.8)


@require_safe
@overseers
def conflicts_list(request: Request, member: Membership) -> HttpResponse:
    """List what waits for a reviewer."""
    try:
        wanted = queries.parse(request.GET)
        cursor = request.GET.get("cursor", "")
        found = queries.listed(member=member, wanted=wanted, cursor=cursor, size=PAGE, pictures=True)
    except CrowdError:
        return redirect("review", member.project.slug)
    more = f"?{urlencode({**wanted.query(), 'cursor': found.cursor})}" if found.cursor else ""
    context = {
        "rows": [_row(one) for one in found.rows],
        "more": more,
        "wanted": wanted,
        "filtered": bool(wanted.query().keys() - {"order"}),
        "kinds": [(name, WORDS[name], count) for name, count in queries.counted(member=member).items()],
        "orders": ORDERS.items(),
        "accept": AcceptForm(auto_id="accept_%s"),
        "quality": _quality(member.project),
        "appeals": _appeals(member),
    }
    return render(request, "review/list.html", {**frame(member, "review"), **context})


@require_POST
@overseers
def take_next(request: Request, member: Membership) -> HttpResponse:
    """Hold the conflict that is worth most, and show it."""
    kind = request.POST.get("kind", "")
    given = reviewing.take_next(project=member.project, by=request.user, now=timezone.now(), kind=kind)
    if not given:
        messages.info(request, "Nothing is left for you now: others look at what there is.")
        return redirect("review", member.project.slug)
    return redirect("desk", member.project.slug, given[0].task_id)


@require_POST
@overseers
def accept(request: Request, member: Membership) -> HttpResponse:
    """Accept the consensus of all that are sure enough."""
    form = AcceptForm(request.POST)
    if form.is_valid():
        made = attempt(
            form, bulk.accept, project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data
        )
        if made is not None and len(made.ids) <= bulk.AT_ONCE:
            bulk.run(bulk_id=made.pk, clock=timezone.now)
            made.refresh_from_db()
            refused = f", {made.refused} refused" if made.refused else ""
            messages.success(request, f"{made.done} accepted{refused}.")
        elif made is not None:
            messages.success(request, f"{len(made.ids)} are being accepted. You can go on meanwhile.")
    if form.errors:
        messages.error(request, "Give a confidence from 0 to 1.")
    return redirect("review", member.project.slug)


def _row(one: Conflict) -> dict[str, Any]:
    held = one.assignee if one.held_until is not None and one.held_until > timezone.now() else None
    return {
        "conflict": one,
        "url": work.image_url(one.task.image),
        "word": WORDS[one.kind],
        "cause": WORDS[one.cause] if one.cause != one.kind else "",
        "labels": one.labels[:LABELS],
        "more_labels": max(len(one.labels) - LABELS, 0),
        "severity": round(100 * one.severity),
        "gain": round(100 * one.gain),
        "holder": held.username if held else "",
    }


def _quality(project: Project) -> dict[str, Any] | None:
    """Return the share of wrong labels as drawn; None before anybody has looked at a sample."""
    found = error_rates.of(project)
    if found.overall.rate is None:
        return None
    rows = [
        {
            "name": name or "nothing",
            "one": one,
            "percent": 100 * (one.rate or 0.0),
            "interval": interval_of(*one.interval, one.rate),
        }
        for name, one in found.classes.items()
    ]
    low, high = found.overall.interval
    return {
        "percent": 100 * found.overall.rate,
        "low": 100 * low,
        "high": 100 * high,
        "reviewed": found.overall.reviewed,
        "drawn": found.drawn,
        "classes": rows,
    }


def _appeals(member: Membership) -> list[Appeal]:
    """Return the appeals that wait for an owner."""
    if member.role != Membership.Role.OWNER:
        return []
    rows = Appeal.objects.filter(standing__project=member.project, decided_at__isnull=True)
    return list(rows.select_related("standing__worker").order_by("opened_at")[:PAGE])
