"""Direct uploads, as those who may complete them find them."""

import uuid

from crowd.errors import Missing
from crowd.models import DirectUpload, Membership, User
from crowd.queries.scope import MISSING


def one(*, user: User, pk: str, slug: str | None = None) -> DirectUpload:
    """Return an upload into a project that the caller owns; with a slug, into that project only."""
    rows = DirectUpload.objects.select_related("project").filter(
        project__deleted_at__isnull=True,
        project__memberships__user=user,
        project__memberships__role=Membership.Role.OWNER,
    )
    if slug is not None:
        rows = rows.filter(project__slug=slug)
    try:
        found = rows.filter(pk=uuid.UUID(pk)).first()
    except ValueError:
        found = None
    if found is None:
        raise Missing(MISSING)
    return found
