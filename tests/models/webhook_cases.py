"""How each rule about webhooks and deliveries would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Delivery, Webhook
from tests.factories import scene


def hook(found: scene.Scene, **fields: Any) -> int:
    return Webhook.objects.filter(project=found.project).update(**fields)


def deliver(found: scene.Scene, *kinds: str, **fields: Any) -> None:
    webhook = Webhook.objects.get(project=found.project)
    for kind in kinds:
        event = found.project.events.filter(type=kind).order_by("pk")[0]
        Delivery.objects.create(webhook=webhook, event=event, created_at=webhook.created_at, **fields)


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "webhook_has_a_secret": lambda found: hook(found, secret=""),
    "webhook_old_secret_ends": lambda found: hook(found, old_secret="whsec_old"),
    "webhook_disabled_says_why": lambda found: hook(found, state="disabled"),
    "webhook_lease_ends": lambda found: hook(found, busy_until=found.release.created_at),
    "delivery_once": lambda found: deliver(found, "release.ready", "release.ready", state="dead"),
    "delivery_in_order": lambda found: deliver(found, "release.ready"),
}
