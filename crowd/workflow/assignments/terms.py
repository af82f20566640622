"""The terms under which a worker asks for work: who may, and how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.core.cache import cache

from crowd.errors import Contradiction, Refused, TooMany
from crowd.models import Guideline, Membership, Project, Standing, Task, User, statements
from crowd.workflow.assignments import queue
from crowd.workflow.workers import qualifying

HOUR = timedelta(hours=1)
# why there was nothing: the answers one person may give are given; only a pilot's images are given for now; what is
# left asks for a skill that they have not
Why = Literal["", "share", "pilot", "skill"]
COUNTED_AT_ONCE = 2000
_LOCK = f"""
    SELECT {statements.columns(Standing, "s")} FROM crowd_standing s
    WHERE s.project_id = %(project)s AND s.worker_id = %(worker)s FOR NO KEY UPDATE
"""  # noqa: S608 -- names of columns
_VERSION = ("id", "project", "number", "state")
_TERMS = f"""
    SELECT
        m.id IS NOT NULL, m.tags, m.most_answers, m.max_leases,
        COALESCE(m.answers_per_hour, p.answers_per_hour),
        p.require_acknowledgement AND NOT EXISTS (SELECT FROM crowd_acknowledgement k
                WHERE k.guideline_id = g.id AND k.worker_id = %(worker)s),
        (SELECT count(*) FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
         WHERE a.worker_id = %(worker)s AND a.state = 'leased' AND a.expires_at > %(now)s AND t.project_id = p.id),
        EXISTS (SELECT FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
                WHERE a.worker_id = %(worker)s AND a.state = 'leased' AND a.expires_at <= %(now)s
                  AND t.project_id = p.id),
        EXISTS (SELECT FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
                WHERE a.worker_id = %(worker)s AND a.state = 'expired' AND t.project_id = p.id),
        CASE WHEN COALESCE(m.answers_per_hour, p.answers_per_hour) > 0 THEN
            (SELECT count(*) FROM crowd_assignment a JOIN crowd_task t ON t.id = a.task_id
             WHERE a.worker_id = %(worker)s AND a.submitted_at > %(hour_ago)s AND t.project_id = p.id)
        ELSE 0 END,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        {statements.columns(Guideline, "g", *_VERSION)},
        {statements.columns(Project, "p")}
    FROM crowd_project p LEFT JOIN crowd_guideline g ON g.project_id = p.id AND g.state = 'published'
    LEFT JOIN crowd_membership m ON m.project_id = p.id AND m.user_id = %(worker)s AND m.role = 'worker'
    WHERE p.id = %(project)s
"""  # noqa: S608 -- names of columns
# one look into the unique index for each task: a NOT EXISTS might be answered by reading all that the worker ever did
_NEW = """(SELECT true FROM crowd_assignment a
           WHERE a.task_id = t.id AND a.worker_id = %(worker)s AND a.state <> 'expired') IS NULL"""
_HELD_TO = """(%(pilot)s::bigint IS NULL OR EXISTS (
            SELECT FROM crowd_pilottask p WHERE p.pilot_id = %(pilot)s AND p.task_id = t.id))"""
_MAY_COME = f"""
    SELECT EXISTS (
        SELECT FROM crowd_assignment l JOIN crowd_task t ON t.id = l.task_id
        WHERE l.state = 'leased' AND t.project_id = %(project)s AND t.state = 'open' AND l.worker_id <> %(worker)s
          AND {_NEW} AND {_HELD_TO} AND t.skill = ANY(%(skills)s)
    ) OR EXISTS (
        SELECT FROM crowd_task t
        WHERE t.stale_at IS NOT NULL AND t.project_id = %(project)s AND t.state = 'open'
          AND {_NEW} AND {_HELD_TO} AND t.skill = ANY(%(skills)s)
    )
