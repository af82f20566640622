"""Second looks that wait: until they are given, the first ruling is kept from whoever may give them."""

from django.db.models import QuerySet

from crowd.models import Conflict, Consensus, Membership, Task, User


def waiting(user: User) -> QuerySet[Conflict]:
    """Return the second looks that keep a first ruling from a user: never their own, and nothing from owners."""
    owned = Membership.objects.filter(user=user, role=Membership.Role.OWNER).values("project")
    rows = Conflict.objects.filter(kind=Conflict.Kind.SECOND_REVIEW, closed_at__isnull=True)
    return rows.exclude(consensus__by=user).exclude(project__in=owned)


def waits(task: Task) -> bool:
    """Return whether a task waits for a second look."""
    return Conflict.objects.filter(task=task, kind=Conflict.Kind.SECOND_REVIEW, closed_at__isnull=True).exists()


def first_ruling(task: int) -> Consensus | None:
    """Return the ruling that a second look of a task is to be given without; None where none waits."""
    rows = Conflict.objects.filter(task=task, kind=Conflict.Kind.SECOND_REVIEW, closed_at__isnull=True)
    found = rows.select_related("consensus").first()
    return found.consensus if found is not None else None
