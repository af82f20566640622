"""Access tokens as those whose they are see them."""

from django.db.models import QuerySet

from crowd.models import ApiToken, Membership, Project, User


def of_user(*, user: User) -> QuerySet[ApiToken]:
    """Return a user's tokens, newest first, with the projects that some are confined to."""
    return ApiToken.objects.filter(user=user).select_related("project").order_by("-pk")


def projects_to_confine_to(*, user: User) -> QuerySet[Project]:
    """Return the projects that a token of this user's can be confined to: those they own."""
    owned = Membership.objects.filter(user=user, role=Membership.Role.OWNER).values("project")
    return Project.objects.filter(pk__in=owned, deleted_at__isnull=True).order_by("name", "pk")
