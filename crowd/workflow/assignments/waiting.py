"""Tasks that wait for one more answer, when somebody who could have given it no longer can."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from crowd.models import Consensus, Project, Task


def look_again(*, project: Project, now: datetime) -> None:
    """Have tasks that were settled once or extended, and wait for one more answer, looked at: one who could is gone."""
    open_ = Task.objects.filter(project=project, state=Task.State.OPEN, stale_at__isnull=True)
    begun = Q(overlap__gt=F("base_overlap")) | Q(Exists(Consensus.objects.filter(task=OuterRef("pk"))))
    rows = open_.filter(begun).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    Task.objects.filter(pk__in=[task.pk for task in rows.only("pk")]).update(stale_at=now)
