"""What is looked after from time to time in every project: gold that is wrong, used up, or could be had."""

import logging
import random
from datetime import datetime

from django.db import transaction

from crowd.models import Project
from crowd.queries import gold
from crowd.workflow import events, locks
from crowd.workflow.gold import proposing, weighing

NAMED = 20  # workers in an event
logger = logging.getLogger(__name__)


def watch(*, now: datetime, rng: random.Random) -> None:
    """Suspect gold, warn of gold used up, propose new; twice changes nothing, and two at once propose once."""
    weighing.weigh(now=now)
    for project in Project.objects.live().order_by("pk"):
        try:
            _watch(project, now, rng)
        except Exception:  # one that it fails on must keep no other from being looked after
            logger.exception("The gold of project %d could not be looked after", project.pk)


def _watch(project: Project, now: datetime, rng: random.Random) -> None:
    warn(project=project, now=now)
    with transaction.atomic():
        if project.gold_rate > 0 and locks.try_lock("gold", project.pk):
            proposing.propose(project=project, now=now, rng=rng)


@transaction.atomic
def warn(*, project: Project, now: datetime) -> None:
    """Tell the owner once when somebody has seen nearly all hidden gold; the project goes on."""
    found = gold.exposure(project=project, now=now)
    spent = bool(found.spent or found.nearly)
    crossed = Project.objects.filter(pk=project.pk, gold_spent_at__isnull=spent)
    if crossed.update(gold_spent_at=now if spent else None) and spent:
        data = {"gold": found.gold, "spent": found.spent[:NAMED], "nearly": found.nearly[:NAMED]}
        events.record(project=project, kind="gold.exhausted", now=now, data=data)
