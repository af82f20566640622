"""Who is left to give a task one more answer."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from crowd.models import Assignment, Membership, Project, Standing, Task
from crowd.workflow.assignments import terms
from crowd.workflow.workers import qualifying


def left(task: Task) -> QuerySet[Standing]:
    """Return the active workers who have not had the task yet and may still be given work."""
    had = task.assignments.exclude(state=Assignment.State.EXPIRED).values("worker")
    return at_work(task.project, skills={task.skill}).exclude(worker__in=had)


def at_work(project: Project, *, skills: Collection[str]) -> QuerySet[Standing]:
    """Return the active workers who may still be given work that asks for these skills."""
    active = Standing.objects.filter(project=project, status=Standing.Status.ACTIVE)
    if project.exam_tasks:
        active = active.exclude(qualifying.failed_for_good(project), qualified_at=None)
    if project.max_share_per_worker < 1.0:
        active = active.filter(labels__lt=terms.most_answers(project))
    able = Membership.objects.filter(project=project, role=Membership.Role.WORKER, user=OuterRef("worker"))
    able = able.filter(Q(most_answers__isnull=True) | Q(most_answers__gt=OuterRef("labels")))
    for skill in {project.skill, *skills} - {""}:
        able = able.filter(tags__contains=[skill])
    return active.filter(Exists(able))
