"""A project's workers: how they do, and whether they may go on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd.models import Appeal, Membership, Standing
from crowd.queries import workers as queries
from crowd.web.access import Request, owners
from crowd.web.charts import interval_of
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.web.portraits import course_of, questions_of
from crowd.workflow.workers import appeals
from crowd.workflow.workers import standing as verbs

PAGE = 100


class StatusForm(Form):
    """Whether a worker may go on, and why not."""

    status = forms.ChoiceField(
        label="From now on",
        choices=[
            (Standing.Status.ACTIVE, "Active: is given work"),
            (Standing.Status.PAUSED, "Paused: is given none for now"),
            (Standing.Status.BANNED, "Banned: is given none any more"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        max_length=500, required=False, label="Reason", help_text="The worker reads it, word for word."
    )
    void_labels = forms.BooleanField(
        required=False,
        label="Take back all their answers",
        help_text="Their images are asked again where no reviewer has ruled. This cannot be undone.",
    )


class DecisionForm(Form):
    """What becomes of an appeal."""

    outcome = forms.ChoiceField(choices=Appeal.Outcome.choices)
    reason = forms.CharField(
        max_length=500, required=False, label="Your answer", help_text="The worker reads it. Say why if you reject it."
    )


@require_safe
@owners
def workers_list(request: Request, member: Membership) -> HttpResponse:
    """List the workers with their accuracy on gold and its uncertainty, those whose appeal waits first."""
    ordered = queries.workers(project=member.project).order_by(F("appealed").desc(), "-labels", "worker__username")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    pager = {
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    context = {"rows": [_shown(row) for row in page], "pager": pager}
    return render(request, "workers/list.html", {**frame(member, "workers"), **context})


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def worker(request: Request, member: Membership, username: str) -> HttpResponse:
    """Show one worker; pause, ban or let them go on; decide their appeal."""
    found = queries.workers(project=member.project).filter(worker__username=username).first()
    if found is None:
        raise Http404
    deciding = request.method == "POST" and "appeal" in request.POST
    decision = DecisionForm(request.POST if deciding else None)
    form = StatusForm(None if deciding else request.POST or None, initial={"status": found.status})
    done = _decided(request, found, decision) if deciding else _changed(request, member, username, form)
    if done:
        messages.success(request, done)
        return redirect("workers", member.project.slug)
    context = {**frame(member, "workers"), "form": form, "decision": decision, **_shown(found), **_at_length(found)}
    return render(request, "workers/worker.html", context)


def _changed(request: Request, member: Membership, username: str, form: StatusForm) -> str:
    """Change the standing as the form says; return what to tell, or nothing where the form has faults or is empty."""
    if request.method != "POST" or not form.is_valid():
        return ""
    how = {"project": member.project, "username": username, "by": request.user, "now": timezone.now()}
    changed = attempt(form, verbs.set_status, **how, **form.cleaned_data)
    return f"{username} is {changed.status} now." if changed is not None else ""


def _decided(request: Request, found: Standing, decision: DecisionForm) -> str:
    """Decide the appeal as the form says; return what to tell, or nothing where it has faults."""
    if not decision.is_valid():
        return ""
    appeal = get_object_or_404(found.appeals, pk=request.POST["appeal"] if request.POST["appeal"].isdecimal() else 0)
    done = attempt(
        decision, appeals.decide, appeal=appeal, by=request.user, now=timezone.now(), **decision.cleaned_data
    )
    return f"The appeal is {done.outcome}." if done is not None else ""


def _shown(standing: Standing) -> dict[str, Any]:
    row = queries.worker_row(standing)
    low, high = row.gold["interval"]
    return {"row": row, "interval": interval_of(low, high, row.gold["accuracy"])}


def _at_length(standing: Standing) -> dict[str, Any]:
    """Return what only the worker's own page shows."""
    detail, partners = queries.detail(standing), queries.partners(standing)
    newest = detail.versions[0] if detail.versions else None
    return {
        "findings": [{**one, "partner": partners.get(one["rule"])} for one in queries.findings(standing)],
        "pace": None if standing.pace is None else round(100 * standing.pace),
        "course": course_of(detail.stretches, asked=standing.project.min_gold_accuracy),
        "versions": detail.versions,
        "questions": questions_of(newest.confusion) if newest else [],
        "models_at": newest.at if newest else None,
        "models_version": newest.guideline.number if newest else None,
        "open_appeals": [one for one in detail.appeals if one.decided_at is None],
        "past_appeals": [one for one in detail.appeals if one.decided_at is not None],
    }
