"""The images of a project: a grid that is scrolled through however many there are, filtered, and changed together."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Bulk, Membership, Project, SavedFilter, Task
from crowd.queries import browse_filter, browse_walk, thumbnails
from crowd.queries.browse_filter import Filter
from crowd.web.access import Request, overseers
from crowd.web.charts import WORDS
from crowd.web.frame import frame
from crowd.web.image_filters import chips, choices
from crowd.workflow.importing import direct
from crowd.workflow.projects import filters

PAGE = 60


def tiles(*, project: Project, request: Request) -> dict[str, Any]:
    """Return one page of images to choose one from, by a part of the name in the request's query."""
    wanted = browse_filter.parse({"q": request.GET.get("q", "")})
    after = request.GET.get("after", "")
    found = browse_walk.walk(project=project, wanted=wanted, cursor=after, size=PAGE)
    query = request.GET.copy()
    query["after"] = found.cursor
    shown = [
        {"task": task, "url": thumbnails.url(task.image), "gold": is_gold(task)}
        for task in browse_walk.rows(found.keys)
    ]
    more = f"?{query.urlencode()}" if found.cursor else ""
    return {"tiles": shown, "more": more, "first": not after, "state": "", "q": wanted.q}


def is_gold(task: Task) -> bool:
    """Return whether a task's answer is known."""
    gold = getattr(task, "gold", None)
    return gold is not None and gold.withdrawn_at is None


@require_safe
@overseers
def grid(request: Request, member: Membership) -> HttpResponse:
    """Show the images that match, the first page of them in the page itself."""
    project, wanted = member.project, _wanted(request, member)
    running = Bulk.objects.filter(project=project, state=Bulk.State.RUNNING).order_by("-pk").first()
    page = _page(member, wanted, request.GET.get("after", ""))
    data = {
        "project": project.slug,
        "page": page,
        "filter": wanted.query(),
        "owner": member.role == Membership.Role.OWNER,
        "tiles": reverse("image_tiles", args=[project.slug]),
        "bulk": running.pk if running else None,
    }
    kept = SavedFilter.objects.filter(project=project, user=request.user).order_by("name")
    context = {
        "wanted": wanted,
        "query": request.GET.urlencode(),
        "chips": chips(wanted),
        "choices": choices(member),
        "kept": kept,
        "data": data,
        "page": page,
        "more": _more(request, page["cursor"]),
        "first": not request.GET.get("after"),
        "from_start": f"?{browse_filter.to_query(wanted)}",
        "states": WORDS.items(),
        "actions": Bulk.Action.choices,
        "direct": direct.is_possible(),
    }
    return render(request, "images/grid.html", {**frame(member, "images"), **context})


@require_safe
@overseers
def more_tiles(request: Request, member: Membership) -> HttpResponse:
    """Return one page of tiles, for the grid to show as it is scrolled."""
    return JsonResponse(_page(member, _wanted(request, member), request.GET.get("after", "")))


@require_POST
@overseers
def keep_filter(request: Request, member: Membership) -> HttpResponse:
    """Keep a filter under a name."""
    wanted = browse_filter.parse(browse_filter.from_query(request.POST.get("query", "")))
    name = request.POST.get("name", "")
    filters.keep(project=member.project, user=request.user, name=name, wanted=wanted, now=timezone.now())
    messages.success(request, f"Kept as “{name.strip()}”.")
    return _back(member, wanted)


@require_POST
@overseers
def forget_filter(request: Request, member: Membership, pk: int) -> HttpResponse:
    """Forget a kept filter."""
    filters.forget(project=member.project, user=request.user, pk=pk)
    return redirect("images", member.project.slug)


def _back(member: Membership, wanted: Filter) -> HttpResponse:
    return redirect(f"{reverse('images', args=[member.project.slug])}?{browse_filter.to_query(wanted)}")


def _wanted(request: Request, member: Membership) -> Filter:
    """Return what the address asks for; whoever reviews knows workers by their pseudonyms only."""
    given = {name: value for name, value in request.GET.items() if name != "after"}
    wanted = browse_filter.parse(given)
    if member.role == Membership.Role.OWNER:
        return wanted
    return browse_walk.confined(project=member.project, wanted=wanted)


def _page(member: Membership, wanted: Filter, cursor: str) -> dict[str, Any]:
    found = browse_walk.walk(project=member.project, wanted=wanted, cursor=cursor, size=PAGE)
    shown = [_tile(member.project, task) for task in browse_walk.rows(found.keys)]
    return {"tiles": shown, "cursor": found.cursor, "looked_at": found.looked_at}


def _tile(project: Project, task: Task) -> dict[str, Any]:
    facet = getattr(task, "facet", None)
    gold = is_gold(task)
    return {
        "id": task.pk,
        "name": task.image.name,
        "thumbnail": thumbnails.url(task.image),
        "width": task.image.width,
        "height": task.image.height,
        "state": "gold" if gold else task.state,
        "word": "Gold" if gold else WORDS[task.state],
        "labels": task.labels,
        "overlap": task.overlap,
        "confidence": facet.confidence if facet else None,
        "priority": task.priority,
        "href": reverse("image", args=[project.slug, task.pk]),
    }


def _more(request: Request, cursor: str) -> str:
    query = request.GET.copy()
    query["after"] = cursor
    return f"?{query.urlencode()}" if cursor else ""
