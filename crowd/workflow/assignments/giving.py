"""Giving tasks out: slots, assignments, events and the worker's place in the queue, all in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crowd.models import Assignment, Gold, Guideline, Image, Project, Standing, Task, User, statements
from crowd.workflow import events
from crowd.workflow.assignments import slots
from crowd.workflow.assignments.queue import SPREAD, Candidates

_SHOWN_TASK = ("id", "project", "image", "state", "prelabel", "prelabel_guideline")
_SHOWN_IMAGE = ("id", "project", "sha256", "width", "height", "content_type", "location", "held_by", "erased_at")
# A gold task is looked for and locked whether or not one is given, and as many ordinary ones as if none were: so that
# giving gold takes no other time.
_GIVE = """
    WITH golden AS (
        SELECT t.id, c.place FROM unnest(%(gold)s::bigint[]) WITH ORDINALITY AS c (id, place)
        JOIN crowd_task t ON t.id = c.id
        WHERE t.state = 'resolved' AND EXISTS (
            SELECT FROM crowd_gold g WHERE g.task_id = t.id AND g.withdrawn_at IS NULL AND g.use = %(use)s
            AND g.unreadable_at IS NULL) AND (%(use)s <> 'hidden' OR t.skill = ANY(%(skills)s))
        ORDER BY c.place LIMIT GREATEST(%(golden)s, 1) FOR NO KEY UPDATE OF t SKIP LOCKED
    ), chosen AS (
        SELECT t.id, c.place FROM unnest(%(tasks)s::bigint[]) WITH ORDINALITY AS c (id, place)
        JOIN crowd_task t ON t.id = c.id
        WHERE t.state = 'open' AND t.open_slots > 0 AND t.skill = ANY(%(skills)s)
        ORDER BY c.place LIMIT %(count)s FOR NO KEY UPDATE OF t {skip}
    ), hidden AS (
        SELECT id FROM golden ORDER BY place LIMIT %(golden)s
    ), ordinary AS (
        SELECT id FROM chosen ORDER BY place LIMIT %(count)s - (SELECT count(*) FROM hidden)
    ), taken AS (
        -- one statement for both kinds, and a new place in an index for both
        UPDATE crowd_task t
        SET open_slots = t.open_slots - (t.state = 'open')::int, overlap = t.overlap + (t.state <> 'open')::int,
            shuffle = CASE WHEN t.state = 'open' THEN t.shuffle ELSE random() END
        WHERE t.id = ANY(ARRAY(SELECT id FROM ordinary UNION ALL SELECT id FROM hidden))
        RETURNING t.id
    ), given AS (
        INSERT INTO crowd_assignment
            (id, task_id, worker_id, guideline_id, state, leased_at, expires_at, reason)
        SELECT gen_random_uuid(), taken.id, %(worker)s, %(guideline)s, 'leased', %(now)s, %(until)s, '' FROM taken
        RETURNING id, task_id
    ), told AS (
        INSERT INTO crowd_event (project_id, type, at, actor_id, data)
        SELECT %(project)s, 'assignment.leased', %(now)s, %(worker)s,
               jsonb_build_object('assignment', given.id, 'task', given.task_id)
        FROM given
    ), moved AS (
        UPDATE crowd_standing SET frontier = %(frontier)s::jsonb, gold_place = %(place)s WHERE id = %(standing)s
    )
    SELECT given.id, hidden.id IS NOT NULL, {columns}
    FROM given JOIN crowd_task t ON t.id = given.task_id JOIN crowd_image i ON i.id = t.image_id
    LEFT JOIN hidden ON hidden.id = t.id
    ORDER BY array_position(%(tasks)s::bigint[] || %(gold)s::bigint[], t.id)
"""
_COLUMNS = f"{statements.columns(Task, 't', *_SHOWN_TASK)}, {statements.columns(Image, 'i', *_SHOWN_IMAGE)}"
_GIVE_FREE = _GIVE.format(skip="SKIP LOCKED", columns=_COLUMNS)
_GIVE_WAITING = _GIVE.format(skip="", columns=_COLUMNS)


@dataclass(frozen=True)
class To:
    """Whom tasks are given to, and under which version; the standing is locked."""

    standing: Standing
    project: Project
    worker: User
    guideline: Guideline
    now: datetime
    skills: Sequence[str] = ("",)

    @property
    def until(self) -> datetime:
        """When the leases end."""
        return self.now + timedelta(seconds=self.project.lease_seconds)


@dataclass(frozen=True)
class Given:
    """A new assignment, and whether its task's answer is known."""

    assignment: Assignment
    gold: bool


