"""Imports as their owners see them: counts, speed, what is left, what was refused."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from crowd.errors import Missing
from crowd.models import Import, Membership, Project, Refusal, User
from crowd.queries.scope import MISSING

CHUNK = 2000
COLUMNS = ("line", "name", "code", "detail")


@dataclass(frozen=True)
class Pace:
    """Images a second so far, seconds left and the share done; None where that cannot be known yet."""

    speed: float | None
    time_left: float | None
    share: float | None


def of_owner(*, user: User) -> QuerySet[Import]:
    """Return the imports of projects that the caller owns."""
    return Import.objects.select_related("project", "created_by").filter(
        project__deleted_at__isnull=True,
        project__memberships__user=user,
        project__memberships__role=Membership.Role.OWNER,
    )


def one(*, user: User, pk: str, slug: str | None = None) -> Import:
    """Return one of them; with a slug, of that project only."""
    rows = of_owner(user=user)
    if slug is not None:
        rows = rows.filter(project__slug=slug)
    found = rows.filter(pk=int(pk)).first() if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Missing(MISSING)
    return found


def of_project(project: Project) -> QuerySet[Import]:
    """Return a project's imports."""
    return Import.objects.filter(project=project).select_related("project", "created_by")


def pace(made: Import, *, now: datetime) -> Pace:
    """Return how fast an import is; of a file by its bytes, of a bucket the end is not known."""
    if made.started_at is None:
        return Pace(None, None, None)
    seconds = ((made.finished_at or now) - made.started_at).total_seconds()
    speed = made.seen / seconds if seconds > 0 else None
    if not made.is_under_way:
        return Pace(speed, 0.0, 1.0 if made.state == Import.State.DONE else None)
    done, whole = (made.position, made.size) if made.size else (made.seen, made.total or 0)
    if not whole or not done or seconds <= 0:
        return Pace(speed, None, None)
    return Pace(speed, seconds * (whole - done) / done, done / whole)


def refusals(made: Import, *, kind: str) -> Iterator[bytes]:
    """Yield what was refused as lines of JSON or CSV, in the order in which it came."""
    rows = Refusal.objects.filter(of=made).order_by("pk").values_list(*COLUMNS).iterator(chunk_size=CHUNK)
    if kind == "csv":
        yield _csv(COLUMNS)
        for row in rows:
            yield _csv(row)
        return
    for row in rows:
        yield json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False).encode() + b"\n"


def _csv(cells: tuple[object, ...]) -> bytes:
    out = io.StringIO()
    # what begins like a formula is shown as text by spreadsheets
    csv.writer(out).writerow(f"'{cell}" if str(cell)[:1] in tuple("=+-@\t\r") else cell for cell in cells)
    return out.getvalue().encode()
