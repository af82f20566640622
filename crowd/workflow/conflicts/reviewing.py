"""Who looks at which conflict: given one at a time to each reviewer, held until a deadline, handed on to experts."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from crowd.errors import Contradiction, Invalid, Refused, TooMany
from crowd.models import Conflict, ConflictComment, Consensus, Membership, Project, Task, User
from crowd.workflow import events

LONGEST = 2000
MOST_HELD = 50
EXPIRE_BATCH = 500
Kind, Role = Conflict.Kind, Membership.Role


def is_expert(*, project: Project, user: User) -> bool:
    """Return whether a user is given what others escalate: owners are, and reviewers whom an owner has named."""
    named = Q(role=Role.OWNER) | Q(role=Role.REVIEWER, expert=True)
    return Membership.objects.filter(named, project=project, user=user).exists()


@transaction.atomic
def take_next(*, project: Project, by: User, now: datetime, kind: str = "", count: int = 1) -> list[Conflict]:
    """Give a reviewer the conflicts that are worth most, each to nobody else until its deadline."""
    if kind and kind not in Kind.values:
        raise Invalid(f"kind: choose one of {', '.join(Kind.values)}.", errors={"kind": ["There is no such kind."]})
    _check_room(project, by, now, count)
    rows = _free(project, by, now)
    if kind:
        rows = rows.filter(kind=kind)
    locked = rows.order_by("-gain", "draw", "id").select_for_update(no_key=True, skip_locked=True, of=("self",))
    given = list(locked[:count])
    for each in given:
        _hold(each, by, now)
    return given


@transaction.atomic
def take(*, conflict: Conflict, by: User, now: datetime) -> Conflict:
    """Hold a conflict, or hold it longer; refused while somebody else does."""
    found = _open(conflict)
    check_may_settle(found, by=by, now=now)
    if found.assignee_id != by.pk:
        _check_room(found.project, by, now, 1)
    _hold(found, by, now)
    return found


@transaction.atomic
def release(*, conflict: Conflict, by: User, now: datetime) -> Conflict:
    """Give a conflict back; an owner may take it from whoever holds it. A closed one stays as it is."""
    found = _locked(conflict)
    if found.assignee is None:
        return found
    owner = Membership.objects.filter(project=found.project_id, user=by, role=Role.OWNER).exists()
    if found.assignee_id != by.pk and not owner:
        raise _held(found)
    _tell(found, "conflict.released", by, now, was=found.assignee.username)
    _let_go(found)
    return found


@transaction.atomic
def expire(*, now: datetime) -> int:
    """Free the conflicts whose deadline has passed, a batch at a time, and return how many."""
    overdue = Conflict.objects.filter(held_until__lte=now).select_for_update(
        no_key=True, skip_locked=True, of=("self",)
    )
    found = list(overdue.select_related("project", "assignee").order_by("held_until")[:EXPIRE_BATCH])
    for each in found:
        _tell(each, "conflict.expired", None, now, was=each.assignee.username if each.assignee else "")
        _let_go(each)
    return len(found)


@transaction.atomic
def escalate(*, conflict: Conflict, by: User, reason: str, now: datetime) -> Conflict:
    """Hand a conflict on to the experts, and say why; whoever held it holds it no more."""
    reason = said(reason, "reason", "Say what the expert should look at")
    found = _open(conflict)
    check_may_settle(found, by=by, now=now)
    if found.kind == Kind.ESCALATED:
        return found
    found.kind, found.reason, found.escalated_by, found.escalated_at, found.gain = Kind.ESCALATED, reason, by, now, 1.0
    _let_go(found)
    _tell(found, "conflict.escalated", by, now, reason=reason)
    return found


@transaction.atomic
def comment(*, conflict: Conflict, by: User, text: str, now: datetime) -> ConflictComment:
    """Say something about a conflict to the other reviewers; the same words twice in a row are one comment."""
    text = said(text, "text", "Say something")
    last = conflict.comments.order_by("-pk").first()
    if last is not None and (last.by_id, last.text) == (by.pk, text):
        return last
    made = ConflictComment.objects.create(conflict=conflict, by=by, text=text, at=now)
    _tell(conflict, "conflict.commented", by, now, comment=made.pk)
    return made


def check_task(*, task: Task, by: User, now: datetime, ruling: bool = True) -> None:
    """Refuse to settle a locked task whose conflict somebody else holds, or that is for experts to settle.

    Without a `ruling` a task may be taken up again, or put away, by whoever ruled on it first too.
    """
    rows = Conflict.objects.filter(task=task, closed_at__isnull=True).order_by("pk")
    for found in rows.select_for_update(no_key=True, of=("self",)).select_related("assignee", "project"):
        check_may_settle(found, by=by, now=now, ruling=ruling)


def check_may_settle(found: Conflict, *, by: User, now: datetime, ruling: bool = True) -> None:
    """Refuse to let somebody settle a locked conflict that is another's, an expert's or a look at their own ruling."""
    if found.assignee_id not in {None, by.pk} and found.held_until is not None and found.held_until > now:
        raise _held(found)
    if found.kind == Kind.ESCALATED and not is_expert(project=found.project, user=by):
        raise Refused("This was escalated: only an expert or an owner may settle it.", code="expert_required")
    if ruling and found.cause == Kind.SECOND_REVIEW and found.kind != Kind.ESCALATED and _ruled_by(found, by):
        raise Refused("You gave the first ruling; somebody else gives the second.", code="own_ruling")


def said(text: str, field: str, asked: str) -> str:
    """Return what was said, without the space around it; Invalid where it is nothing or too long."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        told = f"{asked}, in up to {LONGEST:,} characters."
        raise Invalid(f"{field}: {told}", errors={field: [told]})
    return text


