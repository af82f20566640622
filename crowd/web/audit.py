"""The audit log: what happened, by whom, when; searched, read page by page, taken away as CSV."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crowd.errors import Invalid
from crowd.models import Event, Membership
from crowd.queries import audit
from crowd.queries.feeds import Cursor
from crowd.queries.story import words_of
from crowd.web.access import Request, owners
from crowd.web.frame import frame

PAGE, MOST = 50, 100_000


@require_safe
@owners
def events(request: Request, member: Membership) -> HttpResponse:
    """Show what happened, newest first."""
    wanted = _wanted(request)
    if request.GET.get("format") == "csv":
        return cast(HttpResponse, _csv(member, wanted))  # Django's types have no common word for both
    found = audit.search(project=member.project, wanted=wanted, before=_cursor(request), size=PAGE)
    query = request.GET.copy()
    query["before"] = str(found.cursor)
    rest = request.GET.copy()
    rest.pop("before", None)
    rest["format"] = "csv"
    seats = member.project.memberships.select_related("user").order_by("user__username")
    context = {
        "rows": [_row(event) for event in found.events],
        "more": f"?{query.urlencode()}" if found.cursor else "",
        "csv": f"?{rest.urlencode()}",
        "wanted": wanted,
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "types": audit.types(member.project),
        "people": [seat.user.username for seat in seats],
    }
    return render(request, "audit/list.html", {**frame(member, "audit"), **context})


def _wanted(request: Request) -> audit.Search:
    given = {name: request.GET.get(name, "").replace("\0", "").strip()[:200] for name in ("type", "actor", "text")}
    since, until = _day(request.GET.get("since", "")), _day(request.GET.get("until", ""))
    return audit.Search(**given, since=since, until=until + timedelta(days=1) if until else None)


def _day(text: str) -> datetime | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(found, time.min, tzinfo=UTC) if 2000 <= found.year < 3000 else None


def _cursor(request: Request) -> Cursor | None:
    try:
        return Cursor.parse(request.GET["before"]) if request.GET.get("before") else None
    except Invalid:
        return None


def _row(event: Event) -> dict[str, Any]:
    hidden = {"task", "reason", "comment", "method"}
    facts = [f"{name} {_plain(value)}" for name, value in event.data.items() if name not in hidden and value != ""]
    return {"event": event, "words": words_of(event), "task": event.data.get("task"), "facts": ", ".join(facts)}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv(member: Membership, wanted: audit.Search) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield writer.writerow(["id", "at", "type", "actor", "data"])
        for event in audit.all_of(project=member.project, wanted=wanted, most=MOST):
            actor = event.actor.username if event.actor else "system"
            safe = f"'{actor}" if actor[:1] in "=+-@" else actor  # no formula to a spreadsheet
            yield writer.writerow([event.pk, event.at.isoformat(), event.type, safe, json.dumps(event.data)])

    name = f"{member.project.slug}-events.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines(), content_type="text/csv", headers=headers)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text
