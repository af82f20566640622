"""Who calls, and what an address names of theirs: read by hand-written statements, as every request needs them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Model

from crowd.models import ApiToken, Assignment, Guideline, Image, Membership, Project, Task, User, statements

M = TypeVar("M", bound=Model)
_MEMBERSHIP_COLUMNS = f"{statements.columns(Membership, 'm')}, {statements.columns(Project, 'p')}"
_MEMBERSHIP = f"""
    SELECT {_MEMBERSHIP_COLUMNS}
    FROM crowd_project p JOIN crowd_membership m ON m.project_id = p.id
    WHERE p.slug = %(slug)s AND p.deleted_at IS NULL AND m.user_id = %(user)s
"""  # noqa: S608 -- names of columns
_PARTS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Assignment, "a", ()),
    (Task, "t", ("id", "project", "image", "state", "prelabel", "prelabel_guideline")),
    (Image, "i", ("id", "project", "sha256", "width", "height", "content_type", "location", "held_by", "erased_at")),
    (Guideline, "g", ("id", "project", "number", "state", "published_at")),
    (Project, "p", ("id", "slug", "archived_at", "pilot", "blind_prelabels", "blind_share")),
)
_ASSIGNMENT_COLUMNS = ", ".join(statements.columns(model, alias, *names) for model, alias, names in _PARTS)
_ASSIGNMENT_PARTS = """
    crowd_assignment a
    JOIN crowd_task t ON t.id = a.task_id
    JOIN crowd_image i ON i.id = t.image_id
    JOIN crowd_guideline g ON g.id = a.guideline_id
    JOIN crowd_project p ON p.id = t.project_id AND p.deleted_at IS NULL
    JOIN crowd_membership m ON m.project_id = p.id AND m.user_id = a.worker_id AND m.role = 'worker'
"""
_ASSIGNMENT = f"""
    SELECT {_ASSIGNMENT_COLUMNS} FROM {_ASSIGNMENT_PARTS} WHERE a.id = %(id)s AND a.worker_id = %(user)s
"""  # noqa: S608 -- names of columns

# What the address names, read with its caller in one statement: two of a claim's and a submit's round trips are spared.
_CALLER_COLUMNS = f"{statements.columns(ApiToken, 'k')}, {statements.columns(User, 'u')}"
_CALLER = """
    crowd_apitoken k JOIN crowd_user u ON u.id = k.user_id
    {named}
    WHERE k.digest = %(digest)s AND u.is_active AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
"""
_OF_MEMBER = """
    LEFT JOIN (crowd_project p JOIN crowd_membership m ON m.project_id = p.id)
        ON p.slug = %(slug)s AND p.deleted_at IS NULL AND m.user_id = u.id
"""
_OF_WORKER = f"LEFT JOIN ({_ASSIGNMENT_PARTS}) ON a.id = %(assignment)s AND a.worker_id = u.id"
# a claim reads its terms in full once the worker's standing is locked: until then, only where and what they are
_OF_CLAIM: tuple[tuple[str, ...], tuple[str, ...]] = (("id", "project", "user", "role"), ("id", "slug", "archived_at"))
_CLAIM_COLUMNS = (
    f"{statements.columns(Membership, 'm', *_OF_CLAIM[0])}, {statements.columns(Project, 'p', *_OF_CLAIM[1])}"
)
_CALLERS = {
    None: f"SELECT {_CALLER_COLUMNS} FROM {_CALLER.format(named='')}",  # noqa: S608 -- constant parts
    "slug": f"SELECT {_CALLER_COLUMNS}, {_MEMBERSHIP_COLUMNS} FROM {_CALLER.format(named=_OF_MEMBER)}",  # noqa: S608
    "work_in": f"SELECT {_CALLER_COLUMNS}, {_CLAIM_COLUMNS} FROM {_CALLER.format(named=_OF_MEMBER)}",  # noqa: S608
    "assignment": f"SELECT {_CALLER_COLUMNS}, {_ASSIGNMENT_COLUMNS} FROM {_CALLER.format(named=_OF_WORKER)}",  # noqa: S608
}


@dataclass
class Caller:
    """Whose token it is, and what the address names of theirs, where that was read along."""

    token: ApiToken
    membership: Membership | None = None
    assignment: Assignment | None = None


def by_token(
    *,
    digest: str,
    now: datetime,
    slug: str | None = None,
    work_in: str | None = None,
    assignment: uuid.UUID | None = None,
) -> Caller | None:
    """Return who calls by a token, and with them their membership of a project or an assignment of theirs.

    None where the token is unknown or has expired; what is not theirs is None in the answer. `work_in` names a project
    like `slug`, for whoever needs no more of it than a claim does.
    """
    named = "assignment" if assignment else "work_in" if work_in else "slug" if slug else None
    values = {"digest": digest, "now": now, "slug": slug or work_in, "assignment": assignment}
    found = statements.row(_CALLERS[named], values)
    if found is None:
        return None
    token, rest = _cut(ApiToken, found)
    token.user, rest = _cut(User, rest)
    made = Caller(token)
    if rest and rest[0] is not None:
        if named == "slug":
            made.membership = _member(token.user, rest)
        elif named == "work_in":
            made.membership = _member(token.user, rest, *_OF_CLAIM)
        else:
            made.assignment = _assembled(rest, worker=token.user)
    return made


def membership(*, user: User, slug: str) -> Membership | None:
    """Return a user's membership of a project, with the project; None where there is none."""
    found = statements.row(_MEMBERSHIP, {"user": user.pk, "slug": slug})
    return None if found is None else _member(user, found)


def assignment(*, user: User, pk: uuid.UUID) -> Assignment | None:
    """Return a worker's assignment with its task, image, project and guideline; None where it is not theirs."""
    found = statements.row(_ASSIGNMENT, {"user": user.pk, "id": pk})
    return None if found is None else _assembled(found, worker=user)


def assignment_key(value: Any) -> uuid.UUID | None:
    """Return the key that an address gives, or None where it cannot be one."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def _cut(model: type[M], values: Sequence[Any], *names: str) -> tuple[M, Sequence[Any]]:
    size = len(names) or len(model._meta.concrete_fields)
    return statements.instance(model, values[:size], *names), values[size:]


def _member(user: User, values: Sequence[Any], names: Sequence[str] = (), of_project: Sequence[str] = ()) -> Membership:
    member, rest = _cut(Membership, values, *names)
    member.user, member.project = user, statements.instance(Project, rest, *of_project)
    return member


def _assembled(values: Sequence[Any], *, worker: User) -> Assignment:
    parts: list[Model] = []
    for model, _, names in _PARTS:
        part, values = _cut(model, values, *names)
        parts.append(part)
    made, task, image, guideline, of = cast(tuple[Assignment, Task, Image, Guideline, Project], parts)
    task.image, task.project, made.task, made.guideline, made.worker = image, of, task, guideline, worker
    return made