def _free(project: Project, by: User, now: datetime) -> QuerySet[Conflict]:
    """Return the open conflicts that a reviewer may be given."""
    rows = Conflict.objects.filter(project=project, closed_at__isnull=True)
    rows = rows.filter(Q(held_until__isnull=True) | Q(held_until__lte=now))
    if not is_expert(project=project, user=by):
        rows = rows.exclude(kind=Kind.ESCALATED)
    if not Membership.objects.filter(project=project, user=by, role=Role.OWNER).exists():
        rows = rows.exclude(cause=Kind.DISPUTED_GOLD)  # only owners know gold, and correct it
    own = Consensus.objects.filter(by=by, task__project=project).values("pk")
    return rows.exclude(kind=Kind.SECOND_REVIEW, consensus__in=own)


def _ruled_by(found: Conflict, by: User) -> bool:
    return Consensus.objects.filter(pk=found.consensus_id or 0, by=by).exists()


def _locked(conflict: Conflict) -> Conflict:
    rows = Conflict.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "assignee")
    return rows.get(pk=conflict.pk)


def _open(conflict: Conflict) -> Conflict:
    """Return a conflict, locked; refused where it is closed."""
    found = _locked(conflict)
    if found.closed_at is not None:
        raise Contradiction("This conflict is closed.", code="closed")
    return found


def _check_room(project: Project, by: User, now: datetime, count: int) -> None:
    """Refuse to give somebody more than they may hold at once."""
    held = Conflict.objects.filter(project=project, assignee=by, held_until__gt=now).count()
    if held + count > MOST_HELD:
        raise TooMany(f"You hold {held} conflicts; settle or release some first.", code="too_many_held")


def _hold(found: Conflict, by: User, now: datetime) -> None:
    fresh = found.assignee_id != by.pk or found.held_until is None or found.held_until <= now
    if fresh:
        found.assignee, found.taken_at = by, now
    found.held_until = now + timedelta(seconds=found.project.lease_seconds)
    found.save(update_fields=["assignee", "taken_at", "held_until"])
    if fresh:
        _tell(found, "conflict.taken", by, now)


def _let_go(found: Conflict) -> None:
    found.assignee, found.taken_at, found.held_until = None, None, None
    found.save()


def _held(found: Conflict) -> Contradiction:
    who = found.assignee.username if found.assignee else "Somebody"
    until = f"{found.held_until:%H:%M} UTC" if found.held_until else ""
    return Contradiction(f"{who} is looking at this until {until}.", code="held")


def _tell(found: Conflict, kind: str, by: User | None, now: datetime, **more: object) -> None:
    data = {"conflict": found.pk, "task": found.task_id, **more}
    events.record(project=found.project, kind=kind, now=now, by=by, data=data)
