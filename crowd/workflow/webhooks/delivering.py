"""Delivery: endpoints are told of events in the order of the feed, each at least once.

A turn is begun in one transaction, sent outside of any, and its outcome kept in another. Whoever dies in between leaves
a lease that runs out, and the message goes again under the same id.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from crowd import egress, jobs
from crowd.errors import CrowdError
from crowd.models import Delivery, Webhook
from crowd.queries import feeds
from crowd.queries import webhooks as queries
from crowd.workflow import events
from crowd.workflow.webhooks import signing

# Seconds between attempts, two days and a half in all; each wait is shortened or lengthened by up to a fifth. The first
# is short, as it holds up all that comes after it: most failures are a moment's.
SCHEDULE = (1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200)
JITTER = 0.2
PATIENCE = timedelta(days=5)  # of nothing but failure, and the endpoint is disabled
LIMITS = egress.Limits(seconds=10.0, bytes=1 << 16)
LEASE = timedelta(seconds=60)  # well above the longest call
TURNS, SPELL = 200, 20.0  # a job's messages and seconds; the next look goes on
EXCERPT = 500
GONE = 410


@dataclass(frozen=True)
class Turn:
    """A message about to be sent, and the lease that it is sent under."""

    lease: uuid.UUID
    webhook: Webhook
    delivery: Delivery
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of it: a status or an error."""

    status: int | None
    milliseconds: int
    excerpt: str = ""
    error: str = ""
    wait: float = 0.0  # seconds that the receiver asked for

    @property
    def ok(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


@transaction.atomic
def send_due(*, now: datetime) -> None:
    """Have the endpoints served for which something waits; found again where the message is lost."""
    rows = Webhook.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=queries.due(now=now))
    found = list(rows.values_list("pk", flat=True))
    Webhook.objects.filter(pk__in=found).update(queued_at=now)
    for pk in found:
        jobs.send(jobs.deliver, pk)


def deliver(*, webhook_id: int, clock: Callable[[], datetime], rng: random.Random) -> None:
    """Tell an endpoint what it has not been told, in order, until all is told, something fails or the spell is over."""
    began = time.monotonic()
    for _ in range(TURNS):
        turn = begin(webhook_id=webhook_id, now=clock())
        if turn is None or not finish(turn=turn, outcome=send(turn, now=clock()), now=clock(), rng=rng):
            break
        if time.monotonic() - began > SPELL:
            break
    Webhook.objects.filter(pk=webhook_id).update(queued_at=None)


@transaction.atomic
def begin(*, webhook_id: int, now: datetime) -> Turn | None:
    """Take an endpoint's next message under a lease; None where there is none for now, or another sender has it."""
    rows = Webhook.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("project")
    webhook = rows.filter(pk=webhook_id, state=Webhook.State.ACTIVE, project__deleted_at__isnull=True).first()
    if webhook is None or (webhook.busy_until is not None and webhook.busy_until > now):
        return None
    asked = webhook.deliveries.filter(asked_at__isnull=False).order_by("asked_at", "pk").first()
    delivery = asked or _head(webhook, now)
    if delivery is None:
        return None
    webhook.lease, webhook.busy_until = uuid.uuid4(), now + LEASE
    if webhook.old_secret_until is not None and webhook.old_secret_until <= now:
        webhook.old_secret, webhook.old_secret_until = "", None
    webhook.save()
    delivery.attempts += 1
    delivery.last_at = now
    delivery.save()
    return Turn(webhook.lease, webhook, delivery, queries.payload(delivery.event))


def _head(webhook: Webhook, now: datetime) -> Delivery | None:
    """Return the delivery that is next in order; the place moves over what the endpoint is not told."""
    if webhook.next_at is not None and webhook.next_at > now:
        return None
    event, here = queries.following(webhook)
    if here != feeds.Cursor(webhook.cursor_transaction, webhook.cursor_pk):
        webhook.cursor_transaction, webhook.cursor_pk = here.transaction, here.pk
        webhook.save(update_fields=["cursor_transaction", "cursor_pk"])
    if event is None:
        return None
    found, _ = Delivery.objects.get_or_create(webhook=webhook, event=event, defaults={"created_at": now})
    return found


