"""Rounds of asking a project's model server about images, one after the other, each taken or refused by itself."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from crowd import jobs
from crowd.errors import Contradiction, CrowdError, Missing, Unavailable
from crowd.models import Guideline, ModelRun, ModelServer, Prediction, Project, Task, User
from crowd.queries import scope, versions
from crowd.workflow import attempts, events
from crowd.workflow.predictions import model_calls, predicting
from crowd.workflow.predictions.model_servers import of_project

State, Scope = ModelRun.State, ModelRun.Scope
TURN: Final = 20.0  # seconds; then the job is sent again, so that others have their turn
MOST_FAULTS: Final = 100
MOST_TRIES: Final = 8  # each after twice as long a wait as the one before: an hour in all
FIRST_WAIT: Final = timedelta(seconds=15)
LOST_AFTER: Final = timedelta(minutes=5)
BATCH: Final = 100
AT_ONCE: Final = 50  # tasks looked up together


@transaction.atomic
def begin(*, project: Project, by: User, now: datetime, over: str = Scope.FRESH) -> ModelRun:
    """Have the server asked about images that lack its version's answer and are here now."""
    server = of_project(project)
    if versions.current(project) is None:
        raise Contradiction(
            "Publish a guideline first: what the model says is checked against it.", code="no_guideline"
        )
    model = predicting.version(project=project, name=server.model, now=now)
    last = project.tasks.order_by("-pk").values_list("pk", flat=True).first() or 0
    made = ModelRun(project=project, model=model, by=by, scope=over, upto=last, created_at=now, moved_at=now)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise Contradiction("The model is being asked already.", code="run_under_way") from None
    told = {"run": made.pk, "model": model.name}
    events.record(project=project, kind="model_run.begun", now=now, by=by, data=told)
    jobs.send(jobs.run_model, made.pk)
    return made


def left(run: ModelRun) -> QuerySet[Task]:
    """Return the tasks that the run has still to look at.

    Gold belongs to them, as a hidden one without a proposal could be told from the others.
    """
    tasks = Task.objects.filter(project=run.project_id, pk__gt=run.cursor, pk__lte=run.upto)
    tasks = tasks.exclude(state=Task.State.EXCLUDED).exclude(prelabel_model=run.model.name)
    kept = Prediction.objects.filter(task=OuterRef("pk"), model=run.model_id)
    if run.scope == Scope.ALL:
        return tasks.filter(~Exists(kept))
    gold = Q(state=Task.State.RESOLVED, gold__withdrawn_at__isnull=True, gold__isnull=False)
    return tasks.filter(Q(state=Task.State.OPEN, begun=False) | gold & (Q(begun=False) | Q(prelabel__isnull=True)))


def run(*, run_id: int, clock: Callable[[], datetime], seconds: float = TURN) -> None:
    """Go on with a run where it stands, for a while; running it twice, or twice at once, takes no answer twice."""
    until = time.monotonic() + seconds
    made = ModelRun.objects.select_related("project", "by", "model").filter(pk=run_id).first()
    if made is None or made.state != State.RUNNING or (made.next_at is not None and made.next_at > clock()):
        return
    if made.project.archived_at is not None:
        _end(made, State.CANCELLED, clock(), "The project was archived.")
        return
    server = ModelServer.objects.filter(project=made.project).first()
    guideline = versions.current(made.project)
    if server is None or guideline is None or server.model != made.model.name:
        _end(made, State.FAILED, clock(), "The project names another model by now.")
        return
    if not made.cursor and not made.wanted:
        made.wanted = left(made).count()
        ModelRun.objects.filter(pk=made.pk).update(wanted=made.wanted)
    with attempts.counted(jobs.run_model.name, run_id, now=clock()) as goes:
        try:
            if not goes:
                _end(made, State.FAILED, clock(), attempts.KILLED)
            while goes and _goes_on(made, server, guideline, clock, until):
                made.refresh_from_db(fields=["cursor"])
        except model_calls.Stopped as stop:
            _end(made, State.FAILED, clock(), stop.detail)
        except (Unavailable, OSError) as trouble:
            _wait(made, str(getattr(trouble, "detail", trouble)), clock())


