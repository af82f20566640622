"""Releases: cut, watched while they are built, downloaded."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import Missing
from crowd.models import Membership, Release
from crowd.queries import releases as queries
from crowd.web.access import Request, overseers, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow import releasing


class ReleaseForm(Form):
    """A release needs nothing but the wish; a note helps later."""

    note = forms.CharField(
        max_length=2000, required=False, label="Note", widget=forms.TextInput(attrs={"placeholder": "What it is for"})
    )


@require_safe
@overseers
def releases_list(request: Request, member: Membership) -> HttpResponse:
    """List the releases, newest first."""
    return render(request, "releases/list.html", {**_listed(member), "form": ReleaseForm()})


@require_safe
@overseers
def rows(request: Request, member: Membership) -> HttpResponse:
    """Show the list alone, for the page to refresh itself while one is being built."""
    return render(request, "releases/_rows.html", _listed(member))


@require_POST
@owners
def cut(request: Request, member: Membership) -> HttpResponse:
    """Cut a release of everything that is resolved."""
    form = ReleaseForm(request.POST)
    if form.is_valid():
        made = attempt(
            form, releasing.cut, project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data
        )
        if made is not None:
            messages.success(request, f"Release {made.number} is being built.")
            return redirect("releases", member.project.slug)
    return render(request, "releases/list.html", {**_listed(member), "form": form})


@require_http_methods(["GET", "HEAD"])
@overseers
def release(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show one release with its files."""
    try:
        found = queries.get(project=member.project, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault
    files = sorted(found.files.all(), key=lambda file: file.path)
    return render(request, "releases/release.html", {**frame(member, "releases"), "release": found, "files": files})


def _listed(member: Membership) -> dict[str, Any]:
    found = list(member.project.releases.select_related("created_by").order_by("-number"))
    building = any(row.state == Release.State.BUILDING for row in found)
    return {**frame(member, "releases"), "rows": found, "building": building}
