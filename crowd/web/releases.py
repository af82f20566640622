"""Releases: cut, watched while they are built, downloaded."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import Missing
from crowd.labels.starters import STARTERS
from crowd.models import Derivation, Membership, Project, Release
from crowd.queries import derivations
from crowd.queries import releases as queries
from crowd.web.access import Request, overseers, owners
from crowd.web.forms import Form, attempt
from crowd.web.frame import frame
from crowd.workflow import deriving, releasing


class ReleaseForm(Form):
    """A release needs nothing but the wish; a note helps later."""

    note = forms.CharField(
        max_length=2000, required=False, label="Note", widget=forms.TextInput(attrs={"placeholder": "What it is for"})
    )


SHAPE_WORDS = {
    "": "As in the release",
    "mask": "Regions as masks",
    "polygon": "Regions as polygons",
    "box": "Regions as boxes",
    "rotated_box": "Regions as rotated boxes",
    "ellipse": "Regions as ellipses",
    "point": "Regions as points",
}


class DeriveForm(Form):
    """A project made of a release."""

    name = forms.CharField(max_length=200, label="Name of the new project")
    named = forms.CharField(
        max_length=500, required=False, label="Only where the label says", help_text="A class, or an answer."
    )
    has_objects = forms.CharField(max_length=500, required=False, label="Only with objects of class")
    confidence_above = forms.FloatField(
        min_value=0, max_value=1, required=False, label="Only from this confidence", help_text="0 to 1."
    )
    carry_labels = forms.ChoiceField(choices=Derivation.Carry.choices, label="The labels come along")
    schema_from = forms.ChoiceField(
        choices=[
            ("Labels", list(SHAPE_WORDS.items())),
            ("Begin with", [(f"starter:{key}", one.title) for key, one in STARTERS.items()]),
        ],
        required=False,
        label="Label schema",
        help_text="Boxes become where masks begin. The guideline can be changed like any other.",
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


@require_http_methods(["GET", "HEAD", "POST"])
@overseers
def release(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show one release with its files, and what was made of it; owners make a project of it."""
    try:
        found = queries.get(project=member.project, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault
    owner = member.role == Membership.Role.OWNER
    form = DeriveForm(request.POST or None, initial={"name": f"{member.project.name}, next"[:200]})
    if request.method == "POST":
        if not owner:
            raise Http404
        made = _derived(request, found, form)
        if made is not None:
            messages.success(request, "The project is made; its images are coming.")
            return redirect("project", made.slug)
    context = {
        "release": found,
        "files": sorted(found.files.all(), key=lambda file: file.path),
        "derived": list(derivations.of_release(release=found, user=request.user)),
        "form": form if owner and found.state == Release.State.READY else None,
    }
    return render(request, "releases/release.html", {**frame(member, "releases"), **context})


def _derived(request: Request, found: Release, form: DeriveForm) -> Project | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    kind, _, starter = given["schema_from"].partition(":")
    wanted = deriving.Wanted(given["named"], given["has_objects"], given["confidence_above"] or 0.0)
    return attempt(
        form,
        deriving.derive,
        release=found,
        by=request.user,
        name=given["name"],
        now=timezone.now(),
        wanted=wanted,
        carry_labels=given["carry_labels"],
        starter=starter,
        shape="" if starter else kind,
    )


def _listed(member: Membership) -> dict[str, Any]:
    found = list(member.project.releases.select_related("created_by").order_by("-number"))
    building = any(row.state == Release.State.BUILDING for row in found)
    return {**frame(member, "releases"), "rows": found, "building": building}
