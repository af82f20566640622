"""How each rule about filters, facets, changes of many tasks and invitations would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Bulk, FacetLabel, Invitation, SavedFilter
from tests.factories import scene


def kept(found: scene.Scene, *names: str) -> None:
    for name in names:
        SavedFilter.objects.create(
            project=found.project, user=found.owner, name=name, query="", created_at=found.release.created_at
        )


def label_again(found: scene.Scene) -> None:
    one = FacetLabel.objects.filter(project=found.project)[0]
    FacetLabel.objects.create(project=found.project, task=one.task, label=one.label)


def bulk(found: scene.Scene, **fields: Any) -> None:
    at = found.release.created_at
    Bulk.objects.create(project=found.project, by=found.owner, created_at=at, moved_at=at, **fields)


def invite(found: scene.Scene, **fields: Any) -> None:
    at = found.release.created_at
    Invitation.objects.create(
        project=found.project, role="worker", created_by=found.owner, created_at=at, expires_at=at, **fields
    )


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "facet_label_once": label_again,
    "saved_filter_name_once": lambda found: kept(found, "mine", "mine"),
    "saved_filter_has_a_name": lambda found: kept(found, ""),
    "bulk_finished_or_running": lambda found: bulk(found, action="exclude", state="done"),
    "bulk_sets_a_value": lambda found: bulk(found, action="priority"),
    "invitation_used_within_uses": lambda found: invite(found, uses=1, used=2),
    "invitation_lets_somebody_in": lambda found: invite(found, uses=0),
}
