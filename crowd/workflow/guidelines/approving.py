"""A second owner's word on a draft, where the project asks for it."""

from datetime import datetime

from django.db import transaction

from crowd.errors import Contradiction, Missing, Refused
from crowd.models import Guideline, Project, User
from crowd.workflow import events


@transaction.atomic
def ask(*, project: Project, number: int, by: User, now: datetime) -> Guideline:
    """Ask the other owners to read a draft; a change of it afterwards takes the question back."""
    guideline = locked_draft(project, number)
    guideline.review_asked_by, guideline.review_asked_at = by, now
    guideline.approved_by = guideline.approved_at = None
    guideline.save(update_fields=["review_asked_by", "review_asked_at", "approved_by", "approved_at"])
    events.record(project=project, kind="guideline.review_asked", now=now, by=by, data={"guideline": number})
    return guideline


@transaction.atomic
def approve(*, project: Project, number: int, by: User, now: datetime) -> Guideline:
    """Approve a draft that another owner asked about."""
    guideline = locked_draft(project, number)
    if guideline.review_asked_by_id is None:
        raise Contradiction("Nobody has asked for a review of this draft yet.", code="review_not_asked")
    if guideline.review_asked_by_id == by.pk:
        raise Refused("Another owner must approve it, not whoever asked.", code="own_draft")
    guideline.approved_by, guideline.approved_at = by, now
    guideline.save(update_fields=["approved_by", "approved_at"])
    events.record(project=project, kind="guideline.approved", now=now, by=by, data={"guideline": number})
    return guideline


def take_back(guideline: Guideline) -> None:
    """Forget what was said of a draft that is being changed; the caller saves it."""
    guideline.review_asked_by = guideline.review_asked_at = guideline.approved_by = guideline.approved_at = None


def check(project: Project, guideline: Guideline) -> None:
    """Refuse a draft that nobody else has approved, where the project asks for it."""
    if project.guideline_review and guideline.approved_by_id is None:
        raise Contradiction(
            "A second owner must approve this draft first; ask for a review.", code="guideline_not_approved"
        )


def locked_draft(project: Project, number: int) -> Guideline:
    """Return a draft, locked; Contradiction where it was published, and so never changes."""
    guideline = (
        Guideline.objects.select_for_update(no_key=True, of=("self",)).filter(project=project, number=number).first()
    )
    if guideline is None:
        raise Missing(f"There is no guideline {number}.")
    if guideline.state != Guideline.State.DRAFT:
        raise Contradiction(
            f"Guideline {number} is {guideline.state} and never changes; draft a new version.", code="published"
        )
    return guideline
