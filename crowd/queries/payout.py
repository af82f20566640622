"""What workers have earned: answers given in a period, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from crowd.models import Project, Summary
from crowd.queries.quality import reading

SOON_COUNTED = 50_000  # answers in a project that are counted one by one whenever somebody asks
# worker by worker, by the index of worker and time: only the answers of the period are read, whatever else there is
_COUNTED = """
    SELECT s.worker_id, given.counted, given.void
    FROM crowd_standing s
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE a.state = 'submitted' OR a.overtaken_at IS NOT NULL) AS counted,
               count(*) FILTER (WHERE a.state = 'void' AND a.overtaken_at IS NULL) AS void
        FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id AND t.project_id = s.project_id
        WHERE a.worker_id = s.worker_id AND a.submitted_at >= %(since)s AND a.submitted_at < %(until)s
    ) AS given
    WHERE s.project_id = %(project)s AND given.counted + given.void > 0
"""
_BY_DAY = """
    SELECT key::bigint, coalesce(sum(n) FILTER (WHERE other = ''), 0)::bigint,
           coalesce(sum(n) FILTER (WHERE other = 'void'), 0)::bigint
    FROM crowd_figure
    WHERE project_id = %(project)s AND measure = 'paid' AND at >= %(since)s AND at < %(until)s
    GROUP BY key HAVING sum(n) > 0
"""


@dataclass(frozen=True)
class Earned:
    """What one worker is owed; `void` answers did not count, and are not paid."""

    username: str
    pseudonym: str
    answers: int
    void: int
    amount: Decimal


@dataclass(frozen=True)
class Payout:
    """What each worker is owed, by their names, as of a moment: None for now."""

    earned: Sequence[Earned]
    as_of: datetime | None = None


def payout(*, project: Project, first: date, last: date) -> Payout:
    """Return what each worker's answers from the `first` to the `last` day, in UTC, come to.

    An answer that a later guideline voided was given in good faith, and is paid; gold answers are answers. Where they
    are many, days are read as they were summed up last.
    """
    since, until = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first, last + timedelta(days=1)))
    as_of = _summed_up(project)
    if as_of is None:
        rows = _rows(_COUNTED, {"project": project.pk, "since": since, "until": until})
    else:
        rows = _rows(_BY_DAY, {"project": project.pk, "since": since.timestamp(), "until": until.timestamp()})
    counted = {worker: (answers, void) for worker, answers, void in rows}
    return Payout(_earned(project, counted), as_of)


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _summed_up(project: Project) -> datetime | None:
    """Return as of when the days' sums hold; None where the answers are few, or the sums do not have them all.

    Money is at stake: they are believed only where they come to as many answers as the other figures do.
    """
    known = project.standings.aggregate(sum=Sum("labels"))["sum"] or 0
    summary = Summary.objects.filter(project=project, through__isnull=True).first()
    if known <= SOON_COUNTED or summary is None:
        return None
    given, paid = (sum(one.n for one in reading.sums(project, measure)) for measure in ("answer", "paid"))
    return summary.at if given == paid else None


def _earned(project: Project, counted: Mapping[int, tuple[int, int]]) -> list[Earned]:
    named = project.standings.filter(worker__in=counted).order_by("worker__username")
    columns = ("worker", "worker__username", "pseudonym")
    rate = project.pay_per_answer
    return [
        Earned(name, pseudonym, answers := counted[worker][0], counted[worker][1], rate * answers)
        for worker, name, pseudonym in named.values_list(*columns)
    ]
