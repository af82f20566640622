"""Webhooks: made, changed, given a new secret, removed; asked to be told something once more."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.db import connection, transaction

from crowd import egress, jobs
from crowd.errors import Contradiction, Invalid, Missing
from crowd.models import Delivery, Project, User, Webhook
from crowd.queries import feeds
from crowd.workflow import events
from crowd.workflow.webhooks import signing

MOST = 20  # endpoints of one project
OVERLAP = timedelta(hours=24)  # that a replaced secret still signs beside the new one
_TYPE = re.compile(r"[a-z_]{1,19}\.[a-z_]{1,19}")


def create(
    *, project: Project, by: User, now: datetime, url: str, types: Sequence[str] = (), description: str = ""
) -> Webhook:
    """Add an endpoint; it is told of what happens from now on, first of all that it was made."""
    judge(url)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if Webhook.objects.filter(project=project).count() >= MOST:
            raise Contradiction(f"A project has at most {MOST} webhooks; remove one first.", code="too_many_webhooks")
        start = _present()
        made = Webhook.objects.create(
            project=project,
            url=url,
            events=_types(types),
            description=description,
            secret=signing.new_secret(),
            created_by=by,
            created_at=now,
            started_transaction=start.transaction,
            started_pk=start.pk,
            cursor_transaction=start.transaction,
            cursor_pk=start.pk,
        )
        events.record(project=project, kind="webhook.created", now=now, by=by, data={"webhook": made.pk})
    return made


def change(
    *,
    webhook: Webhook,
    by: User,
    now: datetime,
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
    state: str | None = None,
) -> Webhook:
    """Change an endpoint. Active again, it is told everything that happened meanwhile, in order."""
    if url is not None:
        judge(url)
    with transaction.atomic():
        row = _locked(webhook)
        row.url = row.url if url is None else url
        row.description = row.description if description is None else description
        if types is not None and _types(types) != row.events:
            row.events = _types(types)
            row.started_transaction, row.started_pk = row.cursor_transaction, row.cursor_pk
            row.deliveries.filter(state=Delivery.State.PENDING).delete()  # it may not be wanted any more
            row.next_at = None
        if state is not None and state != row.state:
            row.state, row.reason = state, ""
        if state == Webhook.State.ACTIVE or url is not None:
            row.failing_since = row.next_at = row.queued_at = None
            row.deliveries.filter(state=Delivery.State.PENDING).update(attempts=0)
        row.save()
        events.record(
            project=row.project,
            kind="webhook.changed",
            now=now,
            by=by,
            data={"webhook": row.pk, "state": row.state, "events": row.events},
        )
        jobs.send(jobs.deliver, row.pk)
    return row


@transaction.atomic
def rotate(*, webhook: Webhook, by: User, now: datetime) -> Webhook:
    """Give an endpoint a new secret; for a day its messages are signed by the old one too."""
    row = _locked(webhook)
    row.old_secret, row.old_secret_until = row.secret, now + OVERLAP
    row.secret = signing.new_secret()
    row.save(update_fields=["secret", "old_secret", "old_secret_until"])
    events.record(project=row.project, kind="webhook.rotated", now=now, by=by, data={"webhook": row.pk})
    return row


@transaction.atomic
def remove(*, webhook: Webhook, by: User, now: datetime) -> None:
    """Forget an endpoint and what it was told."""
    row = _locked(webhook)
    events.record(project=row.project, kind="webhook.removed", now=now, by=by, data={"webhook": row.pk})
    row.delete()


@transaction.atomic
def redeliver(*, delivery: Delivery, now: datetime) -> Delivery:
    """Send something once more, under the same message id; what is still being tried is tried now."""
    webhook = _locked(delivery.webhook)
    if webhook.state != Webhook.State.ACTIVE:
        raise Contradiction(f"This webhook is {webhook.state}; make it active first.", code=webhook.state)
    if delivery.state == Delivery.State.PENDING:
        webhook.next_at = None
        webhook.save(update_fields=["next_at"])
    else:
        delivery.asked_at = now
        delivery.save(update_fields=["asked_at"])
    jobs.send(jobs.deliver, webhook.pk)
    return delivery


def judge(url: str) -> None:
    """Refuse a URL that would not be called, and one without TLS unless the operator named its very host."""
    allowed = egress.allowed()
    try:
        egress.check(url, allowed=allowed)
        if urlsplit(url).scheme != "https" and not _named(urlsplit(url).hostname or "", allowed):
            raise egress.Blocked("Use an https:// URL: what is sent is for the receiver alone.")
    except egress.Blocked as fault:
        raise Invalid(f"url: {fault.detail}", code=fault.code, errors={"url": [fault.detail]}) from None
    if len(url) > 2000:
        raise Invalid("url: at most 2000 characters.", errors={"url": ["At most 2000 characters."]})


def _named(host: str, allowed: egress.Allowed) -> bool:
    try:
        return any(ip_address(host) in network for network in allowed.networks)
    except ValueError:
        return host in allowed.names


def _types(types: Sequence[str]) -> list[str]:
    wrong = [one for one in types if not _TYPE.fullmatch(one)]
    if wrong or len(types) > 50:
        told = "Event types look like task.resolved; at most 50 of them, none for all."
        raise Invalid(f"events: {told}", errors={"events": [told]})
    return sorted(set(types))


def _present() -> feeds.Cursor:
    """Return the place in the feeds before everything that is not told yet."""
    with connection.cursor() as cursor:
        cursor.execute(feeds.HORIZON)
        return feeds.Cursor(cursor.fetchone()[0] - 1, 2**62)


def _locked(webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(no_key=True, of=("self",)).select_related("project")
    found = rows.filter(pk=webhook.pk).first()
    if found is None:
        raise Missing("This webhook was removed meanwhile.")
    return found
