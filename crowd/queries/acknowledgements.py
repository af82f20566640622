"""Which guideline version a worker knows already."""

from django.db.models import Max

from crowd.models import Acknowledgement, Assignment, Project, User


def last_known(*, project: Project, worker: User) -> int | None:
    """Return the number of the newest version that the worker has acknowledged or answered under; None before any."""
    read = Acknowledgement.objects.filter(guideline__project=project, worker=worker)
    done = Assignment.objects.filter(task__project=project, worker=worker, submitted_at__isnull=False)
    numbers = [rows.aggregate(newest=Max("guideline__number"))["newest"] for rows in (read, done)]
    return max((number for number in numbers if number is not None), default=None)
