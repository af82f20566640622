"""The operators' page: the state of the installation, told anew every few seconds, and failed jobs sent again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crowd.models import Process
from crowd.queries import operating as queries
from crowd.queries.scope import MISSING
from crowd.web.access import Request, signed_in
from crowd.web.language import in_english
from crowd.workflow.upkeep import operating

FULL = 0.8


def operators(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let operators in; to everybody else there is nothing here."""

    @wraps(view)
    def let_in(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_staff and request.user.is_active):
            raise Http404(MISSING)
        return view(request, *args, **kwargs)

    return signed_in(in_english(let_in))


@never_cache
@require_safe
@operators
def page(request: Request) -> HttpResponse:
    """Show it all; to htmx, what changes."""
    now = timezone.now()
    found = queries.state(now=now)
    context = {"state": found, "now": now, "tiles": tiles(found, now), "processes": _shown(found.processes, now)}
    most = max((one.seconds for one in found.jobs), default=0.0)
    context["jobs"] = [(one, 100 * one.seconds / most if most else 0.0) for one in found.jobs]
    context["waits"] = [
        (told[:1].upper() + told[1:], {"count": count, "oldest": span(age)})
        for told, (count, age) in found.waiting.items()
    ]
    context["webhooks"] = [{"project": one.project, "state": one.state, "lag": span(one.lag)} for one in found.webhooks]
    return render(request, "operator/_state.html" if request.htmx else "operator/page.html", context)


@require_POST
@operators
def send_again(request: Request, pk: int) -> HttpResponse:
    """Send a failed job once more."""
    failed = operating.send_again(pk=pk, now=timezone.now())
    messages.success(request, f"{failed.job} was sent again. It leaves the list when it succeeds.")
    return redirect("operator")


@require_POST
@operators
def dismiss(request: Request, pk: int) -> HttpResponse:
    """Strike a failed job off the list."""
    operating.dismiss(pk=pk)
    messages.success(request, "Dismissed.")
    return redirect("operator")


def tiles(found: queries.State, now: Any) -> list[dict[str, Any]]:
    """Return the figures at the top: what each is, and whether it is well."""
    alive = [one for one in found.processes if now - one.seen_at < queries.ALIVE]
    workers = sum(one.role == Process.Role.WORKER for one in alive)
    ticks = [one.doing_since for one in alive if one.role == Process.Role.BEAT and one.doing_since]
    tick = (now - max(ticks)).total_seconds() if ticks else None
    queue, database = found.queue, found.database
    share = database.connections / database.limit if database else None
    return [
        _tile("Migrations", "applied" if found.migrations == 0 else _or(found.migrations), found.migrations == 0),
        _tile("Workers", workers, workers > 0, "alive"),
        _tile("Beat’s last tick", "none" if tick is None else span(tick), tick is not None and tick < queries.LATE),
        _tile(
            "Jobs that wait",
            _or(queue and queue.waiting),
            queue is not None and (queue.oldest or 0) < queries.LATE,
            f"oldest {span(queue.oldest)}" if queue and queue.oldest is not None else "",
        ),
        _tile("Failed jobs", found.failed_in_all, found.failed_in_all == 0),
        _tile(
            "Database connections",
            _or(database and database.connections),
            share is not None and share < FULL,
            f"of {database.limit}" if database else "",
            share=share,
        ),
    ]


def _tile(name: str, value: Any, good: bool, more: str = "", *, share: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "good": good, "more": more, "share": share and round(100 * min(share, 1), 1)}


def _or(value: Any) -> Any:
    return "unknown" if value is None else value


def span(seconds: float) -> str:
    """Return a span of time in few letters; one that begins after it ends, as clocks may say, is none."""
    seconds = max(0.0, seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _shown(processes: Any, now: Any) -> list[dict[str, Any]]:
    return [
        {
            "is": one,
            "alive": now - one.seen_at < queries.ALIVE,
            "since": span((now - one.doing_since).total_seconds()) if one.doing_since else "",
        }
        for one in processes
    ]
