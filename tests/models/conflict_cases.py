"""How each rule about conflicts would be broken."""

from collections.abc import Callable
from typing import Any

from crowd.models import Assignment, Conflict, ConflictComment, Membership, Note
from tests.factories import scene


def conflict(found: scene.Scene, **fields: Any) -> Conflict:
    fields = {"kind": "skipped", "opened_at": found.release.created_at, **fields}
    fields = {"cause": fields["kind"], **fields}
    return Conflict.objects.create(project=found.project, task=found.agreed, **fields)


def sample(found: scene.Scene, **fields: Any) -> Conflict:
    drawn = {"kind": "sample", "aside": True, "probability": 0.5, "consensus": found.agreed.consensus}
    return conflict(found, **{**drawn, **fields})


def comment(found: scene.Scene, text: str = "Look at the tail.") -> ConflictComment:
    return ConflictComment.objects.create(
        conflict=conflict(found), by=found.owner, text=text, at=found.release.created_at
    )


def reworded(found: scene.Scene) -> None:
    made = comment(found)
    ConflictComment.objects.filter(pk=made.pk).update(text="Look at the ears.")


def note(found: scene.Scene, text: str = "Look at the tail.") -> Note:
    turn = Assignment.objects.filter(task=found.agreed).order_by("pk")[0]
    return Note.objects.create(
        project=found.project, assignment=turn, worker_id=turn.worker_id, by=found.owner, text=text,
        at=found.release.created_at,
    )  # fmt: skip


def renoted(found: scene.Scene) -> None:
    made = note(found)
    Note.objects.filter(pk=made.pk).update(text="Look at the ears.")


CASES: dict[str, Callable[[scene.Scene], object]] = {
    "conflict_one_open_per_task": lambda found: (conflict(found), conflict(found, kind="existence")),
    "conflict_one_open_aside_of_a_kind": lambda found: (sample(found), sample(found)),
    "conflict_aside_by_its_cause": lambda found: sample(found, aside=False),
    "conflict_held_by_somebody_until": lambda found: conflict(found, assignee=found.owner),
    "conflict_escalated_with_a_reason": lambda found: conflict(
        found, kind="escalated", cause="skipped", escalated_by=found.owner, escalated_at=found.release.created_at
    ),
    "conflict_shares": lambda found: conflict(found, severity=1.5),
    "conflict_sample_has_its_probability": lambda found: sample(found, probability=None),
    "conflict_outcome_once_closed": lambda found: conflict(found, outcome="passed"),
    "conflict_comment_says_something": lambda found: comment(found, ""),
    "conflict_comment_never_changes": reworded,
    "note_says_it_once": lambda found: (note(found), note(found)),
    "note_says_something": lambda found: note(found, ""),
    "note_never_changes": renoted,
    "membership_experts_review": lambda found: Membership.objects.filter(role="worker").update(expert=True),
}
