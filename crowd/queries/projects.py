"""Projects as one of their members sees them."""

from django.db.models import F, OuterRef, QuerySet, Subquery

from crowd.models import Guideline, Project, User


def of_member(user: User) -> QuerySet[Project]:
    """Return the user's projects, each with their `role` in it and the number of the `guideline` in force."""
    published = Guideline.objects.filter(project=OuterRef("pk"), state=Guideline.State.PUBLISHED)
    return Project.objects.of_member(user).annotate(
        role=F("memberships__role"), guideline=Subquery(published.values("number")[:1])
    )
