"""Conflicts: opened, kept up to date, closed."""

from datetime import datetime

from crowd.models import Conflict, Consensus, Task, User
from crowd.workflow import events


def open_(*, task: Task, kind: Conflict.Kind, consensus: Consensus | None, now: datetime) -> None:
    """Send a locked task to review, or bring its open conflict up to date."""
    confidence = consensus.confidence if consensus else None
    _, created = Conflict.objects.update_or_create(
        task=task,
        closed_at=None,
        defaults={"consensus": consensus, "confidence": confidence},
        create_defaults={"consensus": consensus, "confidence": confidence, "kind": kind, "opened_at": now},
    )
    task.state, task.consensus, task.resolved_at = Task.State.CONFLICT, consensus, None
    task.save()
    if created:
        events.record(
            project=task.project,
            kind="task.conflict",
            now=now,
            data={"task": task.pk, "kind": kind, "confidence": confidence},
        )


def close(*, task: Task, now: datetime, by: User | None = None, comment: str = "") -> None:
    """End a locked task's open conflict, if it has one."""
    Conflict.objects.filter(task=task, closed_at__isnull=True).update(closed_at=now, closed_by=by, comment=comment)
