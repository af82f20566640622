"""Home: the projects of whoever is signed in, by what they do there; and making a new one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crowd.models import Membership
from crowd.queries import home as home_queries
from crowd.web.access import Request, signed_in
from crowd.web.charts import progress_of
from crowd.web.forms import Form, attempt
from crowd.workflow import projects

Role = Membership.Role


class ProjectForm(Form):
    """A new project needs a name; the rest has sound defaults."""

    name = forms.CharField(max_length=200, label="Name", help_text="What is labelled, for example “Ships in harbours”.")
    slug = forms.SlugField(
        max_length=60,
        required=False,
        label="Address",
        help_text="Part of every link, for example ships-in-harbours. Left empty, it is made from the name.",
    )


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """Show each project with what the caller needs to know of it."""
    cards = [_shown(card) for card in home_queries.cards(user=request.user)]
    sections = {role: [card for card in cards if card["role"] == role] for role in Role.values}
    return render(request, "home/home.html", {"cards": cards, **sections})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_project(request: Request) -> HttpResponse:
    """Make a project; whoever makes it owns it."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = attempt(form, projects.create, by=request.user, now=timezone.now(), **form.cleaned_data)
        if project is not None:
            return redirect("project", project.slug)
    return render(request, "home/new_project.html", {"form": form})


def _shown(card: home_queries.Card) -> dict[str, Any]:
    return {
        "project": card.project,
        "role": card.role,
        "progress": progress_of(card.states),
        "conflicts": card.conflicts,
        "held": card.held,
        "published": card.published,
        "standing": card.standing,
    }
