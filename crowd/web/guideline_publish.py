"""Publishing: what it touches is told before it happens; a second owner's word; the gold to look at afterwards."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crowd.errors import CrowdError
from crowd.labels.diff import diff as schema_diff
from crowd.labels.schema import parse_schema
from crowd.models import Gold, Guideline, Membership
from crowd.queries import agreeing, class_agreement, impact, versions, work
from crowd.web.access import Request, owners
from crowd.web.diffs import changes_of
from crowd.web.frame import frame
from crowd.web.guideline_charts import course_of
from crowd.web.guideline_forms import PublishForm
from crowd.web.guidelines import draft_of, version_of
from crowd.web.pilot_charts import by_class
from crowd.web.sketches import words_of
from crowd.workflow import gold as gold_verbs
from crowd.workflow.guidelines import approving, publishing

SHOWN = 12


@require_safe
@owners
def course(request: Request, member: Membership) -> HttpResponse:
    """Draw how far answers agree under each version; the list of versions does not wait for it."""
    found = course_of(agreeing.by_version(member.project))
    return render(request, "guidelines/_course.html", {"project": member.project, "course": found})


@require_safe
@owners
def agreement(request: Request, member: Membership) -> HttpResponse:
    """Show how reliably each class is told apart under each version."""
    found = class_agreement.by_version(member.project)
    context = {"numbers": [one.number for one in found], "questions": by_class(found)}
    return render(request, "guidelines/agreement.html", {**frame(member, "guidelines"), **context})


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def publish(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show what publishing will touch, then do it."""
    version = draft_of(member, number)
    form = _form(request.POST or None, version)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.publish(
                project=member.project,
                number=number,
                by=request.user,
                now=timezone.now(),
                impact=form.cleaned_data["impact"],
                affected=form.affected(),
                **form.changes(),
            )
        except CrowdError as fault:
            form.place(fault)
        else:
            return _published(request, member, number)
    return _page(request, member, version, form, "guidelines/publish.html")


def _published(request: Request, member: Membership, number: int) -> HttpResponse:
    messages.success(request, f"Version {number} is in force.")
    if agreeing.gold_to_look_at(member.project):
        messages.warning(request, "Some gold answers should be looked at under the new version.")
        return redirect("guideline_gold", member.project.slug, number)
    return redirect("guidelines", member.project.slug)


@require_safe
@owners
def publish_impact(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show the questions and the consequences anew, as they are for what is chosen so far."""
    version = draft_of(member, number)
    return _page(request, member, version, _form(request.GET, version), "guidelines/_impact.html")


def _form(data: Any, version: Guideline) -> PublishForm:
    current = versions.current(version.project)
    old = versions.schema_of(current) if current else None
    return PublishForm(data or None, old=old, new=parse_schema(version.schema))


def _page(request: Request, member: Membership, version: Guideline, form: PublishForm, template: str) -> HttpResponse:
    current = versions.current(member.project)
    context = {"form": form, "version": version, "current": current, **_told(version, form)}
    if current is not None and template != "guidelines/_impact.html":
        difference = schema_diff(versions.schema_of(current), parse_schema(version.schema))
        context["changes"] = changes_of(difference.to_json())
    return render(request, template, {**frame(member, "guidelines"), **context})


def _told(version: Guideline, form: PublishForm) -> dict[str, Any]:
    chosen = form.chosen()
    try:
        touched = impact.consequences(guideline=version, **chosen)
    except CrowdError as fault:
        return {"touched": None, "refused": fault.detail}
    pks = [*touched["gold_unreadable"][:SHOWN], *touched["gold_affected"][:SHOWN]]
    rows = Gold.objects.filter(pk__in=pks).select_related("task__image").in_bulk()
    return {
        "touched": touched,
        "gold_unreadable": [rows[pk] for pk in touched["gold_unreadable"][:SHOWN]],
        "gold_affected": [rows[pk] for pk in touched["gold_affected"][:SHOWN] if pk not in touched["gold_unreadable"]],
        "nothing": not any(touched[key] for key in ("answers", "gold", "adjudicated")),
    }


@require_POST
@owners
def review(request: Request, member: Membership, number: int) -> HttpResponse:
    """Ask another owner to read a draft, or approve what another asked about."""
    verb = approving.approve if request.POST.get("what") == "approve" else approving.ask
    try:
        verb(project=member.project, number=number, by=request.user, now=timezone.now())
    except CrowdError as fault:
        messages.error(request, fault.detail)
    else:
        messages.success(request, "Approved." if verb is approving.approve else "The other owners see it in the list.")
    return redirect("guideline_edit", member.project.slug, number)


@require_http_methods(["GET", "HEAD", "POST"])
@owners
def gold(request: Request, member: Membership, number: int) -> HttpResponse:
    """List the gold to look at, and take what is still right over into the version in force."""
    version_of(member, number)
    if request.method == "POST":
        sent = request.POST.get("gold", "")
        chosen = int(sent) if sent.isdecimal() and len(sent) < 19 else 0
        row = get_object_or_404(Gold, project=member.project, pk=chosen)
        _take_over(request, member, row)
        return redirect("guideline_gold", member.project.slug, number)
    rows = [
        {"gold": row, "url": work.image_url(row.task.image), "words": words_of(row.annotation)}
        for row in agreeing.gold_to_look_at(member.project)
    ]
    return render(request, "guidelines/gold.html", {**frame(member, "guidelines"), "rows": rows, "number": number})


def _take_over(request: Request, member: Membership, row: Gold) -> None:
    current = versions.current(member.project)
    assert current is not None
    document = versions.carried(row.annotation, made_under=row.guideline, target=current, image=row.task.image)
    try:
        gold_verbs.correct(gold=row, by=request.user, now=timezone.now(), annotation=document)
    except CrowdError as fault:
        messages.error(request, f"It does not fit the new version as it is: {fault.detail}")
    else:
        messages.success(request, "It counts under the version in force.")
