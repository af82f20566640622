"""The images of a project: the grid, and uploading."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crowd.models import Membership, Project, Task
from crowd.queries import browse, work
from crowd.web.access import Request, overseers
from crowd.web.charts import WORDS
from crowd.web.frame import frame

PAGE = 60


def tiles(*, project: Project, request: Request) -> dict[str, Any]:
    """Return one page of the grid for the filters in the request's query."""
    state, name = request.GET.get("state", ""), request.GET.get("q", "").replace("\0", "").strip()
    after = request.GET.get("after", "")
    page = browse.page(
        browse.tasks(project=project, state=state, name=name),
        after=int(after) if after.isdecimal() and len(after) < 19 else None,
        size=PAGE,
        newest_first=True,
    )
    query = request.GET.copy()
    if page.after is not None:
        query["after"] = str(page.after)
    return {
        "tiles": [{"task": task, "url": work.image_url(task.image), "gold": is_gold(task)} for task in page.rows],
        "more": f"?{query.urlencode()}" if page.after is not None else "",
        "first": not after,
        "state": state,
        "q": name,
    }


def is_gold(task: Task) -> bool:
    """Return whether a task's answer is known."""
    gold = getattr(task, "gold", None)
    return gold is not None and gold.withdrawn_at is None


@require_safe
@overseers
def grid(request: Request, member: Membership) -> HttpResponse:
    """Show the images with their states."""
    context = {**frame(member, "images"), **tiles(project=member.project, request=request), "states": WORDS.items()}
    return render(request, "images/grid.html", context)
