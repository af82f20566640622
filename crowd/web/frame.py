"""What every page of a project has around it."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from crowd.models import Conflict, Membership
from crowd.queries import reports

Role = Membership.Role

TABS: tuple[tuple[str, str, frozenset[Membership.Role]], ...] = (
    ("project", "Overview", frozenset(Role)),
    ("guidelines", "Guidelines", frozenset(Role)),
    ("images", "Images", frozenset({Role.OWNER, Role.REVIEWER})),
    ("gold", "Gold", frozenset({Role.OWNER})),
    ("workers", "Workers", frozenset({Role.OWNER})),
    ("review", "Review", frozenset({Role.OWNER, Role.REVIEWER})),
    ("reports", "Reports", frozenset({Role.OWNER, Role.REVIEWER})),
    ("releases", "Releases", frozenset({Role.OWNER, Role.REVIEWER})),
    ("members", "Members", frozenset({Role.OWNER})),
    ("settings", "Settings", frozenset({Role.OWNER})),
)


@dataclass(frozen=True)
class Tab:
    """One entry of a project's navigation."""

    title: str
    url: str
    current: bool
    count: int = 0


def frame(member: Membership, current: str) -> dict[str, Any]:
    """Return the context that a project's pages share."""
    project = member.project
    waiting: dict[str, int] = {}
    if member.role != Role.WORKER:
        waiting["review"] = Conflict.objects.filter(task__project=project, closed_at__isnull=True).count()
        waiting["reports"] = reports.waiting(project).count()
    tabs = [
        Tab(title, reverse(name, args=[project.slug]), name == current, waiting.get(name, 0))
        for name, title, roles in TABS
        if member.role in roles
    ]
    return {"project": project, "member": member, "tabs": tabs, "is_owner": member.role == Role.OWNER}
