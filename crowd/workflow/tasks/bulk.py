"""One action on many tasks: a task at a time, each by its own verb, so that the same rules hold as for one."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from crowd import jobs
from crowd.errors import CrowdError, Invalid, Missing
from crowd.models import Bulk, Conflict, Project, Task, User
from crowd.queries import browse_filter, browse_walk, scope
from crowd.workflow import attempts, events, tasks
from crowd.workflow.tasks import actions

Action = Bulk.Action
TURN: Final = 20.0  # seconds; then the job is sent again, so that others have their turn
BATCH: Final = 200
MOST_IDS: Final = 10_000
AT_ONCE: Final = 50  # tasks that are changed while the caller waits
MOST_FAULTS: Final = 100
LOST_AFTER: Final = timedelta(seconds=90)


@transaction.atomic
def begin(
    *,
    project: Project,
    action: str,
    by: User,
    now: datetime,
    ids: Sequence[int] | None = None,
    query: Mapping[str, Any] | None = None,
    value: int | None = None,
    reason: str = "",
    skill: str = "",
) -> Bulk:
    """Have an action done to the tasks named, or to all that match a filter and are here now."""
    if (ids is None) == (query is None):
        raise Invalid("Send either ids or a filter.", errors={"ids": ["Or send a filter."]})
    _check(action, value, reason)
    known = _known(Task.objects.filter(project=project), ids) if ids is not None else []
    made = Bulk.objects.create(
        project=project,
        by=by,
        action=action,
        value=value,
        reason=reason.strip(),
        skill=tasks.clean_skill(skill),
        query=browse_filter.parse(query, strict=True).query() if query is not None else None,
        ids=known,
        upto=Task.objects.aggregate(last=Max("pk"))["last"] or 0,
        created_at=now,
        moved_at=now,
    )
    asked = {"filter": made.query} if ids is None else {"tasks": len(known)}
    events.record(project=project, kind="bulk.begun", now=now, by=by, data={"bulk": made.pk, "action": action, **asked})
    if ids is None or len(known) > AT_ONCE:
        jobs.send(jobs.run_bulk, made.pk)
    return made


@transaction.atomic
def accept(
    *,
    project: Project,
    by: User,
    now: datetime,
    min_confidence: float,
    kind: str = "",
    ids: Sequence[int] | None = None,
    comment: str = "",
) -> Bulk:
    """Have the consensus accepted of the open conflicts of a kind, or of those named, that are sure enough.

    Whatever changes before its turn is judged as it is then; what somebody else holds is refused and told.
    """
    rows = Conflict.objects.filter(project=project, closed_at__isnull=True, confidence__gte=min_confidence)
    rows = rows.filter(aside=False)  # samples and second looks are there to be looked at
    if kind:
        rows = rows.filter(kind=kind)
    if ids is not None:
        rows = rows.filter(pk__in=_known(Conflict.objects.filter(project=project), ids))
    tasks_meant = list(dict.fromkeys(rows.order_by("opened_at", "pk").values_list("task", flat=True)[:MOST_IDS]))
    made = Bulk.objects.create(
        project=project,
        by=by,
        action=Action.ACCEPT,
        least=min_confidence,
        reason=comment.strip(),
        ids=tasks_meant,
        last=not tasks_meant,
        created_at=now,
        moved_at=now,
    )
    told = {"bulk": made.pk, "action": made.action, "tasks": len(tasks_meant)}
    events.record(project=project, kind="bulk.begun", now=now, by=by, data=told)
    if len(tasks_meant) > AT_ONCE:
        jobs.send(jobs.run_bulk, made.pk)
    return made


def run(*, bulk_id: int, clock: Callable[[], datetime], seconds: float = TURN) -> None:
    """Go on with a change where it stands, for a while; running it twice, or twice at once, changes nothing twice."""
    with attempts.counted(jobs.run_bulk.name, bulk_id, now=clock()) as goes:
        if goes:
            _go_on(bulk_id, clock, until=time.monotonic() + seconds)
        else:
            _give_up(bulk_id, clock())


def _go_on(bulk_id: int, clock: Callable[[], datetime], *, until: float) -> None:
    while time.monotonic() < until:
        made = Bulk.objects.select_related("project", "by").get(pk=bulk_id)
        if made.state != Bulk.State.RUNNING:
            return
        if made.project.archived_at is not None:
            cancel(project=made.project, pk=bulk_id, by=None, now=clock())
        elif not made.batch:
            if not _next_batch(made, clock()):
                return
        elif made.action == Action.PRIORITY:
            _set_all(made, "priority", made.value or 0, clock())
        elif made.action == Action.SKILL:
            _set_all(made, "skill", made.skill, clock())
        else:
            for key in made.batch:
                if time.monotonic() > until or not _one(made, key, clock()):
                    break
    with transaction.atomic():
        jobs.send(jobs.run_bulk, bulk_id)


@transaction.atomic
def cancel(*, project: Project, pk: int, by: User | None, now: datetime) -> Bulk:
    """Stop a change; what is changed stays so."""
    made = Bulk.objects.select_for_update(no_key=True).filter(project=project, pk=pk).first()
    if made is None:
        raise Missing(scope.MISSING)
    if made.state == Bulk.State.RUNNING:
        _finish(made, Bulk.State.CANCELLED, now, by)
    return made


@transaction.atomic
def _give_up(bulk_id: int, now: datetime) -> None:
    """End a change that kills whoever goes on with it, and say at which task."""
    row = Bulk.objects.select_for_update(no_key=True).get(pk=bulk_id)
    if row.state == Bulk.State.RUNNING:
        row.faults.insert(0, {"task": next(iter(row.batch), 0), "code": "killed", "detail": attempts.KILLED})
        _finish(row, Bulk.State.CANCELLED, now, None)


@transaction.atomic
def send_lost(*, now: datetime) -> None:
    """Send the changes again that nothing has moved for a while."""
    lost = Bulk.objects.filter(state=Bulk.State.RUNNING, moved_at__lt=now - LOST_AFTER)
    for each in lost.order_by("moved_at").select_for_update(no_key=True, skip_locked=True)[:BATCH]:
        Bulk.objects.filter(pk=each.pk).update(moved_at=now)
        jobs.send(jobs.run_bulk, each.pk)


def _check(action: str, value: int | None, reason: str) -> None:
    if action not in Action.values:
        raise Invalid(f"action: choose one of {', '.join(Action.values)}.", errors={"action": ["Unknown action."]})
    if action in {Action.PRIORITY, Action.OVERLAP} and value is None:
        raise Invalid("value: say which.", errors={"value": ["Say which."]})
    if action == Action.OVERLAP and value is not None and not 1 <= value <= 100:
        raise Invalid("value: from 1 to 100.", errors={"value": ["From 1 to 100."]})
    if action == Action.REOPEN and not reason.strip():
        raise Invalid("reason: say why they are opened again.", errors={"reason": ["Say why."]})


def _known(rows: QuerySet[Any], ids: Sequence[int]) -> list[int]:
    """Return the ids, each once, in their order; Invalid where one is not of this project."""
    if not 1 <= len(ids) <= MOST_IDS:
        raise Invalid(f"ids: 1 to {MOST_IDS:,}; for more, send a filter.", errors={"ids": ["Too many, or none."]})
    wanted = list(dict.fromkeys(ids))
    found = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
    missing = [key for key in wanted if key not in found]
    if missing:
        noun = rows.model._meta.verbose_name
        raise Invalid(f"ids: there is no {noun} {missing[0]} here.", errors={"ids": [f"No {noun} {missing[0]} here."]})
    return wanted


@transaction.atomic
def _next_batch(made: Bulk, now: datetime) -> bool:
    """Note which tasks come next; False where there are none, and it is over."""
    row = Bulk.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != Bulk.State.RUNNING or row.batch:
        return row.state == Bulk.State.RUNNING
    if row.last:
        _finish(row, Bulk.State.DONE, now, made.by)
        return False
    if row.query is None:
        begun = int(row.cursor or 0)
        row.batch, row.cursor = row.ids[begun : begun + BATCH], str(begun + BATCH)
        row.last = begun + BATCH >= len(row.ids)
    else:
        wanted = browse_filter.parse(row.query)
        found = browse_walk.walk(project=made.project, wanted=wanted, cursor=row.cursor, size=BATCH, upto=row.upto)
        row.batch, row.cursor, row.last = list(found.keys), found.cursor, not found.cursor
    row.moved_at = now
    row.save()
    return True


def _finish(row: Bulk, state: Bulk.State, now: datetime, by: User | None) -> None:
    row.state, row.finished_at, row.moved_at = state, now, now
    row.save()
    counts = {"done": row.done, "unchanged": row.unchanged, "refused": row.refused}
    events.record(
        project=row.project, kind=f"bulk.{state}", now=now, by=by, data={"bulk": row.pk, "action": row.action, **counts}
    )


@transaction.atomic
def _one(made: Bulk, key: int, now: datetime) -> bool:
    """Change one task and count it, unless another run has; False where this one is to look again."""
    row = Bulk.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != Bulk.State.RUNNING or key not in row.batch:
        return False
    try:
        with transaction.atomic():
            changed = actions.act(made, Task.objects.select_related("project", "image", "consensus").get(pk=key), now)
        row.done, row.unchanged = row.done + changed, row.unchanged + (not changed)
    except CrowdError as fault:
        row.refused += 1
        if len(row.faults) < MOST_FAULTS:
            row.faults.append({"task": key, "code": fault.code, "detail": fault.detail})
    row.batch.remove(key)
    row.moved_at = now
    row.save()
    return True


@transaction.atomic
def _set_all(made: Bulk, name: str, value: int | str, now: datetime) -> None:
    """Set a priority or a skill for a whole batch: nothing else follows from them."""
    row = Bulk.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state != Bulk.State.RUNNING or not row.batch:
        return
    rows = Task.objects.filter(pk__in=row.batch).exclude(**{name: value})
    locked = list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", name))
    Task.objects.filter(pk__in=[key for key, _ in locked]).update(**{name: value})
    told = [{"task": key, "changed": {name: [before, value]}} for key, before in locked]
    events.record_all(project=made.project, kind="task.changed", now=now, by=made.by, rows=told)
    row.done, row.unchanged = row.done + len(locked), row.unchanged + len(row.batch) - len(locked)
    row.batch, row.moved_at = [], now
    row.save()
