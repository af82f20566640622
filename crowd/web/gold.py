"""Gold: tasks whose answer is known, planted and corrected on the canvas."""

from typing import Any

from django.contrib import messages
from django.db.models import Avg, Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Gold, Membership, Task
from crowd.queries import versions, work
from crowd.queries.desk import picture
from crowd.web.access import Request, owners
from crowd.web.frame import frame
from crowd.web.images import tiles
from crowd.workflow import gold as verbs


@require_safe
@owners
def gold_list(request: Request, member: Membership) -> HttpResponse:
    """List the gold images with how workers fare on them."""
    rows = (
        Gold.objects.filter(task__project=member.project, withdrawn_at__isnull=True)
        .select_related("task__image")
        .annotate(seen=Count("checks"), score=Avg("checks__score"))
        .order_by("-created_at", "-pk")
    )
    shown = [(row, work.image_url(row.task.image)) for row in rows]
    return render(request, "gold/list.html", {**frame(member, "gold"), "rows": shown})


@require_safe
@owners
def choose(request: Request, member: Membership) -> HttpResponse:
    """Choose an image to plant, or, with `task` in the query, give its answer."""
    asked = request.GET.get("task", "")
    if not asked:
        return render(
            request, "gold/choose.html", {**frame(member, "gold"), **tiles(project=member.project, request=request)}
        )
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    task = get_object_or_404(Task.objects.select_related("image", "project"), project=member.project, pk=asked)
    known = Gold.objects.filter(task=task, withdrawn_at__isnull=True).first()
    if known is not None:
        return redirect("gold_edit", member.project.slug, known.pk)
    return _editor(request, member, task, None)


@require_safe
@owners
def edit(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Correct a gold answer."""
    gold = _gold(member, pk)
    return _editor(request, member, gold.task, gold)


@require_POST
@owners
def withdraw(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Make a gold image an ordinary one again."""
    verbs.withdraw(gold=_gold(member, pk), by=request.user, now=timezone.now())
    messages.success(request, "It is an ordinary image again; nobody is scored on it any more.")
    return redirect("gold", member.project.slug)


def _gold(member: Membership, pk: int) -> Gold:
    rows = Gold.objects.select_related("task__image", "task__project").filter(withdrawn_at__isnull=True)
    return get_object_or_404(rows, task__project=member.project, pk=pk)


def _editor(request: Request, member: Membership, task: Task, gold: Gold | None) -> HttpResponse:
    guideline = versions.current(member.project)
    if guideline is None:
        messages.warning(request, "Publish a guideline first: gold answers are checked against it.")
        return redirect("guidelines", member.project.slug)
    data: dict[str, Any] = {
        "project": member.project.slug,
        "image": picture(task),
        "schema": guideline.schema,
        "gold": gold.pk if gold else None,
        "annotation": gold.annotation if gold else None,
    }
    context = {"task": task, "gold": gold, "guideline": guideline, "data": data}
    return render(request, "gold/edit.html", {**frame(member, "gold"), **context})
