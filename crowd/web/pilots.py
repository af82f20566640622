"""Pilots: begun, watched, ended; what their answers say of the guideline, and of the last one before it."""

import random
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import Missing
from crowd.models import Guideline, Membership, Pilot, Project, Task
from crowd.queries import browse_filter
from crowd.queries import pilots as queries
from crowd.web.access import Request, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.web.pilot_charts import disputed, drawn, matrix, pair_of, questions, share
from crowd.workflow.guidelines import piloting


class PilotForm(Form):
    """A new pilot."""

    size = forms.IntegerField(
        label="Images", min_value=1, max_value=piloting.MOST_IMAGES, initial=piloting.USUAL_SIZE,
        help_text="Drawn by lot among the open ones. Thirty tell much; fifty tell classes apart that are rare.",
    )  # fmt: skip
    overlap = forms.IntegerField(
        label="Answers to each", min_value=2, max_value=piloting.MOST_ANSWERS, required=False,
        help_text="Left empty, everybody who may work now answers all of them.",
    )  # fmt: skip
    q = forms.CharField(
        label="Only images whose name contains", max_length=browse_filter.LONGEST, required=False,
        help_text="Or whose metadata says so, as in camera=front.",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def pilots_list(request: Request, member: Membership) -> HttpResponse:
    """List the pilots; begin one."""
    project = member.project
    form = PilotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        arguments = {"size": form.cleaned_data["size"], "overlap": form.cleaned_data["overlap"]}
        query = {"q": form.cleaned_data["q"]} if form.cleaned_data["q"] else None
        made = attempt(
            form, piloting.start, project=project, by=request.user, now=timezone.now(), rng=random.SystemRandom(),
            query=query, **arguments,
        )  # fmt: skip
        if made is not None:
            messages.success(request, f"Pilot {made.number} has begun: workers are given its images only.")
            return redirect("pilot", project.slug, made.number)
    context = {
        "form": form,
        "rows": queries.listed(project),
        "able": piloting.able(project),
        "open": project.tasks.filter(state=Task.State.OPEN).exists(),
        "published": project.guidelines.filter(state=Guideline.State.PUBLISHED).exists(),
    }
    return render(request, "pilots/list.html", {**frame(member, "guidelines"), **context})


@require_safe
@owners
def pilot(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show how far a pilot is and what its answers say."""
    found = _pilot(member, number)
    if request.htmx:
        return render(request, "pilots/_progress.html", {**frame(member, "guidelines"), **_state(found)})
    told, earlier = queries.findings(found), queries.before(found)
    before = queries.findings(earlier) if earlier else None
    context = {
        **_state(found),
        "found": told,
        "overall": share(told),
        "earlier": earlier,
        "before": share(before) if before else None,
        "questions": questions(told, before),
        "sharpen": [pair_of(pair, told) for pair in told.confused],
        "matrices": [matrix(name, cells) for name, cells in told.crossed.items()],
        "disputed": disputed(found, told),
        "workers": [{"one": one, "interval": drawn(one.agreement, one.interval)} for one in told.workers],
        "editor": _editor(member.project),
    }
    return render(request, "pilots/pilot.html", {**frame(member, "guidelines"), **context})


@require_POST
@owners
def finish(request: Request, member: Membership, number: int) -> HttpResponse:
    """End a pilot with the answers it has."""
    piloting.finish(pilot=_pilot(member, number), by=request.user, now=timezone.now())
    messages.success(request, "The pilot is over. All other images wait until you open them.")
    return redirect("pilot", member.project.slug, number)


@require_POST
@owners
def cancel(request: Request, member: Membership, number: int) -> HttpResponse:
    """Call a pilot off."""
    piloting.cancel(pilot=_pilot(member, number), by=request.user, now=timezone.now())
    messages.success(request, "The pilot is called off; all images are given out again.")
    return redirect("pilots", member.project.slug)


@require_POST
@owners
def open_rest(request: Request, member: Membership) -> HttpResponse:
    """Give all images out again."""
    piloting.open_rest(project=member.project, by=request.user, now=timezone.now())
    messages.success(request, "All images are given out again.")
    return redirect("project", member.project.slug)


def _state(found: Pilot) -> dict[str, Any]:
    """Return how far a pilot is, and whether the rest waits for it."""
    told = queries.progress(found)
    return {
        "pilot": found,
        "running": found.state == Pilot.State.RUNNING,
        "holds": found.project.pilot_id == found.pk,
        "awaited": piloting.awaited(found) if found.state == Pilot.State.RUNNING else [],
        "progress": {**vars(told), "percent": min(round(100 * told.answered / told.asked), 100)},
    }


def _pilot(member: Membership, number: int) -> Pilot:
    try:
        return piloting.get(project=member.project, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault


def _editor(project: Project) -> str:
    """Return where the guideline is changed: in the draft there is, or a new one."""
    draft = project.guidelines.filter(state=Guideline.State.DRAFT).order_by("-number").first()
    if draft is not None:
        return reverse("guideline_edit", args=[project.slug, draft.number])
    return reverse("guideline_new", args=[project.slug])
