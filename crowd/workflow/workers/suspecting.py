"""Looking a worker over: whatever needs others' answers to be seen, now and then and at a bounded cost."""

import logging
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import F, Q

from crowd import trust
from crowd.models import Standing
from crowd.queries import evidence
from crowd.workflow.assignments import terms, waiting
from crowd.workflow.workers import standing as standings

WORKERS = 50  # looked over in one run; the longest unexamined first
FRESH = 30  # answers after which it is time again: a tenth of what is looked at; before, a tenth of all there are
PATIENCE = timedelta(minutes=10)  # after which fewer are enough
TOGETHER = ("copies", "collusion")
logger = logging.getLogger(__name__)


def suspect(*, now: datetime, project_id: int | None = None) -> None:
    """Look over the workers who have answered since they last were; running it twice changes nothing."""
    due = Standing.objects.filter(
        _is_time(now), ~Q(labels=F("examined_labels")), status=Standing.Status.ACTIVE, project__deleted_at__isnull=True
    )
    if project_id is not None:
        due = due.filter(project=project_id)
    longest_ago = due.order_by(F("examined_at").asc(nulls_first=True), "pk")
    for pk in list(longest_ago.values_list("pk", flat=True)[:WORKERS]):
        try:
            look_over(standing_id=pk, now=now)
        except Exception:  # one worker whom it fails on must keep nobody else from being looked over
            logger.exception("The worker of standing %d could not be looked over", pk)
            Standing.objects.filter(pk=pk).update(examined_at=now)


def _is_time(now: datetime) -> Q:
    """Return the condition that there is enough news of a worker; whoever is to be looked over next has 0 examined."""
    news = Q(labels__gte=F("examined_labels") + FRESH) | Q(labels__gte=F("examined_labels") * 1.1)
    waited = Q(examined_at__isnull=True) | Q(examined_at__lte=now - PATIENCE)
    return news | waited | Q(labels__lt=F("examined_labels"))


def look_over(*, standing_id: int, now: datetime) -> None:
    """Run every rule on one worker, and act on what is found; a partner in it is looked over next."""
    before = Standing.objects.select_related("project", "worker").get(pk=standing_id)
    seen = evidence.of_worker(before)  # outside of the lock: nobody waits for the reading
    partners = _heed(before, seen, now)
    Standing.objects.filter(project=before.project_id, worker__in=partners).update(examined_labels=0)


@transaction.atomic
def _heed(before: Standing, seen: trust.Evidence, now: datetime) -> list[int]:
    """Act on the evidence unless the standing was decided upon meanwhile, and return the partners newly found."""
    row = (
        Standing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project", "worker")
        .get(pk=before.pk)
    )
    if (row.status, row.cleared_at) != (Standing.Status.ACTIVE, before.cleared_at):
        return []
    was = evidence.held(row)
    found = trust.examine(seen, held=was)
    row.examined_labels, row.examined_at, row.pace = before.labels, now, _pace(seen)
    row.save(update_fields=["examined_labels", "examined_at", "pace"])
    if row.labels >= terms.most_answers(row.project):
        waiting.look_again(project=row.project, now=now)
    standings.heed(standing=row, found=found, rules=tuple(trust.RULES), now=now)
    return [int(one.figures["peer"]) for one in found if one.rule in TOGETHER and one.rule not in was]


def _pace(seen: trust.Evidence) -> float | None:
    if not seen.seconds.size:
        return None
    return round(float(np.median(seen.seconds / np.maximum(seen.others_seconds, 1e-9))), 4)
