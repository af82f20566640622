"""Appeals: a worker answers a pause or a ban, once; an owner decides."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid
from crowd.models import Appeal, Project, Standing, User
from crowd.workflow import events
from crowd.workflow.workers import standing

LONGEST = 2000


@transaction.atomic
def appeal(*, project: Project, worker: User, text: str, now: datetime) -> Appeal:
    """Say something against one's pause or ban: once each, in up to two thousand characters."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        told = f"Say what is wrong, in up to {LONGEST:,} characters."
        raise Invalid(f"text: {told}", errors={"text": [told]})
    row = (
        Standing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project")
        .get(project=project, worker=worker)
    )
    if row.status == Standing.Status.ACTIVE:
        raise Contradiction("You may work here; there is nothing to appeal against.", code="not_paused")
    if Appeal.objects.filter(standing=row, pause=row.pauses).exists():
        raise Contradiction("You have appealed already; each pause can be appealed once.", code="already_appealed")
    made = Appeal.objects.create(
        standing=row, pause=row.pauses, against=row.status, given_reason=row.reason, text=text, opened_at=now
    )
    data = {"appeal": made.pk, "worker": worker.username, "against": row.status}
    events.record(project=row.project, kind="appeal.opened", now=now, by=worker, data=data)
    return made


@transaction.atomic
def decide(*, appeal: Appeal, outcome: str, by: User, now: datetime, reason: str = "") -> Appeal:
    """Decide an appeal: upheld, and the worker goes on and starts afresh; rejected, and nothing changes."""
    if outcome not in Appeal.Outcome.values:
        raise Invalid("outcome: choose upheld or rejected.", errors={"outcome": ["Choose upheld or rejected."]})
    if outcome == Appeal.Outcome.REJECTED and not reason.strip():
        raise Invalid("reason: the worker will read it; say why.", errors={"reason": ["Say why."]})
    row = (
        Standing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project", "worker")
        .get(pk=appeal.standing_id)
    )
    fresh = Appeal.objects.select_for_update(no_key=True).get(pk=appeal.pk)
    if fresh.decided_at is not None:
        raise Contradiction("This appeal has been decided already.", code="decided")
    if outcome == Appeal.Outcome.UPHELD:
        standing.set_status(
            project=row.project, username=row.worker.username, status="active", by=by, now=now, answer=reason.strip()
        )
    else:
        rejected = Appeal.Outcome.REJECTED
        standing.close_appeal(standing=row, outcome=rejected, reason=reason.strip(), by=by, now=now)
    return Appeal.objects.select_related("standing__worker", "standing__project").get(pk=fresh.pk)
