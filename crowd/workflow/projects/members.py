"""Who takes part."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Invalid, Missing
from crowd.models import Membership, Project, Standing, User
from crowd.workflow import accounts, events
from crowd.workflow.assignments import leasing, waiting


@transaction.atomic
def add(*, project: Project, username: str, role: str, by: User, now: datetime) -> Membership:
    """Give a user a role; a second call changes it."""
    if role not in Membership.Role.values:
        raise Invalid(f"role: choose one of {', '.join(Membership.Role.values)}.", errors={"role": ["Unknown role."]})
    user = accounts.find_user(username=username)
    before = Membership.objects.filter(project=project, user=user).first()
    if before is not None and before.role == Membership.Role.OWNER != role:
        _keep_an_owner(project, user)
    if before is not None and before.role == Membership.Role.WORKER != role:
        end_work(project, user, now)
    member, _ = Membership.objects.update_or_create(
        project=project,
        user=user,
        defaults={"role": role} if role != Membership.Role.WORKER else {"role": role, "expert": False},
        create_defaults={"role": role, "created_at": now},
    )
    if role == Membership.Role.WORKER:
        Standing.objects.get_or_create(project=project, worker=user)
    events.record(project=project, kind="member.added", now=now, by=by, data={"username": username, "role": role})
    return member


@transaction.atomic
def remove(*, project: Project, username: str, by: User, now: datetime) -> None:
    """End a membership; the answers given stay, the leases held go back."""
    member = Membership.objects.filter(project=project, user__username=username).select_related("user").first()
    if member is None:
        raise Missing(f"{username} is not a member of this project.")
    if member.role == Membership.Role.OWNER:
        _keep_an_owner(project, member.user)
    member.delete()
    end_work(project, member.user, now)
    events.record(project=project, kind="member.removed", now=now, by=by, data={"username": username})


MOST_TAGS = 10
MOST_LIMIT = 1_000_000
LEAST = {"answers_per_hour": 1, "most_answers": 0, "max_leases": 1}  # each limit that a worker may have, from where


def clean_tags(tags: Sequence[str]) -> list[str]:
    """Return tags as they are kept: each once, in order, without space around; Invalid for too many or too long."""
    found = sorted({" ".join(tag.split()) for tag in tags} - {""})
    if len(found) > MOST_TAGS or any(len(tag) > 40 for tag in found):
        told = f"At most {MOST_TAGS} tags of 40 characters."
        raise Invalid(f"tags: {told}", errors={"tags": [told]})
    return found


@transaction.atomic
def set_tags(*, project: Project, username: str, tags: Sequence[str], by: User, now: datetime) -> Membership:
    """Give a member groups and skills: they decide from now on which images that ask for a skill they are given."""
    member = get(project=project, username=username)
    wanted = clean_tags(tags)
    if member.tags != wanted:
        lost = set(member.tags) - set(wanted)
        member.tags = wanted
        member.save(update_fields=["tags"])
        data = {"username": username, "tags": wanted}
        events.record(project=project, kind="member.tagged", now=now, by=by, data=data)
        if lost and member.role == Membership.Role.WORKER:
            waiting.look_again(project=project, now=now)
    return member


@transaction.atomic
def set_limits(
    *, project: Project, username: str, limits: Mapping[str, int | None], by: User, now: datetime
) -> Membership:
    """Limit what one worker may do; without a limit of theirs the project's holds. What is not named stays."""
    member = get(project=project, username=username)
    faults = {
        name: [f"From {LEAST[name]} to {MOST_LIMIT:,}, or nothing."]
        for name, value in limits.items()
        if value is not None and not LEAST[name] <= value <= MOST_LIMIT
    }
    if faults:
        name = next(iter(faults))
        raise Invalid(f"{name}: {faults[name][0]}", errors=faults)
    changed = {name: value for name, value in limits.items() if getattr(member, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(member, name, value)
        member.save(update_fields=list(changed))
        events.record(project=project, kind="member.limited", now=now, by=by, data={"username": username, **changed})
        if "most_answers" in changed and member.role == Membership.Role.WORKER:
            waiting.look_again(project=project, now=now)
    return member


def get(*, project: Project, username: str) -> Membership:
    """Return a member."""
    member = Membership.objects.select_related("user").filter(project=project, user__username=username).first()
    if member is None:
        raise Missing(f"{username} is not a member of this project.")
    return member


@transaction.atomic
def set_expert(*, project: Project, username: str, expert: bool, by: User, now: datetime) -> Membership:
    """Give a reviewer what others escalate, or no more; owners are given it anyway."""
    member = Membership.objects.select_for_update(no_key=True).filter(project=project, user__username=username).first()
    if member is None:
        raise Missing(f"{username} is not a member of this project.")
    if expert and member.role == Membership.Role.WORKER:
        told = "Only a reviewer can be an expert."
        raise Contradiction(told, code="not_a_reviewer", errors={"expert": [told]})
    if member.expert != expert:
        member.expert = expert
        member.save(update_fields=["expert"])
        data = {"username": username, "expert": expert}
        events.record(project=project, kind="member.expert", now=now, by=by, data=data)
    return member


def end_work(project: Project, worker: User, now: datetime) -> None:
    """Give a worker's leases back, behind any claim under way, and see who else could do what waits."""
    list(Standing.objects.select_for_update(no_key=True).filter(project=project, worker=worker))
    leasing.give_back(project=project, worker=worker, now=now)
    waiting.look_again(project=project, now=now)


def _keep_an_owner(project: Project, leaving: User) -> None:
    owners = Membership.objects.select_for_update(no_key=True).filter(project=project, role=Membership.Role.OWNER)
    if not any(owner.user_id != leaving.pk for owner in owners):
        raise Contradiction("A project keeps at least one owner: make somebody else one first.", code="last_owner")
