"""Webhooks as their owner sees them, and what waits to be sent."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from crowd.errors import Missing
from crowd.models import Delivery, Event, Membership, User, Webhook
from crowd.queries import feeds
from crowd.queries.scope import MISSING

PAGE = 500
QUEUED = timedelta(seconds=60)  # older, the message that was sent for an endpoint counts as lost

# One look at the index of the feed for each active endpoint whose time has come.
DUE = """
    SELECT w.id FROM crowd_webhook w JOIN crowd_project p ON p.id = w.project_id
    WHERE w.state = 'active' AND p.deleted_at IS NULL AND (w.next_at IS NULL OR w.next_at <= %(now)s)
      AND (w.busy_until IS NULL OR w.busy_until <= %(now)s) AND (w.queued_at IS NULL OR w.queued_at <= %(lost)s)
      AND (EXISTS (SELECT FROM crowd_event e WHERE e.project_id = w.project_id
                   AND (e.transaction, e.id) > (w.cursor_transaction, w.cursor_pk))
           OR EXISTS (SELECT FROM crowd_delivery d WHERE d.webhook_id = w.id AND d.asked_at IS NOT NULL))
    ORDER BY w.next_at NULLS FIRST, w.id LIMIT 1000
"""


def due(*, now: datetime) -> list[int]:
    """Return the endpoints for which something waits that may be sent now."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "lost": now - QUEUED})
        return [row[0] for row in cursor.fetchall()]


def document(event: Event) -> dict[str, Any]:
    """Return an event as the feed shows it."""
    return {
        "id": event.pk,
        "type": event.type,
        "at": _iso(event.at),
        "actor": event.actor.username if event.actor else None,
        "data": event.data,
        "cursor": feeds.told(feeds.place_of(event), epoch=feeds.epoch()),
    }


def payload(event: Event) -> bytes:
    """Return the body that tells of an event, the same bytes each time."""
    whole = {"type": event.type, "timestamp": _iso(event.at), "data": document(event)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def following(webhook: Webhook) -> tuple[Event | None, feeds.Cursor]:
    """Return the next event that an endpoint is to be told of, and the place before it up to which there is none."""
    here = feeds.Cursor(webhook.cursor_transaction, webhook.cursor_pk)
    for _ in range(20):
        rows = feeds.events(project=webhook.project, since=here, limit=PAGE if webhook.events else 1)
        for event in rows:
            if not webhook.events or event.type in webhook.events:
                return event, here
            here = feeds.place_of(event)
        if len(rows) < PAGE:
            break
    return None, here


def waiting(webhook: Webhook, *, most: int = 1000) -> int:
    """Return how many events an endpoint has yet to be told of; `most` where there are as many or more."""
    rows = Event.objects.filter(project=webhook.project_id).extra(
        where=["(transaction, id) > (%s, %s)"], params=[webhook.cursor_transaction, webhook.cursor_pk]
    )
    rows = rows.filter(type__in=webhook.events) if webhook.events else rows
    return len(rows.values_list("pk", flat=True)[:most])


def webhooks(*, user: User) -> QuerySet[Webhook]:
    """Return the endpoints of projects that the caller owns."""
    return Webhook.objects.select_related("project").filter(
        project__deleted_at__isnull=True,
        project__memberships__user=user,
        project__memberships__role=Membership.Role.OWNER,
    )


def one_webhook(*, user: User, pk: str, slug: str | None = None) -> Webhook:
    """Return one of them; with a slug, of that project only."""
    rows = webhooks(user=user).filter(pk=_key(pk))
    found = (rows if slug is None else rows.filter(project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found


def deliveries(webhook: Webhook) -> QuerySet[Delivery]:
    """Return what an endpoint was told and is being told."""
    return Delivery.objects.filter(webhook=webhook).select_related("event", "webhook")


def one_delivery(*, user: User, pk: str, slug: str | None = None) -> Delivery:
    """Return a delivery to one of the caller's endpoints; with a slug, of that project only."""
    rows = Delivery.objects.select_related("event", "webhook__project").filter(pk=_key(pk))
    rows = rows.filter(webhook__in=webhooks(user=user))
    found = (rows if slug is None else rows.filter(webhook__project__slug=slug)).first()
    if found is None:
        raise Missing(MISSING)
    return found


def _key(text: str) -> int:
    """Return a database key, or one that nothing has where it cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
