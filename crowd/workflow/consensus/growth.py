"""When a project's worker models are to be learnt anew, and the asking for it: once, however many notice."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from crowd import jobs

MIN_NEW_ANSWERS = 30
GROWTH = 0.2
LOST_AFTER = timedelta(minutes=2)  # a refit asked for longer ago than this is asked for again

# Both are written out, because they run after every answer handed in.
# Whether there is a guideline to read answers under, how many answers there are, how many the newest models were
# learnt from, when that was, and how many conflicts were ruled on since.
_STATE = """
    SELECT EXISTS (SELECT FROM crowd_guideline g WHERE g.project_id = p.id AND g.state = 'published'),
           (SELECT coalesce(sum(s.labels), 0) FROM crowd_standing s WHERE s.project_id = p.id), f.answers, f.created_at,
           (SELECT count(*) FROM crowd_conflict c
            WHERE c.project_id = p.id AND c.closed_at > f.created_at AND c.ruling_id IS NOT NULL)
    FROM crowd_project p LEFT JOIN LATERAL (
        SELECT f.answers, f.created_at FROM crowd_fit f JOIN crowd_guideline g ON g.id = f.guideline_id
        WHERE f.project_id = p.id AND f.method = p.consensus AND g.state = 'published' ORDER BY f.id DESC LIMIT 1
    ) f ON true
    WHERE p.id = %s
"""
# One row is written where none stands, or the one that stands has been there so long that its message was lost.
_ASK = """
    INSERT INTO crowd_refitrequest (project_id, asked_at) VALUES (%(project)s, %(now)s)
    ON CONFLICT (project_id) DO UPDATE SET asked_at = %(now)s WHERE crowd_refitrequest.asked_at < %(lost)s
"""


def is_due(*, project_id: int, now: datetime, first: int = 1) -> bool:
    """Return whether so many answers and rulings are new since the newest models that learning them anew pays.

    A fifth more at once, and of what has waited for m minutes an m-th of that: so the cost stays in proportion to the
    answers, and the last ones of a project are learnt from too. Before any models, `first` answers.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [project_id])
        published, total, fitted, at, ruled = cursor.fetchone() or (False, 0, None, None, 0)
    change = abs(int(total) - int(fitted or 0)) + int(ruled)
    if not published or not change:
        return False
    if fitted is None or at is None:
        return change >= first
    minutes = max((now - at).total_seconds() / 60, 1.0)
    return bool(change * minutes >= max(MIN_NEW_ANSWERS, GROWTH * fitted))


def ask_if_due(*, project_id: int, now: datetime, first: int = MIN_NEW_ANSWERS) -> None:
    """Ask for new worker models where they are due, unless that was asked just now and is still to be done."""
    if not is_due(project_id=project_id, now=now, first=first):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ASK, {"project": project_id, "now": now, "lost": now - LOST_AFTER})
        if cursor.rowcount:
            jobs.send(jobs.refit, project_id)
