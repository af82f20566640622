"""Releases: cut, watched while they are built, compared, downloaded."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError, Missing
from crowd.models import Membership, Project, Release
from crowd.queries import derivations, versions
from crowd.queries import releases as queries
from crowd.web.access import Request, overseers, owners
from crowd.web.derive_form import DeriveForm, derived
from crowd.web.frame import frame
from crowd.web.release_form import ReleaseForm
from crowd.web.sketches import words_of
from crowd.workflow import releasing

MOST_BARS = 30
MOST_CHANGES = 200  # of a kind, on the page; the API tells all


@require_safe
@overseers
def releases_list(request: Request, member: Membership) -> HttpResponse:
    """List the releases, newest first."""
    return render(request, "releases/list.html", {**_listed(member), "form": _form(member.project)})


@require_safe
@overseers
def rows(request: Request, member: Membership) -> HttpResponse:
    """Show the list alone, for the page to refresh itself while one is being built."""
    return render(request, "releases/_rows.html", _listed(member))


@require_POST
@owners
def cut(request: Request, member: Membership) -> HttpResponse:
    """Cut a release of what is resolved, as the owner chose."""
    form = _form(member.project, request.POST)
    if form.is_valid():
        try:
            made = releasing.cut(
                project=member.project,
                by=request.user,
                now=timezone.now(),
                note=form.cleaned_data["note"],
                options=form.options(),
            )
        except CrowdError as fault:
            form.refuse(fault)
        else:
            messages.success(request, f"Release {made.number} is being built.")
            return redirect("releases", member.project.slug)
    return render(request, "releases/list.html", {**_listed(member), "form": form})


@require_POST
@owners
def cancel(request: Request, member: Membership, number: int) -> HttpResponse:
    """Call off a release that is being built."""
    releasing.cancel(release=_get(member, number), by=request.user, now=timezone.now())
    messages.success(request, f"Release {number} is called off.")
    return redirect("release", member.project.slug, number)


@require_http_methods(["GET", "HEAD", "POST"])
@overseers
def release(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show one release with its figures and its files, and what was made of it; owners make a project of it."""
    found = _get(member, number)
    owner = member.role == Membership.Role.OWNER
    form = DeriveForm(request.POST or None, initial={"name": f"{member.project.name}, next"[:200]})
    if request.method == "POST":
        if not owner:
            raise Http404
        made = derived(request, found, form)
        if made is not None:
            messages.success(request, "The project is made; its images are coming.")
            return redirect("project", made.slug)
    files = sorted(found.files.all(), key=lambda file: file.path)
    ready = found.state == Release.State.READY
    context = {
        "release": found,
        "files": files if ready else [],
        "erased": queries.erased(found.project_id) if ready else set(),
        "progress": queries.progress(found, files),
        "charts": list(_charts(queries.statistics(found))) if ready else [],
        "others": member.project.releases.filter(state=Release.State.READY).exclude(pk=found.pk).order_by("-number"),
        "derived": list(derivations.of_release(release=found, user=request.user)),
        "form": form if owner and ready else None,
    }
    return render(request, "releases/release.html", {**frame(member, "releases"), **context})


@require_safe
@overseers
def compared(request: Request, member: Membership, number: int, other: int) -> HttpResponse:
    """Show what changed from one release to another, and why."""
    before, after = _get(member, number), _get(member, other)
    found = queries.difference(before=before, after=after)
    kinds = [(title, rows, rows[:MOST_CHANGES]) for title, rows in _changes(found)]
    alike = not any(rows for _, rows, _ in kinds)
    context = {"before": before, "after": after, "kinds": kinds, "most": MOST_CHANGES, "alike": alike}
    return render(request, "releases/compared.html", {**frame(member, "releases"), **context})


def _changes(found: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    words = {"answers": "new answers", "adjudication": "a reviewer", "guideline": "the guideline"}
    changed = [
        {
            **row,
            "why": words.get(row["why"], row["why"]),
            "said_before": words_of(row["before"]),
            "said_after": words_of(row["after"]),
        }
        for row in found["changed"]
    ]
    yield "Changed", changed
    yield "Added", found["added"]
    yield "Removed", found["removed"]


def _charts(counted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is in the release as bars, each as wide as its share of the longest."""
    objects = {name: each["objects"] for name, each in counted.get("objects", {}).items()}
    splits = {name: each[""] for name, each in counted.get("splits", {}).items()}
    answers = counted.get("answers", {})
    for title, counts in [("Objects", objects), *answers.items(), ("Splits", splits)]:
        if counts:
            most = max(counts.values())
            bars = [(name, number, round(100 * number / most, 2)) for name, number in counts.items()]
            yield {"title": title, "bars": bars[:MOST_BARS], "rest": max(0, len(bars) - MOST_BARS)}


def _form(project: Project, data: Any = None) -> ReleaseForm:
    guideline = versions.current(project)
    return ReleaseForm(data, schema=versions.schema_of(guideline) if guideline else None)


def _get(member: Membership, number: int) -> Release:
    try:
        return queries.get(project=member.project, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault


def _listed(member: Membership) -> dict[str, Any]:
    found = list(member.project.releases.select_related("created_by").order_by("-number"))
    building = any(row.state == Release.State.BUILDING for row in found)
    return {**frame(member, "releases"), "rows": found, "building": building}
