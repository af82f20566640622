"""Guideline versions: read, draft, publish, compare."""

import itertools
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError, Invalid, Missing
from crowd.labels.importing import READERS
from crowd.labels.schema import parse_schema, schema_to_json
from crowd.models import Guideline, Image, Membership, Project
from crowd.queries import agreeing, work
from crowd.queries import guidelines as queries
from crowd.web.access import Request, everybody, owners, workers
from crowd.web.diffs import changes_of
from crowd.web.examples import examples_of
from crowd.web.forms import place, pretty
from crowd.web.frame import frame
from crowd.web.guideline_forms import EXAMPLE_BODY, EXAMPLE_SCHEMA, GuidelineForm
from crowd.web.prose import image_names, prose
from crowd.workflow.guidelines import publishing

UNDER_SCHEMA = {"*": "schema"}


def version_of(member: Membership, number: int) -> Guideline:
    """Return a version that the member may read; 404 for any other."""
    try:
        return queries.get(user=member.user, slug=member.project.slug, number=number)
    except Missing as fault:
        raise Http404(fault.detail) from fault


def draft_of(member: Membership, number: int) -> Guideline:
    """Return a draft; 404 where it was published."""
    version = version_of(member, number)
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
    owner = member.role == Membership.Role.OWNER
    context = {
        "versions": [(row, before.get(row.number)) for row in found],
        "to_look_at": len(agreeing.gold_to_look_at(member.project)) if owner else 0,
        "current": next((row for row in found if row.state == Guideline.State.PUBLISHED), None),
    }
    return render(request, "guidelines/list.html", {**frame(member, "guidelines"), **context})


@require_safe
@everybody
def read(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show one version as workers read it."""
    version = version_of(member, number)
    unread = (
        member.role == Membership.Role.WORKER
        and version.state == Guideline.State.PUBLISHED
        and member.project.require_acknowledgement
        and not version.acknowledgements.filter(worker=request.user).exists()
    )
    context = {
        "version": version,
        "html": written(version.project, version.body),
        "schema": parse_schema(version.schema),
        "examples": examples_of(version),
        "unread": unread,
    }
    return render(request, "guidelines/read.html", {**frame(member, "guidelines"), **context})


@require_safe
@everybody
def text(request: Request, member: Membership, number: int) -> HttpResponse:
    """Send a version's text and examples alone, for the workbench."""
    return HttpResponse(told(version_of(member, number)))


@require_POST
@workers
def acknowledge(request: Request, member: Membership, number: int) -> HttpResponse:
    """Record that the worker has read it."""
    publishing.acknowledge(project=member.project, number=number, worker=request.user, now=timezone.now())
    return redirect("label", member.project.slug)


def told(version: Guideline) -> SafeString:
    """Return what a version says to workers, as HTML: its text and its examples."""
    context = {"html": written(version.project, version.body), "examples": examples_of(version)}
    return render_to_string("guidelines/_text.html", context)


def written(project: Project, body: str) -> SafeString:
    """Return a guideline's text as HTML, with the project's own images that it names."""
    wanted = set(image_names(body))
    rows = Image.objects.filter(project=project, name__in=wanted).order_by("-pk") if wanted else ()
    return prose(body, images={image.name: work.image_url(image) for image in rows})


@require_POST
@owners
def begin(request: Request, member: Membership, number: int) -> HttpResponse:
    """Begin a draft with all that a version says."""
    made = publishing.begin(project=member.project, number=number, by=request.user, now=timezone.now())
    messages.success(request, f"Draft {made.number} says what version {number} says.")
    return redirect("guideline_edit", member.project.slug, made.number)


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def new(request: Request, member: Membership) -> HttpResponse:
    """Write a new draft, beginning with the last version and its examples."""
    last = member.project.guidelines.order_by("-number").first()
    begun_from = last.number if last else None
    body, schema = (last.body, _typed(last)) if last else (EXAMPLE_BODY, pretty(EXAMPLE_SCHEMA))
    form = GuidelineForm(request.POST or None, initial={"body": body, "schema": schema})
    if request.method == "POST" and form.is_valid():
        try:
            made = publishing.draft(
                project=member.project,
                by=request.user,
                now=timezone.now(),
                begun_from=begun_from,
                **form.cleaned_data,
            )
        except CrowdError as fault:
            place(form, fault, under=UNDER_SCHEMA)
        else:
            return _saved(request, member, made)
    return _editor(request, member, form, None, begun_from=begun_from)


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def edit(request: Request, member: Membership, number: int) -> HttpResponse:
    """Change a draft."""
    version = draft_of(member, number)
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


def _editor(
    request: Request,
    member: Membership,
    form: GuidelineForm,
    version: Guideline | None,
    *,
    begun_from: int | None = None,
) -> HttpResponse:
    shown = {"body": form["body"].value() or "", "schema": form["schema"].value() or ""}
    first = Image.objects.filter(project=member.project).order_by("pk").first()
    data = {"project": member.project.slug, "picture": work.image_url(first) if first else None}
    context = {
        "form": form,
        "version": version,
        "begun_from": begun_from,
        "data": data,
        "import_formats": {key: reader.title for key, reader in READERS.items()},
        "example_count": version.examples.count() if version else 0,
        **_preview(member.project, shown),
    }
    return render(request, "guidelines/edit.html", {**frame(member, "guidelines"), **context})


@require_POST
@owners
def preview(request: Request, member: Membership) -> HttpResponse:
    """Show what is being written as workers will see it, and the faults of the schema."""
    return render(request, "guidelines/_preview.html", _preview(member.project, request.POST.dict()))


def _preview(project: Project, typed: dict[str, Any]) -> dict[str, Any]:
    form = GuidelineForm({"body": typed.get("body", ""), "schema": typed.get("schema", "")})
    faults = {}
    if form.is_valid():
        try:
            parse_schema(form.cleaned_data["schema"])
        except Invalid as fault:
            faults = fault.errors or {"": [fault.detail]}
    else:
        faults = {"": [str(sentence) for sentence in form.errors.get("schema", [])]}
    return {"html": written(project, typed.get("body", "")), "faults": faults}


@require_safe
@everybody
def diff(request: Request, member: Membership, number: int, other: int) -> HttpResponse:
    """Show what changed from one version to another."""
    before, after = version_of(member, number), version_of(member, other)
    difference = queries.difference(before=before, after=after)
    context = {
        "before": before,
        "after": after,
        "changes": changes_of(difference["schema"]),
        "words": difference["words"] if before.body != after.body else [],
        "others": queries.visible(user=request.user, slug=member.project.slug).order_by("-number"),
    }
    return render(request, "guidelines/diff.html", {**frame(member, "guidelines"), **context})