"""  # noqa: S608 -- constant parts


@dataclass(frozen=True)
class Terms:
    """What a claim rests on, read after the worker's row was locked.

    Attributes
    ----------
    project : Project
    member : bool
        Whether they still work in it.
    skills : sequence of str
        What they can do, the empty one, which all have, among it.
    most_answers, max_leases : int or None
        Limits of their own: of answers in all, and of images held.
    per_hour : int
        How many answers they may give in an hour; 0 for no limit.
    guideline : Guideline or None
        The version in force, if there is one.
    unread : bool
        Whether they have yet to acknowledge it.
    held, lately : int
        Images they hold, and answers they gave in the last hour where the project limits these.
    overdue, ran_out : bool
        Whether leases of theirs should have ended by now, and whether some have.
    horizon : int
        The oldest transaction under way.
    """

    project: Project
    member: bool
    skills: Sequence[str]
    most_answers: int | None
    max_leases: int | None
    per_hour: int
    guideline: Guideline | None
    unread: bool
    held: int
    lately: int
    overdue: bool
    ran_out: bool
    horizon: int


def lock(*, project: Project, worker: User) -> Standing:
    """Return the worker's standing, locked: a worker's claims are one after another."""
    found = statements.row(_LOCK, {"project": project.pk, "worker": worker.pk})
    if found is None:
        raise Refused("You do not work in this project.", code="role_required")
    return statements.instance(Standing, found)


def of(standing: Standing, *, now: datetime) -> Terms:
    """Return the terms for the worker of a locked standing."""
    found = statements.row(
        _TERMS,
        {"project": standing.project_id, "worker": standing.worker_id, "now": now, "hour_ago": now - HOUR},
    )
    assert found is not None  # the standing refers to it
    (member, tags, most_answers, max_leases, per_hour), found = found[:5], found[5:]
    unread, held, overdue, ran_out, lately, horizon = found[:6]
    version, project = found[6 : 6 + len(_VERSION)], found[6 + len(_VERSION) :]
    return Terms(
        project=statements.instance(Project, project),
        member=member,
        skills=("", *(tags or ())),
        most_answers=most_answers,
        max_leases=max_leases,
        per_hour=per_hour,
        guideline=statements.instance(Guideline, version, *_VERSION) if version[0] is not None else None,
        unread=bool(unread),
        held=held,
        lately=lately,
        overdue=overdue,
        ran_out=ran_out,
        horizon=horizon,
    )


def room(terms: Terms, standing: Standing) -> int:
    """Return how many more images the worker may hold; refuse where they hold or gave as many as is allowed."""
    most = terms.max_leases or terms.project.max_leases
    if terms.held >= most:
        raise Contradiction(
            f"You hold {terms.held} images, which is the most you may hold here: submit or skip some first.",
            code="too_many_leases",
        )
    left = min(most - terms.held, _share(terms.project, standing, terms.most_answers) - terms.held)
    if not terms.per_hour:
        return left
    if terms.lately >= terms.per_hour:
        raise TooMany(
            f"You gave {terms.lately} answers in the last hour, the most this project takes from you: "
            "take a break, and go on a little later.",
            code="answers_per_hour",
        )
    return min(left, terms.per_hour - terms.lately - terms.held)


def _share(project: Project, standing: Standing, own: int | None) -> int:
    """Return how many more answers the worker may give in all; `own` is a limit of theirs."""
    most = most_answers(project)
    return (most if own is None else min(most, own)) - standing.labels


def most_answers(project: Project) -> int:
    """Return how many answers one worker may give in all."""
    if project.max_share_per_worker >= 1.0:
        return 2**31 - 1
    return max(int(project.max_share_per_worker * _images(project)), 1)


def _images(project: Project) -> int:
    """Return how many images there are to label: exactly where few, else as of the last minute."""
    images = project.tasks.exclude(state=Task.State.EXCLUDED)
    few = images.order_by().values("pk")[: COUNTED_AT_ONCE + 1].count()
    if few <= COUNTED_AT_ONCE:
        return int(few)
    key = f"images-of-{project.pk}"
    known: int | None = cache.get(key)
    if known is None:
        known = images.count()
        cache.set(key, known, timeout=60)
    return known


def may_come(*, project: Project, worker: User) -> tuple[bool, Why]:
    """Return whether something may yet come for a worker who was given nothing, and why nothing was to be had.

    It may where somebody else holds what they have not had, or answers are still being looked at, after which a task
    may ask for one more.
    """
    project = Project.objects.get(pk=project.pk)
    standing = Standing.objects.get(project=project, worker=worker)
    member = Membership.objects.get(project=project, user=worker)
    if _share(project, standing, member.most_answers) <= 0:
        return False, "share"
    if qualifying.stage(standing=standing, project=project) != qualifying.Stage.WORK:
        return True, ""  # what they hold of it comes first
    skills = ["", *member.tags]
    values = {"project": project.pk, "worker": worker.pk, "pilot": project.pilot_id, "skills": skills}
    found = statements.row(_MAY_COME, values)
    if found and found[0]:
        return True, ""
    if project.pilot_id is not None:
        return False, "pilot"
    return False, "skill" if queue.asks_for_others(project=project, skills=skills) else ""
