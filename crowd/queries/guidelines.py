"""Guideline versions as members may read them."""

import difflib
from typing import Any

from django.db.models import QuerySet

from crowd.errors import Missing
from crowd.labels.diff import diff
from crowd.labels.schema import parse_schema
from crowd.models import Guideline, Membership, User
from crowd.queries import scope


def visible(*, user: User, slug: str) -> QuerySet[Guideline]:
    """Return the versions that a member may read; drafts are the owners' alone."""
    member = scope.membership(user=user, slug=slug)
    rows = Guideline.objects.filter(project=member.project)
    return rows if member.role == Membership.Role.OWNER else rows.exclude(state=Guideline.State.DRAFT)


def get(*, user: User, slug: str, number: int) -> Guideline:
    """Return one version that the member may read."""
    found = visible(user=user, slug=slug).filter(number=number).first()
    if found is None:
        raise Missing(f"There is no guideline {number}.")
    return found


def difference(*, before: Guideline, after: Guideline) -> dict[str, Any]:
    """Return the text's difference line by line and the schema's by meaning."""
    renames = after.rename if before.number < after.number else {}
    lines = difflib.unified_diff(
        before.body.splitlines(),
        after.body.splitlines(),
        fromfile=f"guideline {before.number}",
        tofile=f"guideline {after.number}",
        lineterm="",
    )
    return {
        "from": before.number,
        "to": after.number,
        "body": list(lines),
        "schema": diff(parse_schema(before.schema), parse_schema(after.schema), renames=renames).to_json(),
    }
