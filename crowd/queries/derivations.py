"""What a project was made of, and what was made of its releases, as far as the caller may know."""

from django.db.models import QuerySet

from crowd.models import Derivation, Project, Release, User


def of_release(*, release: Release, user: User) -> QuerySet[Derivation]:
    """Return what was made of a release, of the projects that the caller is a member of."""
    rows = Derivation.objects.filter(release=release, project__deleted_at__isnull=True, project__memberships__user=user)
    return rows.select_related("project", "release__project", "by").order_by("-created_at", "-pk")


def origin(*, project: Project) -> Derivation | None:
    """Return what a project was made of; None where of nothing."""
    return Derivation.objects.filter(project=project).select_related("project", "release__project", "by").first()
