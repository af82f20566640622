"""What becomes of a project: duplicated, archived, handed on, brought back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from crowd.models import Membership, Project
from crowd.web.access import Request, owners, signed_in, though_archived
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow.projects import life as verbs


class DuplicateForm(Form):
    """Another project like this one."""

    name = forms.CharField(max_length=200, label="Name of the new project")
    people = forms.BooleanField(label="Take the members along", required=False)


class TransferForm(Form):
    """Who owns the project from now on."""

    username = forms.CharField(max_length=150, label="User name of the new owner")
    stays = forms.ChoiceField(
        label="And you", required=False, choices=[("reviewer", "stay as a reviewer"), ("", "leave the project")]
    )


def life(member: Membership) -> dict[str, Any]:
    """Return what the settings page needs for these forms."""
    project = member.project
    standings = project.standings.all()
    return {
        "duplication": DuplicateForm(auto_id="duplicate_%s", initial={"name": f"{project.name}, again"[:200]}),
        "transferral": TransferForm(auto_id="transfer_%s"),
        "grace": verbs.GRACE.days,
        "lost": {
            "images": project.tasks.count(),
            "labels": sum(row.labels for row in standings),
            "releases": project.releases.count(),
            "workers": len(standings),
        },
    }


@require_http_methods(["GET", "HEAD", "POST"])
@owners
@though_archived
def duplicate(request: Request, member: Membership) -> HttpResponse:
    """Make another project like this one."""
    form = DuplicateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        arguments = {"project": member.project, "by": request.user, "now": timezone.now(), **form.cleaned_data}
        made = attempt(form, verbs.duplicate, **arguments)
        if made is not None:
            messages.success(request, "Here it is: the same settings and guideline, as a draft, and no images.")
            return redirect("project", made.slug)
    return _form(request, member, form, "Duplicate the project", "Duplicate")


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def transfer(request: Request, member: Membership) -> HttpResponse:
    """Hand the project on."""
    form = TransferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, before = form.cleaned_data["username"], form.errors
        attempt(form, verbs.transfer, project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data)
        if form.is_valid() and not before:
            messages.success(request, f"{name} owns {member.project.name} now.")
            return redirect("project", member.project.slug) if form.cleaned_data["stays"] else redirect("home")
    return _form(request, member, form, "Hand the project on", "Hand it on")


@require_POST
@owners
def archive(request: Request, member: Membership) -> HttpResponse:
    """Make the project read-only."""
    verbs.archive(project=member.project, by=request.user, now=timezone.now())
    messages.success(request, "It is archived: everything can be read, nothing changed, and nobody is given work.")
    return redirect("settings", member.project.slug)


@require_POST
@owners
@though_archived
def unarchive(request: Request, member: Membership) -> HttpResponse:
    """Open the project again."""
    verbs.unarchive(project=member.project, by=request.user, now=timezone.now())
    messages.success(request, "It is open again, and paused: say in the settings when work goes on.")
    return redirect("settings", member.project.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def deleted(request: Request) -> HttpResponse:
    """List the deleted projects that the caller may still bring back, and bring one back."""
    now = timezone.now()
    if request.method == "POST":
        made = verbs.restore(slug=request.POST.get("slug", ""), by=request.user, now=now)
        messages.success(request, f"{made.name} is back.")
        return redirect("project", made.slug)
    rows = Project.objects.filter(
        deleted_at__gt=now - verbs.GRACE, memberships__user=request.user, memberships__role=Membership.Role.OWNER
    )
    shown = [(row, row.deleted_at + verbs.GRACE) for row in rows.order_by("-deleted_at") if row.deleted_at]
    return render(request, "projects/deleted.html", {"rows": shown, "grace": verbs.GRACE.days})


def _form(request: Request, member: Membership, form: Form, title: str, word: str) -> HttpResponse:
    context = {**frame(member, "settings"), "form": form, "heading": title, "word": word}
    return render(request, "settings/form.html", context)
