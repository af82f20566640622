"""Home: the projects of whoever is signed in, by what they do there; and making a new one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crowd.labels.starters import STARTERS
from crowd.models import Membership
from crowd.queries import home as home_queries
from crowd.queries.sentences import said
from crowd.web.access import Request, signed_in
from crowd.web.charts import progress_of
from crowd.web.durations import spoken
from crowd.web.forms import Form, attempt
from crowd.web.language import in_english
from crowd.workflow.projects import life

Role = Membership.Role
Door = home_queries.Door


class ProjectForm(Form):
    """A new project needs a name; the rest has sound defaults."""

    name = forms.CharField(max_length=200, label="Name", help_text="What is labelled, for example “Ships in harbours”.")
    slug = forms.SlugField(
        max_length=60,
        required=False,
        label="Address",
        help_text="Part of every link, for example ships-in-harbours. Left empty, it is made from the name.",
    )
    starter = forms.ChoiceField(
        label="Begin with",
        required=False,
        widget=forms.RadioSelect,
        choices=[("", "An empty guideline"), *((key, f"{one.title}: {one.about}") for key, one in STARTERS.items())],
        help_text="A draft of the guideline with its label schema, for you to go on from.",
    )


@require_safe
@signed_in
def home(request: Request) -> HttpResponse:
    """Show each project with what the caller needs to know of it; first where they worked last."""
    found = home_queries.cards(user=request.user, now=timezone.now())
    cards = [_shown(card) for card in found]
    archived = [card for card in cards if card["project"].archived_at]
    current = [card for card in cards if not card["project"].archived_at]
    sections = {role: [card for card in current if card["role"] == role] for role in Role.values}
    sections[Role.WORKER].sort(key=_nearest)
    efforts = [card.work.effort for card in found if card.work]
    lately = {"answers": sum(one.answers for one in efforts), "time": spoken(sum(one.seconds for one in efforts))}
    return render(request, "home/home.html", {"cards": cards, "archived": archived, "lately": lately, **sections})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@in_english
def new_project(request: Request) -> HttpResponse:
    """Make a project; whoever makes it owns it."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = attempt(form, life.begin, by=request.user, now=timezone.now(), **form.cleaned_data)
        if project is not None:
            if form.cleaned_data["starter"]:
                return redirect("guideline_edit", project.slug, 1)
            return redirect("project", project.slug)
    return render(request, "home/new_project.html", {"form": form})


def _shown(card: home_queries.Card) -> dict[str, Any]:
    work = card.work
    return {
        "project": card.project,
        "role": card.role,
        "progress": progress_of(card.states),
        "conflicts": card.conflicts,
        "held": card.held,
        "work": work,
        "closed": _closed(work) if work else "",
        "way": _way(work) if work else "",
        "time": spoken(work.effort.seconds) if work else "",
    }


def _nearest(card: dict[str, Any]) -> tuple[bool, bool, float]:
    """Return what puts first the projects that are open, of these those with images in hand, of these the latest."""
    work = card["work"]
    if work is None:
        return (True, True, 0)
    return (work.door not in home_queries.ENTERED, not card["held"], -(work.last.timestamp() if work.last else 0))


def _closed(work: home_queries.Work) -> str:
    """Return why there is nothing to do in a project now, in plain words; empty where there is."""
    return {
        Door.EMPTY: _("Nothing is left for you here just now. Thank you! New images may come."),
        Door.UNPUBLISHED: _("Not open yet: the owner is still writing the guideline."),
        Door.STOPPED: _("The owner has stopped the project for now. Nothing is wrong with your work."),
        Door.FINISHED: _("This project is finished. Thank you for your part in it!"),
        Door.FAILED: said(work.way.reason),
        Door.PAUSED: said(work.standing.reason),
        Door.BANNED: said(work.standing.reason),
    }.get(work.door, "")


def _way(work: home_queries.Work) -> str:
    """Return what comes before work, where something does."""
    done = {"answered": work.way.answered, "needed": work.way.needed}
    if work.door == Door.TRAINING:
        return _("Training: %(answered)s of %(needed)s images done.") % done
    if work.door == Door.EXAM:
        return _("Exam: %(answered)s of %(needed)s images done.") % done
    return ""
