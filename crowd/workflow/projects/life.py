"""The life of a project beyond its settings: begun from a template, duplicated, archived, handed on, brought back."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from crowd.errors import Contradiction, Invalid, Missing
from crowd.labels.starters import STARTERS
from crowd.models import Guideline, Membership, Project, User
from crowd.workflow import events, projects
from crowd.workflow.guidelines import publishing
from crowd.workflow.projects import members

GRACE: Final = timedelta(days=30)
COPIED: Final = (*projects.SETTINGS,)


@transaction.atomic
def begin(*, by: User, name: str, now: datetime, slug: str = "", starter: str = "") -> Project:
    """Make a project with a draft of a guideline to go on from; without a starter, with none."""
    if starter and starter not in STARTERS:
        told = f"Choose one of {', '.join(STARTERS)}."
        raise Invalid(f"template: {told}", errors={"template": [told]})
    project = projects.create(by=by, name=name, slug=slug, now=now)
    if starter:
        chosen = STARTERS[starter]
        publishing.draft(project=project, by=by, body=chosen.body, schema=chosen.schema, note=chosen.title, now=now)
    return project


@transaction.atomic
def duplicate(*, project: Project, by: User, name: str, now: datetime, people: bool = False) -> Project:
    """Make another project with the same settings, the guideline as a draft, and perhaps the members; no images."""
    settings = {field: getattr(project, field) for field in COPIED} | {"paused": False}
    made = projects.create(by=by, name=name, settings=settings, now=now)
    latest = project.guidelines.filter(state=Guideline.State.PUBLISHED).first()
    latest = latest or project.guidelines.order_by("-number").first()
    if latest is not None:
        note = f"As version {latest.number} of {project.name}"[:500]
        publishing.draft(project=made, by=by, body=latest.body, schema=latest.schema, note=note, now=now)
    if people:
        for seat in project.memberships.exclude(user=by).select_related("user").order_by("pk"):
            members.add(project=made, username=seat.user.username, role=seat.role, by=by, now=now)
            members.set_tags(project=made, username=seat.user.username, tags=seat.tags, by=by, now=now)
    events.record(project=made, kind="project.duplicated", now=now, by=by, data={"of": project.slug})
    return made


@transaction.atomic
def archive(*, project: Project, by: User, now: datetime) -> Project:
    """Make a project read-only: nobody is given work, nothing is changed; what is under way may be handed in."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if row.archived_at is None:
        row.archived_at, row.paused = now, True
        row.save(update_fields=["archived_at", "paused"])
        events.record(project=row, kind="project.archived", now=now, by=by)
    return row


@transaction.atomic
def unarchive(*, project: Project, by: User, now: datetime) -> Project:
    """Open a project for changes again; it stays paused until somebody says otherwise."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if row.archived_at is not None:
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        events.record(project=row, kind="project.unarchived", now=now, by=by)
    return row


@transaction.atomic
def transfer(*, project: Project, username: str, by: User, now: datetime, stays: str = "") -> None:
    """Make somebody else the owner in the caller's place; the caller stays with another role, or leaves."""
    if username == by.username:
        raise Invalid("username: it is yours already.", errors={"username": ["It is yours already."]})
    if stays not in {"", Membership.Role.REVIEWER}:
        raise Invalid("stays: reviewer, or nothing.", errors={"stays": ["Reviewer, or nothing."]})
    try:
        members.add(project=project, username=username, role=Membership.Role.OWNER, by=by, now=now)
    except Missing as fault:
        raise Invalid(fault.detail, errors={"username": [fault.detail]}) from None
    if stays:
        members.add(project=project, username=by.username, role=stays, by=by, now=now)
    else:
        members.remove(project=project, username=by.username, by=by, now=now)
    events.record(project=project, kind="project.transferred", now=now, by=by, data={"username": username})


@transaction.atomic
def restore(*, slug: str, by: User, now: datetime) -> Project:
    """Bring a deleted project back, within its days of grace, for one of its owners."""
    rows = Project.objects.select_for_update(no_key=True, of=("self",)).filter(
        slug=slug, deleted_at__isnull=False, memberships__user=by, memberships__role=Membership.Role.OWNER
    )
    row = rows.first()
    if row is None:
        raise Missing("There is no such project to bring back.")
    if row.deleted_at is not None and row.deleted_at + GRACE < now:
        raise Contradiction(
            f"It was deleted more than {GRACE.days} days ago; only the operator can bring it back.", code="grace_over"
        )
    row.deleted_at = None
    row.save(update_fields=["deleted_at"])
    events.record(project=row, kind="project.restored", now=now, by=by)
    return row
