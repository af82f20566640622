"""Second looks: a share of the rulings is given once more, by a reviewer who is not shown the first."""

from datetime import datetime

from crowd.models import Conflict, Consensus, Task, User
from crowd.queries import rulings
from crowd.sampling import reviews
from crowd.workflow import conflicts, events

Kind = Conflict.Kind
GAIN = 0.2  # beside conflicts, as of a sample
DIFFER = "Two reviewers have ruled differently, one without seeing the other's ruling."


def ask(*, task: Task, made: Consensus, now: datetime) -> None:
    """Have a locked task ruled on once more if its lot says so; its label is out already."""
    project = task.project
    lot = reviews.lot(f"{project.review_seed}:second", task.pk)
    if lot >= project.second_review_rate:
        return
    if Conflict.objects.filter(task=task, cause=Kind.SECOND_REVIEW, ruling__method=Consensus.ADJUDICATION).exists():
        return  # once is enough, also of what is reopened and ruled on anew; put away without a ruling it was none
    answers = list(made.lineage.order_by("assignment_id").values_list("assignment_id", "assignment__worker"))
    conflicts.set_aside(
        task=task,
        kind=Kind.SECOND_REVIEW,
        now=now,
        consensus=made,
        gain=GAIN,
        draw=lot / project.second_review_rate,
        answers=[key for key, _ in answers],
        workers=[worker for _, worker in answers],
    )


def waiting(task: Task) -> Conflict | None:
    """Return the second look that a locked task waits for, locked; handed on to an expert or not."""
    rows = Conflict.objects.filter(task=task, cause=Kind.SECOND_REVIEW, closed_at__isnull=True)
    return rows.select_for_update(no_key=True).first()


def conclude(
    *, task: Task, found: Conflict, made: Consensus, outcome: Conflict.Outcome, by: User, comment: str, now: datetime
) -> None:
    """Compare a second ruling with the first; where they differ an expert settles it, and the first stands until then.

    Nobody but the two and the experts learns of it: what a ruling says is never overwritten in silence.
    """
    first = Consensus.objects.select_related("guideline").get(pk=found.consensus_id or 0)
    found.agreement = rulings.likeness(first, made)
    differs = rulings.is_wrong(first, made)
    conflicts.end(found, now=now, outcome=outcome, by=by, comment=comment, ruling=made)
    data = {"task": task.pk, "conflict": found.pk, "agreement": found.agreement}
    events.record(project=task.project, kind="conflict.ruled_again", now=now, by=by, data=data)
    if differs is not False:
        handed = conflicts.set_aside(
            task=task,
            kind=Kind.SECOND_REVIEW,
            now=now,
            consensus=first,
            gain=1.0,
            answers=found.answers,
            workers=found.workers,
        )
        handed.kind, handed.reason, handed.escalated_by, handed.escalated_at = Kind.ESCALATED, DIFFER, by, now
        handed.save()
