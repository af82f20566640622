"""Samples: settled images that a reviewer looks at all the same, so that the share of wrong labels is known."""

import math
import time
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crowd import jobs, sampling
from crowd.labels.annotation import parse_annotation
from crowd.models import Conflict, Consensus, Project, Standing, Task
from crowd.queries import versions
from crowd.sampling import reviews
from crowd.workflow import conflicts

TURN = 10.0  # seconds that one job draws from what was settled before; the sweep sends the next
LOOKED = 2000  # settled images that are gone through before it is noted how far
GAIN = 0.2  # of looking at one, beside conflicts: before those whose label is likelier right than that


def consider(*, task: Task, made: Consensus, workers: Collection[int], now: datetime) -> None:
    """Draw from a locked task that its answers have just settled; from a project's first ones once it pays.

    A sample of less than one image is none: until so many are settled, nothing is drawn, and then from all of them.
    """
    project = task.project
    if project.review_rate <= 0:
        return
    # as it is now, under the task's lock: `begin` may have gone past this task since the project was read
    if Project.objects.values_list("sampled_since", flat=True).get(pk=project.pk) is not None:
        _draw(task, made, workers, now)
    elif _pays(project, more=1):
        jobs.send(jobs.draw_samples, project.pk)


def begin_all() -> None:
    """Have drawn wherever that is due: the message got lost, or there was more than goes into one turn."""
    late = Q(sampled_since__isnull=True) | Q(sampled_whole=False)
    for project in Project.objects.live().filter(late, review_rate__gt=0).order_by("pk"):
        if project.sampled_since is not None or _pays(project):
            jobs.send(jobs.draw_samples, project.pk)


def begin(*, project_id: int, now: datetime, turn: float = TURN) -> None:
    """Draw for a while from what is settled, and from now on from what is settled then; twice changes nothing."""
    ends = time.monotonic() + turn
    Project.objects.filter(pk=project_id, sampled_since__isnull=True).update(sampled_since=now)
    while _step(Project.objects.get(pk=project_id), now) and time.monotonic() < ends:
        pass


def _step(project: Project, now: datetime) -> bool:
    """Draw from the next ones that were settled before; return whether any are left."""
    settled = Task.objects.ordinary().filter(
        project=project, state=Task.State.RESOLVED, consensus__by__isnull=True, pk__gt=project.sampled_through
    )
    drawn = Conflict.objects.filter(project=project, cause=Conflict.Kind.SAMPLE).values("task")
    keys = list(settled.order_by("pk").values_list("pk", flat=True)[:LOOKED])
    bound = reviews.most(project.review_rate)
    chosen = [key for key in keys if reviews.lot(project.review_seed, key) < bound]
    for key in Task.objects.filter(pk__in=chosen).exclude(pk__in=drawn).order_by("pk").values_list("pk", flat=True):
        _draw_later(key, now)
    # whoever has changed the rate meanwhile has begun anew
    same = Project.objects.filter(pk=project.pk, sampled_since=project.sampled_since, review_rate__gt=0)
    if keys:
        return bool(same.update(sampled_through=keys[-1]))
    same.update(sampled_whole=True)
    return False


@transaction.atomic
def _draw_later(key: int, now: datetime) -> None:
    """Draw from a task that was settled before, if it still is."""
    related = Task.objects.select_related("project", "image")
    task = related.select_for_update(no_key=True, of=("self",)).get(pk=key)
    made = Consensus.objects.filter(pk=task.consensus_id or 0, by__isnull=True).first()
    if task.state == Task.State.RESOLVED and made is not None:
        _draw(task, made, set(made.lineage.values_list("assignment__worker", flat=True)), now)


def _pays(project: Project, *, more: int = 0) -> bool:
    """Return whether a sample of the settled images, and of so many being settled, is at least one."""
    enough = math.ceil(1.0 / project.review_rate)
    settled = Task.objects.filter(project=project, state=Task.State.RESOLVED).order_by().values("pk")[:enough]
    return settled.count() + more >= enough


def _draw(task: Task, made: Consensus, workers: Collection[int], now: datetime) -> None:
    """Have a settled task looked at if its lot says so; its label is out already.

    The lot is the task's for ever. A label that changes before anybody has looked is looked at as it is then.
    """
    project = task.project
    lot = reviews.lot(project.review_seed, task.pk)
    common = {"confidence": made.confidence, "target": project.confidence_target}
    if lot >= reviews.most(project.review_rate):  # whatever is read below
        return
    category = _category(task, made)
    chance = reviews.chance(
        project.review_rate, **common, of_class=_drawn(task, category), of_worker=_least_known(task, workers)
    )
    if lot >= chance:
        return
    conflicts.set_aside(
        task=task,
        kind=Conflict.Kind.SAMPLE,
        now=now,
        consensus=made,
        confidence=made.confidence,
        gain=GAIN,
        draw=lot / chance,  # of those drawn it is uniform, whatever their chance: any first part is a fair sample too
        probability=chance,
        category=category,
        labels=[category] if category else [],
        answers=list(made.lineage.order_by("assignment_id").values_list("assignment_id", flat=True)),
        workers=sorted(workers),
    )


def _category(task: Task, made: Consensus) -> str:
    schema = versions.schema_of(made.guideline)
    width, height = task.image.width, task.image.height
    read = parse_annotation(made.annotation, schema=schema, width=width, height=height, complete=False, lenient=True)
    return sampling.category(read, schema=schema)[:200]


def _drawn(task: Task, category: str) -> int:
    """Return how many of a class were drawn before, counted as far as it matters."""
    rows = Conflict.objects.filter(project=task.project_id, cause=Conflict.Kind.SAMPLE, category=category)
    return rows.exclude(task=task).order_by().values("pk")[: reviews.ENOUGH].count()


def _least_known(task: Task, workers: Collection[int]) -> int:
    """Return the fewest answers that any of the workers has given here."""
    counts = Standing.objects.filter(project=task.project_id, worker__in=workers).values_list("labels", flat=True)
    return min(counts, default=0)
