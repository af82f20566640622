"""What a caller may see. Another tenant's object is missing, never forbidden: it does not exist for them."""

from typing import Any

from django.db.models import QuerySet

from crowd.errors import Contradiction, Missing, Refused
from crowd.models import Appeal, Assignment, Gold, Membership, Project, Task, User
from crowd.queries import callers
from crowd.telemetry import context

Role = Membership.Role
OWNERS = frozenset({Role.OWNER})
OVERSEERS = frozenset({Role.OWNER, Role.REVIEWER})
WORKERS = frozenset({Role.WORKER})
MEMBERS = frozenset(Role)

MISSING = "There is no such thing here, or it is not yours to see."


def membership(*, user: User, slug: str) -> Membership:
    """Return the caller's membership, with its project; Missing to anybody else, whether or not the project exists."""
    found = callers.membership(user=user, slug=slug)
    if found is None:
        raise Missing(MISSING)
    context.add(project=found.project_id)
    return found


def project(
    *, user: User, slug: str, roles: frozenset[Membership.Role] = MEMBERS, known: Membership | None = None
) -> Project:
    """Return a project in which the caller has one of the roles; Refused to members of another role.

    `known` is their membership of it, where that has been read already.
    """
    found = known or membership(user=user, slug=slug)
    context.add(project=found.project_id)
    if found.role not in roles:
        wanted = " or ".join(sorted(role.value for role in roles))
        raise Refused(f"Only a member of this project with the role {wanted} may do this.", code="role_required")
    return found.project


def check_writable(project: Project) -> None:
    """Refuse to change what is archived; answers under way are taken all the same, by addresses of their own."""
    if project.archived_at is not None:
        raise Contradiction("This project is archived: it can be read, not changed.", code="archived")


def project_of(row: Any) -> Project:
    """Return the project that a row belongs to, by whatever it hangs on there."""
    while not hasattr(row, "project"):
        row = next(getattr(row, name) for name in ("task", "standing", "webhook", "assignment") if hasattr(row, name))
    assert isinstance(row.project, Project)
    return row.project


def task(*, user: User, pk: Any, slug: str | None = None) -> Task:
    """Return a task of a project that the caller owns or reviews; with a slug, of that project only."""
    rows = Task.objects.overseen_by(user).select_related("project", "image", "consensus").filter(pk=_integer(pk))
    found = (rows if slug is None else rows.filter(project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    context.add(project=found.project_id)
    return found


def assignment(*, user: User, pk: Any, slug: str | None = None, known: Assignment | None = None) -> Assignment:
    """Return one of the caller's own assignments; with a slug, of that project only.

    `known` is that assignment, where it has been read already.
    """
    key = callers.assignment_key(pk)
    found = known or (callers.assignment(user=user, pk=key) if key else None)
    if found is None or (slug is not None and found.task.project.slug != slug):
        raise Missing(MISSING)
    context.add(project=found.task.project_id)
    return found


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


def owns_any(*, user: User) -> bool:
    """Tell whether somebody owns a project that is there."""
    return user.memberships.filter(role=Role.OWNER, project__deleted_at__isnull=True).exists()
