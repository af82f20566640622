"""What workers ask about images and report of them, for the owner and reviewers to answer."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.errors import Missing
from crowd.models import Membership, Report
from crowd.queries import reports as queries
from crowd.queries import work
from crowd.web.access import Request, overseers
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.workers import reporting

PAGE = 25


class AnswerForm(Form):
    """What the worker is told."""

    answer = forms.CharField(
        max_length=reporting.LONGEST,
        label="Your answer",
        widget=forms.Textarea(attrs={"rows": 2, "class": "input--low"}),
    )


@require_safe
@overseers
def reports_list(request: Request, member: Membership) -> HttpResponse:
    """List those that wait, oldest first; or, asked for, those done, newest first."""
    done = request.GET.get("show") == "done"
    kind = request.GET.get("kind", "")
    rows = queries.of_project(member.project).filter(closed=done).order_by("-pk" if done else "pk")
    if kind in Report.Kind.values:
        rows = rows.filter(kind=kind)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [(row, work.image_url(row.assignment.task.image)) for row in page]
    context = {"page": page, "rows": shown, "done": done, "kind": kind, "longest": reporting.LONGEST}
    return render(request, "reports/list.html", {**frame(member, "reports"), **context})


@require_POST
@overseers
def answer(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Answer a report, or put it away without an answer."""
    try:
        found = queries.one(user=request.user, pk=pk, slug=member.project.slug)
    except Missing as fault:
        raise Http404(fault.detail) from fault
    if request.POST.get("decision") == "close":
        reporting.close(report=found, by=request.user, now=timezone.now())
        messages.success(request, "It is put away.")
        return redirect("reports", member.project.slug)
    form = AnswerForm(request.POST)
    if form.is_valid():
        done = attempt(form, reporting.answer, report=found, by=request.user, now=timezone.now(), **form.cleaned_data)
        if done is not None:
            messages.success(request, f"{found.assignment.worker.username} will read your answer.")
            return redirect("reports", member.project.slug)
    for sentences in form.errors.values():
        messages.warning(request, " ".join(str(sentence) for sentence in sentences))
    return redirect("reports", member.project.slug)
