"""Worker models, learnt from all of a project's answers: at once, or of very many in shards."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from crowd import consensus
from crowd.models import Project, RefitRequest
from crowd.queries import versions
from crowd.workflow import locks
from crowd.workflow.consensus import growth, learning, rechecking, spreading


def ask_all(*, now: datetime) -> None:
    """Ask for new worker models wherever they are due or the message got lost, and send other lost messages again."""
    for project_id in Project.objects.live().order_by("pk").values_list("pk", flat=True):
        growth.ask_if_due(project_id=project_id, now=now, first=1)
    rechecking.send_lost(now=now)
    spreading.send_lost(now=now)


def refit(*, now: datetime, project_id: int | None = None, shard_from: int = spreading.SHARD_FROM) -> None:
    """Learn the worker models anew of one project, or of all, where there are new answers enough.

    Questions are learnt in shards from so many answers on, wherever there are no objects to learn of too.
    """
    projects = Project.objects.live() if project_id is None else Project.objects.filter(pk=project_id)
    for project in projects:
        _refit(project, now, shard_from)


def _refit(project: Project, now: datetime, shard_from: int) -> None:
    with transaction.atomic():
        # One at a time for each project; whoever comes second leaves it to the first.
        if not locks.try_lock("fit", project.pk):
            return
        if not growth.is_due(project_id=project.pk, now=now):
            RefitRequest.objects.filter(project=project).delete()
            return
        guideline = versions.current(project)
        assert guideline is not None
        schema = versions.schema_of(guideline)
        total = project.standings.aggregate(total=Sum("labels"))["total"] or 0
        if total >= shard_from and project.consensus == "auto" and not schema.objects:
            spreading.begin(project=project, guideline=guideline, total=total, now=now)
            return
        answers = list(learning.answers_of(project, guideline))
        model = consensus.fit(
            answers,
            schema=schema,
            method=project.consensus,
            gold=dict(learning.gold_of(project, guideline)),
            iou_threshold=project.iou_threshold,
        )
        told = learning.keep(project=project, guideline=guideline, model=model, total=total, sample=answers, now=now)
    learning.tell(project=project, guideline=guideline, model=model, shared=told, now=now)
