"""What a caller may see. Another tenant's object is missing, never forbidden: it does not exist for them."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Model, QuerySet

from crowd.errors import Missing, Refused
from crowd.models import Appeal, Assignment, Gold, Guideline, Image, Membership, Project, Task, User, statements

Role = Membership.Role
OWNERS = frozenset({Role.OWNER})
OVERSEERS = frozenset({Role.OWNER, Role.REVIEWER})
WORKERS = frozenset({Role.WORKER})
MEMBERS = frozenset(Role)

MISSING = "There is no such thing here, or it is not yours to see."

_MEMBERSHIP = f"""
    SELECT {statements.columns(Membership, "m")}, {statements.columns(Project, "p")}
    FROM crowd_project p JOIN crowd_membership m ON m.project_id = p.id
    WHERE p.slug = %(slug)s AND p.deleted_at IS NULL AND m.user_id = %(user)s
"""  # noqa: S608 -- names of columns
_PARTS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Assignment, "a", ()),
    (Task, "t", ("id", "project", "image", "state", "prelabel", "prelabel_guideline")),
    (Image, "i", ("id", "project", "sha256", "width", "height", "content_type", "location")),
    (Guideline, "g", ("id", "project", "number", "state", "published_at")),
    (Project, "p", ()),
)
_ASSIGNMENT = f"""
    SELECT {", ".join(statements.columns(model, alias, *names) for model, alias, names in _PARTS)}
    FROM crowd_assignment a
    JOIN crowd_task t ON t.id = a.task_id
    JOIN crowd_image i ON i.id = t.image_id
    JOIN crowd_guideline g ON g.id = a.guideline_id
    JOIN crowd_project p ON p.id = t.project_id
    JOIN crowd_membership m ON m.project_id = p.id AND m.user_id = a.worker_id
    WHERE a.id = %(id)s AND a.worker_id = %(user)s AND m.role = 'worker' AND p.deleted_at IS NULL
"""  # noqa: S608 -- names of columns


def membership(*, user: User, slug: str) -> Membership:
    """Return the caller's membership, with its project; Missing to anybody else, whether or not the project exists."""
    found = statements.row(_MEMBERSHIP, {"user": user.pk, "slug": slug})
    if found is None:
        raise Missing(MISSING)
    size = len(Membership._meta.concrete_fields)
    member = statements.instance(Membership, found[:size])
    member.user, member.project = user, statements.instance(Project, found[size:])
    return member


def project(*, user: User, slug: str, roles: frozenset[Membership.Role] = MEMBERS) -> Project:
    """Return a project in which the caller has one of the roles; Refused to members of another role."""
    found = membership(user=user, slug=slug)
    if found.role not in roles:
        wanted = " or ".join(sorted(role.value for role in roles))
        raise Refused(f"Only a member of this project with the role {wanted} may do this.", code="role_required")
    return found.project


def task(*, user: User, pk: Any, slug: str | None = None) -> Task:
    """Return a task of a project that the caller owns or reviews; with a slug, of that project only."""
    rows = Task.objects.overseen_by(user).select_related("project", "image", "consensus").filter(pk=_integer(pk))
    found = (rows if slug is None else rows.filter(project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found


def assignment(*, user: User, pk: Any, slug: str | None = None) -> Assignment:
    """Return one of the caller's own assignments; with a slug, of that project only."""
    try:
        key = uuid.UUID(str(pk))
    except ValueError:
        raise Missing(MISSING) from None
    found = statements.row(_ASSIGNMENT, {"user": user.pk, "id": key})
    if found is None:
        raise Missing(MISSING)
    made = _assembled(found)
    made.worker = user
    if slug is not None and made.task.project.slug != slug:
        raise Missing(MISSING)
    return made


def _assembled(values: Sequence[Any]) -> Assignment:
    """Return an assignment with its task, image, project and guideline in hand."""
    left, parts = list(values), []
    for model, _, names in _PARTS:
        size = len(names) or len(model._meta.concrete_fields)
        parts.append(statements.instance(model, left[:size], *names))
        left = left[size:]
    made, task, image, guideline, of = cast(tuple[Assignment, Task, Image, Guideline, Project], parts)
    task.image, task.project, made.task, made.guideline = image, of, task, guideline
    return made


def _integer(value: Any) -> int:
    """Return a database key, or one that nothing has where it cannot be one."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return -1
    return number if 0 < number < 2**63 else -1


def gold(*, user: User) -> QuerySet[Gold]:
    """Return the gold in force of projects that the caller owns."""
    return Gold.objects.select_related("task__project", "task__image", "guideline").filter(
        withdrawn_at__isnull=True,
        task__project__deleted_at__isnull=True,
        task__project__memberships__user=user,
        task__project__memberships__role=Role.OWNER,
    )


def one_gold(*, user: User, pk: Any, slug: str | None = None) -> Gold:
    """Return one of them; with a slug, of that project only."""
    rows = gold(user=user).filter(pk=_integer(pk))
    found = (rows if slug is None else rows.filter(task__project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found


def appeals(*, user: User) -> QuerySet[Appeal]:
    """Return the appeals in projects that the caller owns."""
    return Appeal.objects.select_related("standing__worker", "standing__project").filter(
        standing__project__deleted_at__isnull=True,
        standing__project__memberships__user=user,
        standing__project__memberships__role=Role.OWNER,
    )


def one_appeal(*, user: User, pk: Any, slug: str | None = None) -> Appeal:
    """Return one of them; with a slug, of that project only."""
    rows = appeals(user=user).filter(pk=_integer(pk))
    found = (rows if slug is None else rows.filter(standing__project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found
