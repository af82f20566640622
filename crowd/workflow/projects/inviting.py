"""Invitations: a link that lets people in, made, opened, withdrawn; and many people let in by a list."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.core.validators import EmailValidator
from django.db import transaction

from crowd.errors import CrowdError, Invalid, Missing, Refused
from crowd.models import Invitation, Membership, Project, User
from crowd.workflow import events
from crowd.workflow.projects import members

MOST_DAYS, MOST_USES, MOST_LINES = 90, 1000, 1000
GONE = "This invitation has expired, is used up or was withdrawn. Ask whoever sent it for another one."
_signer = Signer(salt="crowd.invitation")


@transaction.atomic
def invite(
    *,
    project: Project,
    role: str,
    by: User,
    now: datetime,
    days: int = 7,
    uses: int = 1,
    email: str = "",
    tags: Sequence[str] = (),
) -> Invitation:
    """Make a link that gives a role; one that gives ownership lets one person in."""
    if role not in Membership.Role.values:
        raise Invalid(f"role: choose one of {', '.join(Membership.Role.values)}.", errors={"role": ["Unknown role."]})
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"days: 1 to {MOST_DAYS}.", errors={"days": [f"From 1 to {MOST_DAYS}."]})
    if not 1 <= uses <= (1 if role == Membership.Role.OWNER else MOST_USES):
        told = f"From 1 to {MOST_USES}; a link that makes an owner lets one person in."
        raise Invalid(f"uses: {told}", errors={"uses": [told]})
    made = Invitation.objects.create(
        project=project,
        role=role,
        tags=members.clean_tags(tags),
        email=email,
        uses=uses,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    data = {"invitation": made.pk, "role": role, "uses": uses}
    events.record(project=project, kind="member.invited", now=now, by=by, data=data)
    return made


def path_of(invitation: Invitation) -> str:
    """Return the address that opens an invitation, on this site."""
    return f"/invitations/{_signer.sign(str(invitation.pk))}/"


def find(*, token: str, now: datetime) -> Invitation:
    """Return the invitation that a link opens; Missing where there is none any more."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        raise Missing(GONE) from None
    found = Invitation.objects.select_related("project", "created_by").filter(pk=pk).first()
    if found is None or not _is_open(found, now):
        raise Missing(GONE)
    return found


@transaction.atomic
def accept(*, token: str, user: User, now: datetime) -> Membership:
    """Let a user in, with the role that the link gives; whoever is a member already keeps theirs, and uses nothing."""
    pk = find(token=token, now=now).pk
    row = Invitation.objects.select_for_update(no_key=True).get(pk=pk)
    already = Membership.objects.filter(project=row.project_id, user=user).first()
    if already is not None:
        return already
    if not _is_open(row, now):  # the last place went while we waited
        raise Missing(GONE)
    row.used += 1
    row.save(update_fields=["used"])
    member = members.add(project=row.project, username=user.username, role=row.role, by=user, now=now)
    member.tags = row.tags
    member.save(update_fields=["tags"])
    return member


@transaction.atomic
def withdraw(*, project: Project, pk: int, by: User, now: datetime) -> None:
    """End an invitation; who came in by it stays."""
    ended = Invitation.objects.filter(project=project, pk=pk, withdrawn_at__isnull=True).update(withdrawn_at=now)
    if not ended:
        raise Missing("There is no such invitation here.")
    events.record(project=project, kind="member.uninvited", now=now, by=by, data={"invitation": pk})


def mails() -> bool:
    """Return whether this installation sends e-mail."""
    return not settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend"))


def mail(*, invitation: Invitation, url: str) -> bool:
    """Send an invitation's link to whom it is for; False where it could not be sent."""
    name, project = invitation.created_by.username, " ".join(invitation.project.name.split())  # one line: a header
    text = (
        f"{name} invites you to {project} as {invitation.role}.\n\nOpen this link, sign in or make an account, and "
        f"join:\n\n{url}\n\nIt holds until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.\n"
    )
    try:
        return bool(mails() and send_mail(f"Join {project}", text, None, [invitation.email]))
    except OSError:
        return False


@dataclass
class Roster:
    """What became of each line of a list."""

    added: list[str] = field(default_factory=list)
    invited: list[Invitation] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def add_all(*, project: Project, text: str, role: str, by: User, now: datetime) -> Roster:
    """Let in everybody that a list names, a line each: user name or e-mail, then perhaps role, tags, and limits.

    The limits are answers in an hour, answers in all, and images held at once; empty ones are the project's. Somebody
    who is a member already is changed.

    A user name is added at once; an e-mail is sent an invitation for one, whether or not somebody has it, so that
    nobody learns who has an account. One bad line stops no other.
    """
    made = Roster()
    lines = [row for row in csv.reader(io.StringIO(text)) if row and row[0].strip()]
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines at once.", errors={"people": [f"At most {MOST_LINES} lines."]})
    for first, *rest in lines:
        name, as_what = first.strip(), (rest[0].strip().lower() if rest else "") or role
        if name.lower() in {"username", "email", "user name", "e-mail"}:
            continue
        tags = rest[1].split(";") if len(rest) > 1 else []
        try:
            _let_in(made, project, name, as_what, tags, _limits(rest[2:]), by, now)
        except CrowdError as fault:
            made.refused.append((name, fault.detail))
    return made


def _limits(cells: Sequence[str]) -> dict[str, int | None]:
    """Return the limits that a line gives, if it gives any."""
    found: dict[str, int | None] = {}
    for name, cell in zip(members.LEAST, cells, strict=False):
        text = cell.strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 9):
            raise Invalid(f"“{text}” is no number.", errors={name: ["Give a number, or nothing."]})
        found[name] = int(text) if text else None
    return found


def _let_in(
    made: Roster,
    project: Project,
    name: str,
    role: str,
    tags: list[str],
    limits: dict[str, int | None],
    by: User,
    now: datetime,
) -> None:
    if "@" not in name:
        with transaction.atomic():
            members.add(project=project, username=name, role=role, by=by, now=now)
            members.set_tags(project=project, username=name, tags=tags, by=by, now=now)
            members.set_limits(project=project, username=name, limits=limits, by=by, now=now)
        made.added.append(name)
        return
    if not EmailValidator.user_regex.match(name.rpartition("@")[0]) or "." not in name.rpartition("@")[2]:
        raise Refused("This is no e-mail address.", code="bad_email")
    if any(value is not None for value in limits.values()):
        raise Refused("Limits are given to people with an account; set them once they have joined.", code="not_yet")
    made.invited.append(invite(project=project, role=role, by=by, now=now, email=name, tags=tags))


def _is_open(one: Invitation, now: datetime) -> bool:
    gone = one.project.deleted_at is not None or one.project.archived_at is not None
    spent = one.withdrawn_at is not None or one.expires_at <= now or one.used >= one.uses
    if gone or spent:
        return False
    # whoever owns the project no longer lets nobody in any more, themselves least of all
    return Membership.objects.filter(
        project=one.project_id, user=one.created_by_id, role=Membership.Role.OWNER
    ).exists()
