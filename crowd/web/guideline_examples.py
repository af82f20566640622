"""Right and wrong examples of a draft, drawn on the canvas."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Guideline, GuidelineExample, Membership, Task
from crowd.queries import versions
from crowd.queries.desk import picture
from crowd.queries.impact import names
from crowd.web.access import Request, owners
from crowd.web.examples import examples_of
from crowd.web.frame import frame
from crowd.web.guidelines import draft_of
from crowd.web.images import tiles
from crowd.workflow.guidelines import examples


@require_safe
@owners
def examples_list(request: Request, member: Membership, number: int) -> HttpResponse:
    """Show a draft's examples."""
    version = draft_of(member, number)
    context = {"version": version, "examples": examples_of(version), "editable": True}
    return render(request, "guidelines/examples.html", {**frame(member, "guidelines"), **context})


@require_safe
@owners
def new(request: Request, member: Membership, number: int) -> HttpResponse:
    """Choose an image, or, with `task` in the query, draw an example on it."""
    version = draft_of(member, number)
    asked = request.GET.get("task", "")
    if not asked:
        context = {"version": version, **tiles(project=member.project, request=request)}
        return render(request, "guidelines/example_choose.html", {**frame(member, "guidelines"), **context})
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    task = get_object_or_404(Task.objects.select_related("image", "project"), project=member.project, pk=asked)
    return _editor(request, member, version, task, None)


@require_safe
@owners
def edit(request: Request, member: Membership, number: int, pk: int) -> HttpResponse:
    """Change an example."""
    version = draft_of(member, number)
    example = get_object_or_404(version.examples.select_related("image__task__image"), pk=pk)
    return _editor(request, member, version, example.image.task, example)


@require_POST
@owners
def remove(request: Request, member: Membership, number: int, pk: int) -> HttpResponse:
    """Take an example out of the draft."""
    examples.remove(project=member.project, number=number, pk=pk)
    messages.success(request, "The example is gone.")
    return redirect("guideline_examples", member.project.slug, number)


def _editor(
    request: Request, member: Membership, version: Guideline, task: Task, example: GuidelineExample | None
) -> HttpResponse:
    data: dict[str, Any] = {
        "project": member.project.slug,
        "guideline": version.number,
        "image": picture(task),
        "schema": version.schema,
        "example": example.pk if example else None,
        "annotation": example.annotation if example else None,
    }
    labels = names(versions.schema_of(version))
    context = {
        "version": version,
        "task": task,
        "example": example,
        "labels": labels,
        "label": example.label if example else request.GET.get("label", labels[0] if labels else ""),
        "verdict": example.verdict if example else "right",
        "data": data,
    }
    return render(request, "guidelines/example.html", {**frame(member, "guidelines"), **context})