def _goes_on(
    made: ModelRun, server: ModelServer, guideline: Guideline, clock: Callable[[], datetime], until: float
) -> bool:
    """Ask about some tasks; False where all are asked about, another is at it, or the turn is over."""
    tasks = list(left(made).select_related("image").order_by("pk")[:AT_ONCE])
    if not tasks:
        _end(made, State.DONE, clock())
        return False
    for task in tasks:
        if time.monotonic() > until:
            with transaction.atomic():
                jobs.send(jobs.run_model, made.pk)
            return False
        if not _ask(made, server, task, guideline, clock):
            return False
    return True


@transaction.atomic
def cancel(*, project: Project, pk: int, by: User, now: datetime) -> ModelRun:
    """Stop a run; what was taken stays."""
    made = ModelRun.objects.filter(project=project, pk=pk).first()
    if made is None:
        raise Missing(scope.MISSING)
    _end(made, State.CANCELLED, now, by=by)
    made.refresh_from_db()
    return made


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the runs again whose next try is due, or that nothing has moved for a while."""
    due = Q(next_at__lte=now) | Q(next_at__isnull=True, moved_at__lt=now - LOST_AFTER)
    lost = ModelRun.objects.filter(due, state=State.RUNNING)
    for each in lost.order_by("moved_at").select_for_update(no_key=True, skip_locked=True)[:BATCH]:
        ModelRun.objects.filter(pk=each.pk).update(moved_at=now)
        jobs.send(jobs.run_model, each.pk)


def _ask(made: ModelRun, server: ModelServer, task: Task, guideline: Guideline, clock: Callable[[], datetime]) -> bool:
    """Ask about one task, and write down what came of it; False where the run has ended or is further by now."""
    said: predicting.Said | model_calls.Nothing | CrowdError
    try:
        said = model_calls.ask(server=server, image=task.image, guideline=guideline)
    except (Unavailable, model_calls.Stopped):
        raise
    except CrowdError as fault:
        said = fault
    return _write(made, task, said, clock())


@transaction.atomic
def _write(made: ModelRun, task: Task, said: predicting.Said | model_calls.Nothing | CrowdError, now: datetime) -> bool:
    if isinstance(said, predicting.Said):  # tasks are locked before runs
        Task.objects.select_for_update(no_key=True).get(pk=task.pk)
    row = ModelRun.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != State.RUNNING or row.cursor >= task.pk:
        return False
    if isinstance(said, predicting.Said):
        put = predicting.put(image=task.image, said=said, model=made.model, now=now)
        predicting.count(project=made.project, prelabels={made.model.name: 1}, now=now)
        if put.counts:
            predicting.tell(
                project=made.project, images=[task.image_id], by=made.by, now=now, data={"created": 1, "rejected": 0}
            )
        row.taken += 1
    else:
        row.refused += 1
        if len(row.faults) < MOST_FAULTS:
            row.faults.append(_fault(task, said))
    row.cursor, row.moved_at = task.pk, now
    row.trouble, row.tries, row.next_at = "", 0, None
    row.save()
    return True


def _fault(task: Task, said: model_calls.Nothing | CrowdError) -> dict[str, object]:
    known = {"image": task.image_id, "name": task.image.name}
    if isinstance(said, model_calls.Nothing):
        return {**known, "code": "nothing", "detail": said.reason or "The model has nothing to propose."}
    first = next(iter(said.errors.items()), None)
    detail = f"{first[0]}: {first[1][0]}" if first else said.detail
    return {**known, "code": said.code, "detail": detail[:300]}


@transaction.atomic
def _wait(made: ModelRun, trouble: str, now: datetime) -> None:
    """Note that nobody answers, and when that is tried again; give up after many tries."""
    row = ModelRun.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != State.RUNNING:
        return
    row.tries, row.trouble = row.tries + 1, trouble[:500]
    row.next_at, row.moved_at = now + FIRST_WAIT * 2 ** (row.tries - 1), now
    row.save()
    if row.tries >= MOST_TRIES:
        _end(row, State.FAILED, now, trouble)


@transaction.atomic
def _end(made: ModelRun, state: str, now: datetime, trouble: str = "", *, by: User | None = None) -> None:
    row = ModelRun.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != State.RUNNING:
        return
    row.state, row.finished_at, row.moved_at, row.next_at = state, now, now, None
    row.trouble = trouble[:500]
    row.save()
    told = {"run": row.pk, "taken": row.taken, "refused": row.refused}
    events.record(project=made.project, kind=f"model_run.{state}", now=now, by=by, data=told)
