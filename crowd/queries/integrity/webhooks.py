"""Invariant 7, outside: whoever is to be told of an event is told, each endpoint in the order of the feed."""

from crowd.models import Delivery, Project, Webhook
from crowd.queries.integrity.base import Check, Found, of, sql

# Deliveries are kept for thirty days, and each is as old as its event or younger.
UNTOLD = """
    SELECT w.id AS webhook, e.id AS event FROM crowd_webhook w
    JOIN crowd_event e ON e.project_id = w.project_id
     AND (e.transaction, e.id) > (w.started_transaction, w.started_pk)
     AND (e.transaction, e.id) <= (w.cursor_transaction, w.cursor_pk)
     AND e.at > now() - interval '29 days' AND (w.events = '{}' OR e.type = ANY (w.events))
    LEFT JOIN crowd_delivery d ON d.webhook_id = w.id AND d.event_id = e.id AND d.state <> 'pending'
    WHERE d.id IS NULL AND (%(project)s::bigint IS NULL OR w.project_id = %(project)s)
"""
ASTRAY = """
    SELECT d.id, d.state, w.id AS webhook FROM crowd_delivery d
    JOIN crowd_webhook w ON w.id = d.webhook_id JOIN crowd_event e ON e.id = d.event_id
    WHERE ((d.state = 'pending') <> ((e.transaction, e.id) > (w.cursor_transaction, w.cursor_pk))
           OR e.project_id <> w.project_id)
      AND (%(project)s::bigint IS NULL OR w.project_id = %(project)s)
"""


def told(project: Project | None) -> Found:
    """Find events that an endpoint was to be told of and was not."""
    broken = sql(UNTOLD, project, "webhook {webhook} was not told of event {event}")
    return of(Webhook.objects.all(), project).count(), broken


def in_order(project: Project | None) -> Found:
    """Find deliveries that are pending though the endpoint is past them, or settled though it is not there yet."""
    broken = sql(ASTRAY, project, "delivery {id} to webhook {webhook} is {state} out of order")
    return of(Delivery.objects.all(), project, "webhook__project").count(), broken


CHECKS = (
    Check(7, "every webhook was told of each event up to its place", told),
    Check(7, "every webhook's deliveries are in the order of the feed", in_order),
)
