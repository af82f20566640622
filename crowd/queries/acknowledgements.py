"""Which guideline version a worker knows already."""

from django.db.models import Max

from crowd.models import Acknowledgement, Assignment, Project, User

LATEST = 50  # answers: more than anybody holds leases of an older version, and can hand in after newer ones


def last_known(*, project: Project, worker: User) -> int | None:
    """Return the number of the newest version that the worker has acknowledged or answered under; None before any.

    Their latest answers tell: nobody is given work under an older version again.
    """
    read = Acknowledgement.objects.filter(guideline__project=project, worker=worker)
    numbers = [read.aggregate(newest=Max("guideline__number"))["newest"]]
    if project.standings.filter(worker=worker, handed_in__gt=0).exists():
        done = Assignment.objects.filter(guideline__project=project, worker=worker, submitted_at__isnull=False)
        numbers += done.order_by("-submitted_at").values_list("guideline__number", flat=True)[:LATEST]
    return max((number for number in numbers if number is not None), default=None)
