"""The reviewer's desk: one conflict after another, each with everything needed to rule on it."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crowd.models import Conflict, Guideline, Membership, Task
from crowd.queries import versions
from crowd.queries.desk import desk as desk_of
from crowd.queries.desk import groups as groups_of
from crowd.web.access import Request, overseers
from crowd.web.conflicts import WORDS
from crowd.web.examples import examples_of
from crowd.web.frame import frame
from crowd.web.guidelines import written


@require_safe
@overseers
def desk(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Show one task with everything needed to rule on it."""
    task, guideline = task_of(member, pk), _guideline(member)
    slug = member.project.slug
    data = {
        "project": slug,
        "user": request.user.pk,
        "number": guideline.number,
        "schema": guideline.schema,
        "first": desk_of(task=task, guideline=guideline, owner=_owns(member)).to_json(),
        "page": reverse("review", args=[slug]),
        "gold": reverse("gold", args=[slug]),
        "words": WORDS,
        "kind": kind if (kind := request.GET.get("kind", "")) in Conflict.Kind.values else "",
    }
    context = {
        "task": task,
        "data": data,
        "guideline": guideline,
        "html": written(member.project, guideline.body),
        "examples": examples_of(guideline),
    }
    return render(request, "review/desk.html", {**frame(member, "review"), **context})


@require_safe
@overseers
def data(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Send what the desk shows of one task, for the page that is open already."""
    found = desk_of(task=task_of(member, pk), guideline=_guideline(member), owner=_owns(member))
    return _sent(found.to_json())


@require_safe
@overseers
def groups(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Send which objects of a task's answers are one thing, and how far the workers agree on each."""
    return _sent({"groups": groups_of(task=task_of(member, pk), guideline=_guideline(member))})


def task_of(member: Membership, pk: int) -> Task:
    """Return a task of the member's project with its image and label."""
    rows = Task.objects.select_related("image", "project", "consensus__guideline")
    return get_object_or_404(rows, project=member.project, pk=pk)


def _owns(member: Membership) -> bool:
    return member.role == Membership.Role.OWNER


def _guideline(member: Membership) -> Guideline:
    guideline = versions.current(member.project)
    if guideline is None:
        raise Http404("This project has no published guideline to rule under.")
    return guideline


def _sent(data: dict[str, Any]) -> HttpResponse:
    return JsonResponse(data, headers={"Cache-Control": "no-store"})
