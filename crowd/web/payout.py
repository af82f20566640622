"""What workers have earned in a period, as a page and as a CSV file."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crowd.models import Membership
from crowd.queries.payout import Earned, payout
from crowd.web.access import Request, owners
from crowd.web.frame import frame

DAYS = 30
COLUMNS = ("username", "pseudonym", "answers", "void", "amount")


@require_safe
@owners
def report(request: Request, member: Membership) -> HttpResponse:
    """Show what each worker's answers come to; both days count."""
    today = timezone.now().date()
    since = _day(request.GET.get("since", ""), today - timedelta(days=DAYS - 1))
    until = _day(request.GET.get("until", ""), today)
    found = payout(project=member.project, first=since, last=until)
    rows = found.earned
    if request.GET.get("format") == "csv":
        return _csv(member, rows, f"{since}-{until}")
    context: dict[str, Any] = {
        "rows": rows,
        "as_of": found.as_of,
        "since": since,
        "until": until,
        "answers": sum(row.answers for row in rows),
        "amount": sum((row.amount for row in rows), Decimal(0)),
    }
    return render(request, "members/payout.html", {**frame(member, "members"), **context})


def _csv(member: Membership, rows: Any, period: str) -> HttpResponse:
    name = f"{member.project.slug}-payout-{period}.csv"
    answer = HttpResponse(content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    writer.writerows([_plain(row, column) for column in COLUMNS] for row in rows)
    return answer


def _plain(row: Earned, column: str) -> str:
    """Return a cell; a user name that a spreadsheet would take for a formula is kept from being one."""
    text = str(getattr(row, column))
    return f"'{text}" if text[:1] in "=+-@" else text


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2999 else otherwise
