"""A project's workers: how they do, and whether they may go on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd.models import Membership, Standing
from crowd.queries import workers as queries
from crowd.web.access import Request, owners
from crowd.web.charts import interval_of
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow import standing as verbs


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


@require_safe
@owners
def workers_list(request: Request, member: Membership) -> HttpResponse:
    """List the workers with their accuracy on gold and its uncertainty."""
    rows = [_shown(row) for row in queries.workers(project=member.project).order_by("-labels", "worker__username")]
    return render(request, "workers/list.html", {**frame(member, "workers"), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def worker(request: Request, member: Membership, username: str) -> HttpResponse:
    """Show one worker; pause, ban or let them go on."""
    found = queries.workers(project=member.project).filter(worker__username=username).first()
    if found is None:
        raise Http404
    form = StatusForm(request.POST or None, initial={"status": found.status})
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form,
            verbs.set_status,
            project=member.project,
            username=username,
            by=request.user,
            now=timezone.now(),
            **form.cleaned_data,
        )
        if changed is not None:
            messages.success(request, f"{username} is {changed.status} now.")
            return redirect("workers", member.project.slug)
    context = {**frame(member, "workers"), "form": form, **_shown(found)}
    return render(request, "workers/worker.html", context)


def _shown(standing: Standing) -> dict[str, Any]:
    row = queries.worker_row(standing)
    low, high = row.gold["interval"]
    return {"row": row, "interval": interval_of(low, high, row.gold["accuracy"])}