def give(
    to: To,
    found: Candidates,
    *,
    count: int,
    gold: int,
    use: str = Gold.Use.HIDDEN,
    wait: bool = False,
) -> list[Given]:
    """Lease the first of the candidates that still can be had, up to `count`, of them up to `gold` of known answer.

    With `wait` also behind others who are being given the same task at this moment, one at a time and in an order that
    never changes: rows tried in vain stay locked, so two who wait in different orders would wait for one another.
    """
    values = {
        "project": to.project.pk,
        "worker": to.worker.pk,
        "guideline": to.guideline.pk,
        "standing": to.standing.pk,
        "now": to.now,
        "until": to.until,
        "tasks": sorted(found.tasks) if wait else list(found.tasks),
        "gold": list(found.gold),
        "count": 1 if wait else count,
        "golden": min(gold, 1 if wait else count),
        "use": str(use),
        "skills": list(to.skills),
        "frontier": json.dumps(found.frontier),
        "place": found.gold_place,
    }
    rows = statements.rows(_GIVE_WAITING if wait else _GIVE_FREE, values)
    return [Given(_assignment(to, row[0], row[2:]), row[1]) for row in rows]


def openly(to: To, *, use: str, count: int) -> list[Assignment]:
    """Lease gold that the worker knows to be gold: training, or an exam; whatever skill it asks for."""
    if count <= 0:
        return []
    had = Assignment.objects.filter(worker=to.worker, task__project=to.project).values("task")
    unseen = Gold.objects.filter(
        project=to.project,
        use=use,
        withdrawn_at__isnull=True,
        unreadable_at__isnull=True,
        task__state=Task.State.RESOLVED,
    ).exclude(task__in=had)
    ids = list(unseen.order_by("task__overlap", "pk").values_list("task_id", flat=True)[: count + SPREAD])
    found = Candidates((), ids, to.standing.frontier, to.standing.gold_place)
    return [one.assignment for one in give(to, found, count=count, gold=count, use=use)]


def again(to: To, *, count: int) -> list[Assignment]:
    """Lease once more what ran out on the worker and can still be had, oldest first."""
    mine = Assignment.objects.filter(
        worker=to.worker, state=Assignment.State.EXPIRED, task__project=to.project
    ).select_related("task__image", "task__prelabel_guideline", "guideline", "twin")
    mine = mine.filter(slots.given_to(to.skills, pilot=to.project.pilot_id))
    possible = mine.filter(slots.FREE_AGAIN).order_by("leased_at").values_list("task_id", flat=True)[:count]
    # whoever ends or takes a lease holds the task: with it locked, what is read now stays so
    tasks = Task.objects.filter(pk__in=list(possible)).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    locked = [task.pk for task in tasks.only("pk")]
    found = list(mine.filter(task__in=locked).filter(slots.FREE_AGAIN).order_by("leased_at"))
    for one in found:
        one.state, one.leased_at, one.expires_at, one.twin = Assignment.State.LEASED, to.now, to.until, None
        one.task.project = to.project
    Assignment.objects.bulk_update(found, ["state", "leased_at", "expires_at", "twin"])
    slots.take(tasks=[one.task_id for one in found])
    events.record_all(
        project=to.project,
        kind="assignment.leased",
        now=to.now,
        by=to.worker,
        rows=[{"assignment": str(one.pk), "task": one.task_id} for one in found],
    )
    return found


def _assignment(to: To, pk: UUID, values: Sequence[object]) -> Assignment:
    task = statements.instance(Task, values[: len(_SHOWN_TASK)], *_SHOWN_TASK)
    task.image = statements.instance(Image, values[len(_SHOWN_TASK) :], *_SHOWN_IMAGE)
    task.project = to.project
    made = Assignment(id=pk, task=task, worker=to.worker, guideline=to.guideline, leased_at=to.now, expires_at=to.until)
    made._state.adding, made._state.db = False, "default"
    return made
