"""A person is erased: what says who they are goes, what they answered stays, under the pseudonyms it always had."""

import secrets
from datetime import datetime
from typing import Final

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from crowd.errors import Contradiction
from crowd.models import (
    ApiToken,
    Appeal,
    Assignment,
    Conflict,
    Dispute,
    IdempotencyKey,
    Invitation,
    Membership,
    Project,
    Release,
    Report,
    SavedFilter,
    User,
)
from crowd.workflow import events
from crowd.workflow.projects import members

WORDS: Final = "Erased."
# Events name people by these, and a release that was called off says by whom.
_NAMED: Final = ("username", "worker", "was")
# Placeholders without names: what is not to be guarded is written by a statement that django-pgtrigger adds to.
_RENAME: Final = """
    UPDATE crowd_event SET data = jsonb_set(data, ARRAY[%s], to_jsonb(%s::text))
    WHERE project_id = ANY(%s) AND data ->> %s = %s
"""
_CANCELLED: Final = "Cancelled by {}."
_SAID: Final = ("reason", "text", "comment")
_UNSAY: Final = """
    UPDATE crowd_event SET data = jsonb_set(data, ARRAY[%s], to_jsonb(%s::text))
    WHERE project_id = ANY(%s) AND actor_id = %s AND jsonb_exists(data, %s)
      AND type IN ('assignment.skipped', 'assignment.disputed', 'appeal.opened', 'report.opened')
"""


@transaction.atomic
def erase_user(*, user: User, now: datetime, even_owner: bool = False) -> User:
    """Take all that says who somebody is; they can never sign in again. Their answers keep their pseudonyms.

    The only owner of a project hands it on or deletes it first, unless `even_owner`.
    """
    found = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if found.erased_at is not None:
        return found
    if not even_owner and (alone := _owned_alone(found)):
        raise Contradiction(
            f"Nobody else owns {', '.join(alone)}: make somebody else an owner, or delete it, first.", code="last_owner"
        )
    old, email = found.username, found.email
    projects = _leave(found, now)
    _sign_out(found)
    _forget_words(found)
    if email:
        Invitation.objects.filter(email__iexact=email).update(email="")
    found.username = f"erased-{secrets.token_hex(8)}"
    found.email = found.first_name = found.last_name = ""
    found.is_active = found.is_staff = found.is_superuser = False
    found.last_login, found.erased_at = None, now
    found.set_unusable_password()
    found.groups.clear()
    found.user_permissions.clear()
    _rename(projects, found, old)
    for project in Project.objects.filter(pk__in=projects).order_by("pk"):
        events.record(project=project, kind="member.erased", now=now, data={"username": found.username})
    found.save()  # last: a name is a key, so this waits for whoever's rows name the person
    return found


def _owned_alone(user: User) -> list[str]:
    """Return the projects that would have no owner left."""
    owned = Project.objects.filter(deleted_at__isnull=True, memberships__user=user, memberships__role="owner")
    others = Membership.objects.filter(role=Membership.Role.OWNER).exclude(user=user)
    return list(owned.exclude(pk__in=others.values("project")).order_by("slug").values_list("slug", flat=True))


def _leave(user: User, now: datetime) -> list[int]:
    """End every membership, and return the projects whose trail may name the person."""
    for seat in Membership.objects.filter(user=user).select_related("project").order_by("project"):
        members.end_work(seat.project, user, now)
        seat.delete()
    told = """
        SELECT project_id FROM crowd_standing WHERE worker_id = %(user)s
        UNION SELECT project_id FROM crowd_event
        WHERE project_id IN (SELECT id FROM crowd_project) AND (
            type = 'member.added' AND data ->> 'username' = %(name)s
            OR type IN ('project.created', 'project.duplicated', 'project.derived') AND actor_id = %(user)s)
    """
    with connection.cursor() as cursor:
        cursor.execute(told, {"user": user.pk, "name": user.username})
        return [row[0] for row in cursor.fetchall()]


def _sign_out(user: User) -> None:
    """Forget every way to sign in, and end what is signed in."""
    for model in (ApiToken, IdempotencyKey, SavedFilter, EmailAddress, Authenticator):
        model._default_manager.filter(user=user).delete()
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _forget_words(user: User) -> None:
    """Put one word in the place of what a worker wrote in their own words."""
    for dispute in Dispute.objects.filter(assignment__worker=user).select_related("assignment"):
        Conflict.objects.filter(task=dispute.assignment.task_id, reason=dispute.text).update(reason=WORDS)
        Dispute.objects.filter(pk=dispute.pk).update(text=WORDS)
    with pgtrigger.ignore("crowd.Appeal:appeal_decided_never_changes", "crowd.Report:report_never_changes"):
        Appeal.objects.filter(standing__worker=user).update(text=WORDS)
        for report in Report.objects.filter(assignment__worker=user).select_related("assignment"):
            Conflict.objects.filter(task=report.assignment.task_id, reason=report.comment).update(reason=WORDS)
            Report.objects.filter(pk=report.pk).update(comment=f"{WORDS[:-1]} {report.pk}.")  # of a kind each is other
    Assignment.objects.filter(worker=user, state=Assignment.State.SKIPPED).update(reason=WORDS)


def _rename(projects: list[int], user: User, old: str) -> None:
    """Have the trail name the person as they are called from now on, and repeat nothing they wrote."""
    was, is_ = _CANCELLED.format(old), _CANCELLED.format(user.username)
    names = [*((key, old, user.username) for key in _NAMED), ("error", was, is_)]
    with pgtrigger.ignore("crowd.Event:event_never_changes"), connection.cursor() as cursor:
        for key, before, after in names:
            cursor.execute(_RENAME, [key, after, projects, key, before])
        for key in _SAID:
            cursor.execute(_UNSAY, [key, WORDS, projects, user.pk, key])
    Release.objects.filter(project__in=projects, state="failed", error=was).update(error=is_)
