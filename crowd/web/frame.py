"""What every page of a project has around it."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crowd.models import Conflict, Membership
from crowd.queries import reports

Role = Membership.Role

TABS: tuple[tuple[str, str | Promise, frozenset[Membership.Role]], ...] = (
    ("project", _("Overview"), frozenset(Role)),
    ("quality", _("Quality"), frozenset({Role.OWNER})),
    ("history", _("Your answers"), frozenset({Role.WORKER})),
    ("guidelines", _("Guidelines"), frozenset(Role)),
    ("images", _("Images"), frozenset({Role.OWNER, Role.REVIEWER})),
    ("gold", _("Gold"), frozenset({Role.OWNER})),
    ("models", "Models", frozenset({Role.OWNER})),
    ("workers", _("Workers"), frozenset({Role.OWNER})),
    ("review", _("Review"), frozenset({Role.OWNER, Role.REVIEWER})),
    ("reports", _("Reports"), frozenset({Role.OWNER, Role.REVIEWER})),
    ("releases", _("Releases"), frozenset({Role.OWNER, Role.REVIEWER})),
    ("members", _("Members"), frozenset({Role.OWNER})),
    ("settings", _("Settings"), frozenset({Role.OWNER})),
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
        waiting["review"] = Conflict.objects.filter(project=project, closed_at__isnull=True).count()
        waiting["reports"] = reports.waiting(project).count()
    tabs = [
        Tab(str(title), reverse(name, args=[project.slug]), name == current, waiting.get(name, 0))
        for name, title, roles in TABS
        if member.role in roles
    ]
    return {"project": project, "member": member, "tabs": tabs, "is_owner": member.role == Role.OWNER}
