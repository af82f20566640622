"""What is looked after from time to time in every project: gold that is wrong, used up, or could be had."""

from datetime import datetime

from django.db import transaction

from crowd.models import Project
from crowd.queries import gold
from crowd.workflow import events, locks, proposing, weighing

NAMED = 20  # workers in an event


def watch(*, now: datetime) -> None:
    """Suspect gold, warn of gold used up, propose new; each project by one run at a time, twice changes nothing."""
    weighing.weigh(now=now)
    for project in Project.objects.live().order_by("pk"):
        with transaction.atomic():
            if locks.try_lock("gold", project.pk):
                warn(project=project, now=now)
                if project.gold_rate > 0:
                    proposing.propose(project=project, now=now)


@transaction.atomic
def warn(*, project: Project, now: datetime) -> None:
    """Tell the owner once when somebody has seen nearly all hidden gold; the project goes on."""
    found = gold.exposure(project=project, now=now)
    spent = bool(found.spent or found.nearly)
    if spent == (project.gold_spent_at is not None):
        return
    Project.objects.filter(pk=project.pk).update(gold_spent_at=now if spent else None)
    if spent:
        data = {"gold": found.gold, "spent": found.spent[:NAMED], "nearly": found.nearly[:NAMED]}
        events.record(project=project, kind="gold.exhausted", now=now, data=data)
