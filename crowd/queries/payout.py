"""What workers have earned: answers given in a period, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from crowd.models import Project

# worker by worker, by the index of worker and time: only the answers of the period are read, whatever else there is
_COUNTED = """
    SELECT u.username, s.pseudonym, given.counted, given.void
    FROM crowd_standing s JOIN crowd_user u ON u.id = s.worker_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE a.state = 'submitted' OR a.overtaken_at IS NOT NULL) AS counted,
               count(*) FILTER (WHERE a.state = 'void' AND a.overtaken_at IS NULL) AS void
        FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id AND t.project_id = s.project_id
        WHERE a.worker_id = s.worker_id AND a.submitted_at >= %(since)s AND a.submitted_at < %(until)s
    ) AS given
    WHERE s.project_id = %(project)s AND given.counted + given.void > 0
    ORDER BY u.username
"""


@dataclass(frozen=True)
class Earned:
    """What one worker is owed; `void` answers did not count, and are not paid."""

    username: str
    pseudonym: str
    answers: int
    void: int
    amount: Decimal


def payout(*, project: Project, since: datetime, until: datetime) -> Sequence[Earned]:
    """Return what each worker's answers from `since` to before `until` come to.

    An answer that a later guideline voided was given in good faith, and is paid; gold answers are answers.
    """
    values: dict[str, Any] = {"project": project.pk, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, values)
        rows = cursor.fetchall()
    rate = project.pay_per_answer
    return [Earned(name, pseudonym, counted, void, rate * counted) for name, pseudonym, counted, void in rows]
