"""Gold: tasks whose answer is known, planted and corrected on the canvas, and looked after."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Gold, Guideline, Membership, Project, Task
from crowd.queries import gold as queries
from crowd.queries import versions, work
from crowd.queries.desk import picture
from crowd.web.access import Request, owners
from crowd.web.charts import interval_of
from crowd.web.frame import frame
from crowd.web.images import tiles
from crowd.web.sketches import words_of
from crowd.workflow import gold as verbs
from crowd.workflow.gold import weighing

PAGE = 50
USES = {"hidden": "Hidden", "training": "Training", "exam": "Exam"}


@require_safe
@owners
def gold_list(request: Request, member: Membership) -> HttpResponse:
    """List the gold images with how workers fare on them, what is suspected first."""
    project, use = member.project, request.GET.get("use", "")
    rows = Gold.objects.filter(project=project, withdrawn_at__isnull=True).select_related("task__image")
    if use in USES:
        rows = rows.filter(use=use)
    ordered = queries.weighed(rows, project=project).order_by(
        F("suspected_at").asc(nulls_last=True), "-created_at", "-pk"
    )
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    address = f"?use={use}&page=" if use in USES else "?page="
    context = {
        "rows": [_shown(row) for row in page],
        "summary": queries.summary(project=project, now=timezone.now()),
        "lacking": _lacking(project),
        "disputes": [(row, work.image_url(row.assignment.task.image)) for row in queries.disputes(project)[:PAGE]],
        "uses": USES.items(),
        "use": use,
        "pager": {
            "previous": f"{address}{page.previous_page_number()}" if page.has_previous() else "",
            "next": f"{address}{page.next_page_number()}" if page.has_next() else "",
        },
    }
    return render(request, "gold/list.html", {**frame(member, "gold"), **context})


def _shown(row: Gold) -> dict[str, Any]:
    found = queries.figures(row)
    low, high = found.interval
    return {
        "gold": row,
        "url": work.image_url(row.task.image),
        "figures": found,
        "percent": None if found.pass_rate is None else round(100 * found.pass_rate),
        "interval": interval_of(low, high, found.pass_rate),
    }


def _lacking(project: Project) -> list[tuple[str, int, int]]:
    """Return of which use less gold is planted than newcomers are asked: its name, what is asked, what there is."""
    supply = queries.supply(project)
    return [(USES[use], one["asked"], one["planted"]) for use, one in supply.items() if one["planted"] < one["asked"]]


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
    """Correct a gold answer, beside what workers made of it."""
    gold = _gold(member, pk)
    return _editor(request, member, gold.task, gold)


@require_POST
@owners
def withdraw(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Make a gold image an ordinary one again."""
    verbs.withdraw(gold=_gold(member, pk), by=request.user, now=timezone.now())
    messages.success(request, "It is an ordinary image again; nobody is scored on it any more.")
    return redirect("gold", member.project.slug)


@require_POST
@owners
def confirm(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Say that suspected gold is right."""
    weighing.confirm(gold=_gold(member, pk), by=request.user, now=timezone.now())
    messages.success(request, "It counts again; workers who answered otherwise were wrong.")
    return redirect("gold", member.project.slug)


def _gold(member: Membership, pk: int) -> Gold:
    rows = Gold.objects.select_related("task__image", "task__project").filter(withdrawn_at__isnull=True)
    found = get_object_or_404(queries.weighed(rows, project=member.project), project=member.project, pk=pk)
    assert isinstance(found, Gold)
    return found


def _as_it_reads(gold: Gold, guideline: Guideline) -> dict[str, Any]:
    """Return the answer under the version in force, or what is left of it, for its owner to complete."""
    return versions.carried(gold.annotation, made_under=gold.guideline, target=guideline, image=gold.task.image)


def _editor(request: Request, member: Membership, task: Task, gold: Gold | None) -> HttpResponse:
    guideline = versions.current(member.project)
    if guideline is None:
        messages.warning(request, "Publish a guideline first: gold answers are checked against it.")
        return redirect("guidelines", member.project.slug)
    suspicion = gold.suspicion if gold else None
    data: dict[str, Any] = {
        "project": member.project.slug,
        "image": picture(task),
        "schema": guideline.schema,
        "gold": gold.pk if gold else None,
        "annotation": _as_it_reads(gold, guideline) if gold else None,
        "other": suspicion["annotation"] if suspicion else None,
    }
    use = gold.use if gold else Gold.Use.HIDDEN
    context: dict[str, Any] = {"task": task, "gold": gold, "guideline": guideline, "data": data, "use": use}
    if gold is not None:
        context |= {"shown": _shown(gold), "disputes": queries.disputes(member.project).filter(assignment__task=task)}
    if suspicion and suspicion["annotation"]:
        context["other_words"] = words_of(suspicion["annotation"])
    return render(request, "gold/edit.html", {**frame(member, "gold"), **context})
