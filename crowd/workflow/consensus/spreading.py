"""Questions learnt in shards, by as many processes as there are: from some millions of answers on, one is too slow.

A round is a chord: each shard does its part (`work`), and whoever finishes the last part draws the conclusion
(`conclude`) and begins the next round. The barrier is in the database, so that a lost message only costs time. What
the rounds work on is in the object store: what each shard's workers said, each round's parameters, and each shard's
sums. The arithmetic, and why the result does not depend on who does which part, is in `crowd.consensus.sharding`.
"""

import json
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F

from crowd import consensus, jobs
from crowd.consensus.packing import Arrays, pack, unpack
from crowd.consensus.polls import Poll, polls, polls_from_arrays, polls_to_arrays
from crowd.consensus.rounds import Board, part
from crowd.models import FitRun, FitShard, Guideline, Project
from crowd.queries import versions
from crowd.storage import store
from crowd.workflow.consensus import learning

SHARD_FROM = 5_000_000  # answers in a project
SHARD_ANSWERS = 500_000  # in one shard, about
SAMPLE = 20_000  # answers on which agreement is measured
LOST_AFTER = timedelta(minutes=15)  # a part that takes longer is taken for lost

_STRETCHES = """
    SELECT min(id), max(id) FROM (
        SELECT id, (sum(labels) OVER (ORDER BY id) - 1) / %s AS stretch FROM crowd_task
        WHERE project_id = %s AND labels > 0
    ) t GROUP BY stretch ORDER BY stretch
"""


def begin(*, project: Project, guideline: Guideline, total: int, now: datetime) -> None:
    """Begin to learn a project's models in shards, unless that is under way; inside the transaction that decided it."""
    if FitRun.objects.filter(project=project).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_STRETCHES, [SHARD_ANSWERS, project.pk])
        stretches = cursor.fetchall()
    run = FitRun.objects.create(project=project, guideline=guideline, answers=total, sent_at=now)
    FitShard.objects.bulk_create(
        FitShard(run=run, number=number, first=first, last=last) for number, (first, last) in enumerate(stretches)
    )
    workers = sorted(str(pk) for pk in project.standings.filter(labels__gt=0).values_list("worker", flat=True))
    store().put(_key(run, "workers"), json.dumps(workers).encode(), content_type="application/json")
    _send(run)


def work(*, shard_id: int) -> None:
    """Do one shard's part of the round that is due; doing it twice changes nothing."""
    shard = FitShard.objects.select_related("run__project", "run__guideline").filter(pk=shard_id).first()
    if shard is None or shard.done > shard.run.round:
        return
    run, number = shard.run, shard.run.round
    if number == 0:
        _put(run, f"polls-{shard.number}", _heard(shard))
    else:
        _put(run, f"sums-{number}-{shard.number}", part(_get(run, f"board-{number}"), _polls(shard), shard.number))
    with transaction.atomic():
        current = FitRun.objects.select_for_update(no_key=True).filter(pk=run.pk, round=number).first()
        if current is None:
            return
        FitShard.objects.filter(pk=shard_id).update(done=number + 1)
        if not current.shards.filter(done__lte=number).exists():
            jobs.send(jobs.conclude_fit, run.pk)


def conclude(*, run_id: int, now: datetime) -> None:
    """Draw the conclusion of a round whose parts are all done, and begin the next one; twice changes nothing."""
    run = FitRun.objects.select_related("project", "guideline").filter(pk=run_id).first()
    if run is None or run.shards.filter(done__lte=run.round).exists():
        return
    shards = list(run.shards.order_by("number"))
    if run.round == 0:
        schema = versions.schema_of(run.guideline)
        workers = len(json.loads(store().read(_key(run, "workers"))))
        board = Board.begun([partial(_polls, shard) for shard in shards], schema.classifications, workers)
    else:
        sums = [_get(run, f"sums-{run.round}-{shard.number}") for shard in shards]
        board = Board.from_arrays(_get(run, f"board-{run.round}")).advanced(sums)
    if board.finished:
        _finish(run, board, now)
        return
    _put(run, f"board-{run.round + 1}", board.to_arrays())
    with transaction.atomic():
        if FitRun.objects.filter(pk=run.pk, round=run.round).update(round=F("round") + 1, sent_at=now):
            _send(run)


def send_lost(*, now: datetime) -> None:
    """Send again what is still to be done of rounds that have taken too long."""
    for pk in FitRun.objects.filter(sent_at__lt=now - LOST_AFTER).values_list("pk", flat=True):
        with transaction.atomic():
            run = (
                FitRun.objects.select_for_update(no_key=True, skip_locked=True)
                .filter(pk=pk, sent_at__lt=now - LOST_AFTER)
                .first()
            )
            if run is None:
                continue
            FitRun.objects.filter(pk=pk).update(sent_at=now)
            if run.shards.filter(done__lte=run.round).exists():
                _send(run)
            else:
                jobs.send(jobs.conclude_fit, pk)


def _send(run: FitRun) -> None:
    current = FitRun.objects.get(pk=run.pk).round
    for pk in run.shards.filter(done__lte=current).order_by("number").values_list("pk", flat=True):
        jobs.send(jobs.fit_shard, pk)


def _finish(run: FitRun, board: Board, now: datetime) -> None:
    """Keep the models, and forget the run."""
    number, project, guideline = run.pk, run.project, run.guideline
    workers = tuple(json.loads(store().read(_key(run, "workers"))))
    questions, answered = board.learnt()
    model = consensus.Fit(
        method=project.consensus,
        workers=workers,
        questions=questions,
        answered={f"questions/{key}": each for key, each in answered.items()},
    )
    sample = list(learning.sample_of(project, guideline, max(1, run.answers // SAMPLE)))
    with transaction.atomic():
        # whoever deletes the run keeps what it came to; another conclusion drawn at once finds it gone
        if not FitRun.objects.select_for_update(no_key=True).filter(pk=run.pk).exists():
            return
        told = learning.keep(
            project=project, guideline=guideline, model=model, total=run.answers, sample=sample, now=now
        )
        run.delete()
    learning.tell(project=project, guideline=guideline, model=model, shared=told, now=now)
    for key in list(store().keys(f"fits/{number}/")):
        store().delete(key)


def _heard(shard: FitShard) -> Arrays:
    """Return what a shard's workers said, as arrays."""
    run = shard.run
    workers = json.loads(store().read(_key(run, "workers")))
    places = {name: place for place, name in enumerate(workers)}
    answers = [
        each
        for each in learning.answers_between(run.project, run.guideline, shard.first, shard.last)
        if each.worker in places  # whoever began after the run did is learnt of next time
    ]
    tasks = {each.task for each in answers}
    known = {
        task: truth.classifications for task, truth in learning.gold_of(run.project, run.guideline) if task in tasks
    }
    found = polls(
        ((each.task, places[each.worker], each.annotation.classifications) for each in answers),
        known,
        versions.schema_of(run.guideline).classifications,
        {(each.task, places[each.worker]): each.weight for each in answers if each.age},
    )
    return polls_to_arrays(found)


def _polls(shard: FitShard) -> dict[str, Poll]:
    return polls_from_arrays(_get(shard.run, f"polls-{shard.number}"))


def _put(run: FitRun, name: str, arrays: Arrays) -> None:
    store().put(_key(run, name), pack(arrays), content_type="application/octet-stream")


def _get(run: FitRun, name: str) -> Arrays:
    return unpack(store().read(_key(run, name)))


def _key(run: FitRun, name: str) -> str:
    return f"fits/{run.pk}/{name}"
