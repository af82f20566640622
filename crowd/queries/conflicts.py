"""Conflicts as reviewers find them: filtered, in an order, a page at a time by key, so that each costs the same."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime

from crowd.errors import Invalid, Missing
from crowd.models import Conflict, Event, Membership, Project, Standing, User
from crowd.queries import blind
from crowd.queries.scope import MISSING

# how rows are ordered, each by its columns; those with a minus the greatest first
ORDERS: Final = {"oldest": ("opened_at", "id"), "gain": ("-gain", "draw", "id"), "severity": ("-severity", "id")}
UNTOLD = ("confused", "workers", "category", "probability", "wrong", "taken_at", "seconds", "agreement")
NOBODY, ME = "nobody", "me"
MOST_EVENTS = 100


@dataclass(frozen=True)
class Wanted:
    """Which conflicts; what is left empty restricts nothing."""

    kind: str = ""
    label: str = ""
    worker: str = ""
    assignee: str = ""
    severity_above: float | None = None
    opened_before: datetime | None = None
    order: str = "oldest"

    def query(self) -> dict[str, str]:
        """Return what is wanted as an address says it."""
        given = {"kind": self.kind, "class": self.label, "worker": self.worker, "assignee": self.assignee}
        if self.severity_above is not None:
            given["severity_above"] = str(self.severity_above)
        if self.opened_before is not None:
            given["opened_before"] = self.opened_before.isoformat()
        if self.order != "oldest":
            given["order"] = self.order
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Page:
    """Some rows, and where the next ones begin; empty at the end."""

    rows: Sequence[Conflict]
    cursor: str


def open_of(*, project: Project, member: Membership) -> QuerySet[Conflict]:
    """Return the open conflicts that a member may see: disputes of gold are the owner's, who knows which are gold."""
    rows = Conflict.objects.filter(project=project, closed_at__isnull=True)
    return rows if member.role == Membership.Role.OWNER else rows.exclude(cause=Conflict.Kind.DISPUTED_GOLD)


def listed(*, member: Membership, wanted: Wanted, cursor: str = "", size: int, pictures: bool = False) -> Page:
    """Return one page of a member's project; with `pictures` each with its image.

    The keys come first, from an index alone where there is one: the wide rows are read of those that are shown only.
    """
    project = member.project
    rows = _matching(open_of(project=project, member=member), project, member.user, wanted)
    columns = ORDERS[wanted.order]
    if cursor:
        rows = rows.filter(_behind(columns, _read(cursor, columns)))
    keys = list(rows.order_by(*columns).values_list("pk", flat=True)[: size + 1])
    related = ("assignee", "escalated_by", "closed_by", *(("task__image",) if pictures else ()))
    shown = Conflict.objects.filter(pk__in=keys[:size]).select_related(*related).defer(*UNTOLD).order_by(*columns)
    found = list(shown)
    return Page(found, _written(found[-1], columns) if len(keys) > size and found else "")


def counted(*, member: Membership) -> dict[str, int]:
    """Return how many are open of each kind."""
    kinds = open_of(project=member.project, member=member).order_by().values_list("kind")
    return dict(sorted(kinds.annotate(Count("pk")).values_list("kind", "pk__count")))


def parse(given: Any) -> Wanted:
    """Return what an address asks for; Invalid where it asks for what there is not."""
    order, kind = given.get("order") or "oldest", given.get("kind") or ""
    for name, value, known in (("order", order, tuple(ORDERS)), ("kind", kind, ("", *Conflict.Kind.values))):
        if value not in known:
            told = f"Choose one of {', '.join(one for one in known if one)}."
            raise Invalid(f"{name}: {told}", errors={name: [told]})
    return Wanted(
        kind=kind,
        label=_text(given.get("class")),
        worker=_text(given.get("worker")),
        assignee=_text(given.get("assignee")),
        severity_above=_number(given.get("severity_above")),
        opened_before=_moment(given.get("opened_before")),
        order=order,
    )


