"""Guideline versions: read, draft, publish, compare."""

import itertools
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError, Invalid, Missing
from crowd.labels.schema import parse_schema, schema_to_json
from crowd.models import Guideline, Membership
from crowd.queries import guidelines as queries
from crowd.queries import versions
from crowd.queries.impact import impact
from crowd.web.access import Request, everybody, owners, workers
from crowd.web.diffs import changes_of, lines_of
from crowd.web.forms import place, pretty
from crowd.web.frame import frame
from crowd.web.guideline_forms import EXAMPLE_BODY, EXAMPLE_SCHEMA, GuidelineForm, PublishForm, names
from crowd.web.prose import prose
from crowd.workflow import publishing

UNDER_SCHEMA = {"*": "schema"}


def _version(member: Membership, number: int) -> Guideline:
    try:
        return queries.get(user=member.user, slug=member.project.slug, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault


def _draft(member: Membership, number: int) -> Guideline:
    version = _version(member, number)
    if version.state != Guideline.State.DRAFT:
        raise Http404("Published versions never change.")
    return version


@require_safe
@everybody
def versions_list(request: Request, member: Membership) -> HttpResponse:
    """List the versions, newest first."""
    rows = queries.visible(user=request.user, slug=member.project.slug).select_related("created_by", "published_by")
    found = list(rows.order_by("-number"))
    before = {row.number: older.number for row, older in itertools.pairwise(found)}
    context = {"versions": [(row, before.get(row.number)) for row in found]}
    return render(request, "guidelines/list.html", {**frame(member, "guidelines"), **context})


@require_safe
@everybody
def read(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show one version as workers read it."""
    version = _version(member, number)
    unread = (
        member.role == Membership.Role.WORKER
        and version.state == Guideline.State.PUBLISHED
        and member.project.require_acknowledgement
        and not version.acknowledgements.filter(worker=request.user).exists()
    )
    context = {
        "version": version,
        "html": prose(version.body),
        "schema": parse_schema(version.schema),
        "unread": unread,
    }
    return render(request, "guidelines/read.html", {**frame(member, "guidelines"), **context})


@require_safe
@everybody
def text(request: Request, member: Membership, number: int) -> HttpResponse:
    """Send a version's text alone, for the workbench."""
    return HttpResponse(prose(_version(member, number).body))


@require_POST
@workers
def acknowledge(request: Request, member: Membership, number: int) -> HttpResponse:
    """Record that the worker has read it."""
    publishing.acknowledge(project=member.project, number=number, worker=request.user, now=timezone.now())
    return redirect("label", member.project.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def new(request: Request, member: Membership) -> HttpResponse:
    """Write a new draft, beginning with the last version."""
    last = member.project.guidelines.order_by("-number").first()
    body, schema = (last.body, _typed(last)) if last else (EXAMPLE_BODY, pretty(EXAMPLE_SCHEMA))
    form = GuidelineForm(request.POST or None, initial={"body": body, "schema": schema})
    if request.method == "POST" and form.is_valid():
        try:
            made = publishing.draft(project=member.project, by=request.user, now=timezone.now(), **form.cleaned_data)
        except CrowdError as fault:
            place(form, fault, under=UNDER_SCHEMA)
        else:
            return _saved(request, member, made)
    return _editor(request, member, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def edit(request: Request, member: Membership, number: int) -> HttpResponse:
    """Change a draft."""
    version = _draft(member, number)
    initial = {"body": version.body, "schema": _typed(version), "note": version.note}
    form = GuidelineForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.edit(project=member.project, number=number, **form.cleaned_data)
        except CrowdError as fault:
            place(form, fault, under=UNDER_SCHEMA)
        else:
            return _saved(request, member, version)
    return _editor(request, member, form, version)


def _typed(version: Guideline) -> str:
    """Return the schema as text, its members in the order people write them: the database keeps none."""
    return pretty(schema_to_json(parse_schema(version.schema)))


def _saved(request: Request, member: Membership, version: Guideline) -> HttpResponse:
    if request.POST.get("then") == "publish":
        return redirect("guideline_publish", member.project.slug, version.number)
    messages.success(request, f"Draft {version.number} is saved.")
    return redirect("guideline_edit", member.project.slug, version.number)


def _editor(request: Request, member: Membership, form: GuidelineForm, version: Guideline | None) -> HttpResponse:
    shown = {"body": form["body"].value() or "", "schema": form["schema"].value() or ""}
    context = {"form": form, "version": version, **_preview(shown)}
    return render(request, "guidelines/edit.html", {**frame(member, "guidelines"), **context})


@require_POST
@owners
def preview(request: Request, member: Membership) -> HttpResponse:
    """Show what is being written as workers will see it, and the faults of the schema."""
    return render(request, "guidelines/_preview.html", _preview(request.POST.dict()))


def _preview(typed: dict[str, Any]) -> dict[str, Any]:
    form = GuidelineForm({"body": typed.get("body", ""), "schema": typed.get("schema", "")})
    schema, faults = None, {}
    if form.is_valid():
        try:
            schema = parse_schema(form.cleaned_data["schema"])
        except Invalid as fault:
            faults = fault.errors or {"": [fault.detail]}
    else:
        faults = {"": [str(sentence) for sentence in form.errors.get("schema", [])]}
    return {"html": prose(typed.get("body", "")), "schema": schema, "faults": faults}


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def publish(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show what publishing will touch, then do it."""
    version = _draft(member, number)
    current = versions.current(member.project)
    old = names(versions.schema_of(current)) if current else []
    form = PublishForm(request.POST or None, old=old, new=names(parse_schema(version.schema)))
    if request.method == "POST" and form.is_valid():
        relabel = form.cleaned_data["impact"] == Guideline.Impact.RELABEL
        try:
            publishing.publish(
                project=member.project,
                number=number,
                by=request.user,
                now=timezone.now(),
                impact=form.cleaned_data["impact"],
                affected=form.cleaned_data["affected"] if relabel else [],
                rename=form.rename(),
            )
        except CrowdError as fault:
            form.place(fault)
        else:
            messages.success(request, f"Version {number} is in force.")
            return redirect("guidelines", member.project.slug)
    context = {"form": form, "version": version, "current": current, **_touched(member, [])}
    return render(request, "guidelines/publish.html", {**frame(member, "guidelines"), **context})


@require_safe
@owners
def publish_impact(request: Request, member: Membership, number: int) -> HttpResponse:
    """Count what a relabelling of the chosen labels would touch."""
    _draft(member, number)
    relabel = request.GET.get("impact") == Guideline.Impact.RELABEL
    return render(
        request, "guidelines/_impact.html", _touched(member, request.GET.getlist("affected") if relabel else [])
    )


def _touched(member: Membership, labels: list[str]) -> dict[str, Any]:
    return {"touched": impact(project=member.project, labels=labels) if labels else None}


@require_safe
@everybody
def diff(request: Request, member: Membership, number: int, other: int) -> HttpResponse:
    """Show what changed from one version to another."""
    before, after = _version(member, number), _version(member, other)
    difference = queries.difference(before=before, after=after)
    context = {
        "before": before,
        "after": after,
        "changes": changes_of(difference["schema"]),
        "lines": lines_of(difference["body"]),
    }
    return render(request, "guidelines/diff.html", {**frame(member, "guidelines"), **context})
