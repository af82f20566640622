"""Telling workers why their answers were not taken: in a reviewer's words, and never of which image."""

from datetime import datetime

from crowd.errors import Invalid
from crowd.models import Consensus, Note, Task
from crowd.queries import rulings
from crowd.workflow import events

LONGEST = 2000


def tell(*, task: Task, ruling: Consensus, now: datetime) -> int:
    """Tell those whose answers differ from a ruling what its comment says, and return how many they are."""
    text = ruling.comment.strip()
    if not text or len(text) > LONGEST or ruling.by is None:
        told = f"The workers will read it: say why, in up to {LONGEST:,} characters."
        raise Invalid(f"comment: {told}", errors={"comment": [told]})
    wrong = [
        one
        for one in task.assignments.valid().select_related("guideline").order_by("pk")
        if rulings.answer_is_wrong(one, ruling)
    ]
    Note.objects.bulk_create(
        (
            Note(project=task.project, assignment=one, worker_id=one.worker_id, by=ruling.by, text=text, at=now)
            for one in wrong
        ),
        ignore_conflicts=True,
    )
    data = {"task": task.pk, "workers": len(wrong)}
    events.record(project=task.project, kind="task.told", now=now, by=ruling.by, data=data)
    return len(wrong)
