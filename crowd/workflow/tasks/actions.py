"""What each action of a bulk change does to one task, by the verb that does it to a task alone."""

from datetime import datetime
from typing import Any

from django.db import transaction

from crowd.errors import Contradiction
from crowd.labels.annotation import annotation_to_json
from crowd.models import Bulk, Consensus, Gold, Task, User
from crowd.queries import versions
from crowd.workflow import gold, tasks
from crowd.workflow.conflicts import adjudication

Action = Bulk.Action


def act(made: Bulk, task: Task, now: datetime) -> bool:
    """Do the action to a task; False where it is so already."""
    common: dict[str, Any] = {"by": made.by, "now": now}
    if made.action == Action.OVERLAP:
        if made.value == task.overlap == task.base_overlap:
            return False
        tasks.change(task=task, overlap=made.value, **common)
    elif made.action in {Action.EXCLUDE, Action.INCLUDE}:
        excluded = made.action == Action.EXCLUDE
        if excluded == (task.state == Task.State.EXCLUDED):
            return False
        adjudication.exclude(task=task, excluded=excluded, **common)
    elif made.action == Action.REOPEN:
        adjudication.reopen(task=task, reason=made.reason, **common)
    elif made.action == Action.ACCEPT:
        return _accept(made, task, now)
    else:
        return make_gold(task=task, **common)
    return True


def _accept(made: Bulk, task: Task, now: datetime) -> bool:
    """Rule that the consensus is right; False where a person has settled the task since."""
    if task.consensus is not None and task.consensus.by_id is not None:
        return False
    if task.consensus is None or task.consensus.confidence < (made.least or 0.0):
        raise Contradiction("Its consensus is not as sure as was asked for any more.", code="not_sure")
    adjudication.adjudicate(
        task=task,
        by=made.by,
        now=now,
        accept=adjudication.CONSENSUS,
        comment=made.reason,
        bulk=made.pk,
    )
    return True


@transaction.atomic
def make_gold(*, task: Task, by: User, now: datetime, use: str = Gold.Use.HIDDEN) -> bool:
    """Make the label in force of a settled task its known answer; False where it is gold already."""
    if Gold.objects.filter(task=task, withdrawn_at__isnull=True).exists():
        return False
    label = task.consensus
    if task.state != Task.State.RESOLVED or label is None:
        raise Contradiction("Only a settled image has an answer that can be made gold.", code="not_settled")
    ruled = label.method == Consensus.ADJUDICATION
    source = Gold.Source.ADJUDICATION if ruled else Gold.Source.CONSENSUS
    read = versions.read(
        label.annotation,
        image=task.image,
        made_under=label.guideline,
        target=versions.current(task.project) or label.guideline,
        history=versions.history(task.project),
    )
    if read is None:
        raise Contradiction("This label does not fit the guideline in force any more.", code="lapsed")
    gold.plant(image=task.image, annotation=annotation_to_json(read), by=by, now=now, use=use, source=source)
    return True