def one(*, user: User, pk: Any, slug: str | None = None) -> Conflict:
    """Return a conflict of a project that the caller owns or reviews; with a slug, of that project only."""
    key = int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19 else -1
    seats = Membership.objects.filter(user=user, role__in=[Membership.Role.OWNER, Membership.Role.REVIEWER])
    rows = Conflict.objects.filter(pk=key, project__deleted_at__isnull=True, project__memberships__in=seats)
    found = (rows if slug is None else rows.filter(project__slug=slug)).select_related(
        "project", "assignee", "escalated_by", "closed_by", "consensus__by"
    )
    result = found.first()
    if result is None:
        raise Missing(MISSING)
    return result


def history(conflict: Conflict) -> QuerySet[Event]:
    """Return what is recorded of a conflict: when it was opened, held, handed on, and what settled it.

    While the task waits for a second look, nothing of the first ruling and of what came after it.
    """
    told = Event.objects.filter(project=conflict.project_id, data__task=conflict.task_id)
    about = Q(data__conflict=conflict.pk) | Q(type__startswith="task.", at__gte=conflict.opened_at)
    if conflict.closed_at is not None:
        about &= Q(at__lte=conflict.closed_at)
    first = blind.first_ruling(conflict.task_id)
    if first is not None:
        told = told.exclude(type__startswith="task.", at__gte=first.created_at)
    return told.filter(about).select_related("actor").order_by("transaction", "pk")


def _matching(rows: QuerySet[Conflict], project: Project, user: User, wanted: Wanted) -> QuerySet[Conflict]:
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.label:
        rows = rows.filter(labels__contains=[wanted.label])
    if wanted.worker:
        named = Q(pseudonym=wanted.worker) | Q(worker__username=wanted.worker)
        found = Standing.objects.filter(named, project=project).values_list("worker", flat=True).first()
        rows = rows.filter(workers__contains=[found]) if found is not None else rows.none()
    if wanted.assignee == NOBODY:
        rows = rows.filter(assignee__isnull=True)
    elif wanted.assignee:
        rows = rows.filter(assignee__username=user.username if wanted.assignee == ME else wanted.assignee)
    if wanted.severity_above is not None:
        rows = rows.filter(severity__gt=wanted.severity_above)
    if wanted.opened_before is not None:
        rows = rows.filter(opened_at__lt=wanted.opened_before)
    return rows


def _behind(columns: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition of what comes behind a row of these values."""
    found, same = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        name, step = column.lstrip("-"), "lt" if column.startswith("-") else "gt"
        found |= same & Q(**{f"{name}__{step}": value})
        same &= Q(**{name: value})
    return found


def _written(row: Conflict, columns: Sequence[str]) -> str:
    values = [getattr(row, column.lstrip("-")) for column in columns]
    told = [one.isoformat() if isinstance(one, datetime) else one for one in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _read(cursor: str, columns: Sequence[str]) -> list[Any]:
    """Return the values of a cursor; Invalid where we did not make it."""
    try:
        told = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        values = [_value(column, one) for column, one in zip(columns, told, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise Invalid("cursor: use the “next” that this list gave you.", errors={"cursor": ["Not a cursor."]}) from None
    return values


def _value(column: str, told: Any) -> Any:
    if column == "id":
        if not isinstance(told, int) or not 0 < told < 2**63:
            raise ValueError
        return told
    if column == "opened_at":
        found = parse_datetime(told)
        if found is None or found.tzinfo is None:
            raise ValueError
        return found
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError
    return float(told)


def _text(value: Any) -> str:
    return str(value or "").replace("\0", "")[:200]


def _number(value: Any) -> float | None:
    if value in {None, ""}:
        return None
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0.0 <= found <= 1.0:
        raise Invalid("severity_above: from 0 to 1.", errors={"severity_above": ["From 0 to 1."]})
    return found


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        found = parse_datetime(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        told = "A moment with its time zone, as in 2026-01-31T12:00:00Z."
        raise Invalid(f"opened_before: {told}", errors={"opened_before": [told]})
    try:
        return found.astimezone(UTC)  # the database knows no zone that is more than fifteen hours off
    except OverflowError:  # in the first or the last hours of the calendar
        return found.replace(tzinfo=UTC)