def send(turn: Turn, *, now: datetime) -> Outcome:
    """Call the endpoint; whatever happens is an outcome."""
    webhook, began = turn.webhook, time.perf_counter()
    keys = [key for key in (webhook.secret, webhook.old_secret) if key]
    if not keys:
        return Outcome(None, 0, error="Its secret cannot be read here any more: give the endpoint a new one.")
    headers = signing.headers(message=turn.delivery.message, body=turn.body, keys=keys, now=now)

    def spent() -> int:
        return round(1000 * (time.perf_counter() - began))

    try:
        with egress.opened(
            webhook.url,
            allowed=egress.allowed(),
            method="POST",
            headers={"Content-Type": "application/json", **headers},
            content=turn.body,
            limits=LIMITS,
        ) as answer:
            text = answer.excerpt(EXCERPT).decode("utf-8", "replace").replace("\0", "\ufffd")
            wait = answer.headers.get("retry-after", "")
            seconds = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 0.0
            return Outcome(answer.status, spent(), text, wait=seconds)
    except CrowdError as fault:
        return Outcome(None, spent(), error=fault.detail[:EXCERPT])


@transaction.atomic
def finish(*, turn: Turn, outcome: Outcome, now: datetime, rng: random.Random) -> bool:
    """Keep what came of a message, if the lease is still ours; return whether to go on with the next one."""
    rows = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related("project")
    webhook = rows.filter(pk=turn.webhook.pk, lease=turn.lease).first()
    delivery = Delivery.objects.filter(pk=turn.delivery.pk).select_related("event").first()
    if webhook is None or delivery is None:  # removed, changed, or so late that another has taken over
        if webhook is not None:
            _release(webhook)
        return webhook is not None
    delivery.status, delivery.milliseconds = outcome.status, outcome.milliseconds
    delivery.excerpt, delivery.error, delivery.asked_at = outcome.excerpt, outcome.error, None
    if outcome.ok:
        _succeeded(webhook, delivery)
    elif delivery.state == Delivery.State.PENDING or outcome.status == GONE:
        _failed(webhook, delivery, outcome, now, rng)
    delivery.save()
    _release(webhook)
    return outcome.ok and webhook.state == Webhook.State.ACTIVE


def _release(webhook: Webhook) -> None:
    webhook.lease = webhook.busy_until = None
    webhook.save()


def _succeeded(webhook: Webhook, delivery: Delivery) -> None:
    if delivery.state == Delivery.State.PENDING:
        _pass(webhook, delivery)
    delivery.state = Delivery.State.DELIVERED
    webhook.failing_since = webhook.next_at = None


def _pass(webhook: Webhook, delivery: Delivery) -> None:
    """Move the endpoint's place behind the event."""
    place = feeds.place_of(delivery.event)
    webhook.cursor_transaction, webhook.cursor_pk = place.transaction, place.pk


def _failed(webhook: Webhook, delivery: Delivery, outcome: Outcome, now: datetime, rng: random.Random) -> None:
    """Wait before the next attempt, or give up: this message after the last one, the endpoint after days of failure."""
    webhook.failing_since = webhook.failing_since or now
    webhook.next_at = None
    if delivery.state == Delivery.State.PENDING:
        if delivery.attempts > len(SCHEDULE):
            delivery.state = Delivery.State.DEAD
            _pass(webhook, delivery)
        else:
            pause = SCHEDULE[delivery.attempts - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
            webhook.next_at = now + timedelta(seconds=max(pause, min(outcome.wait, 86_400.0)))
    if outcome.status == GONE:
        _disable(webhook, "The receiver answered 410 Gone.", now)
    elif now - webhook.failing_since >= PATIENCE and webhook.state == Webhook.State.ACTIVE:
        _disable(webhook, f"Nothing was received for {PATIENCE.days} days.", now)


def _disable(webhook: Webhook, reason: str, now: datetime) -> None:
    webhook.state, webhook.reason = Webhook.State.DISABLED, reason
    data = {"webhook": webhook.pk, "reason": reason}
    events.record(project=webhook.project, kind="webhook.disabled", now=now, data=data)
