"""The queue as one worker meets it: what they could be given next, at a cost that does not grow with the queue.

A project's queue has levels: its priorities, highest first, where the order is by uncertainty each in ten bands, and
each of these by the skill that its tasks ask for: those that ask for one come first, as fewer people can do them. A
worker is given nothing of a level whose skill they have not, and reads nothing of it.
A level has two lanes. First what was begun, so that tasks finish; it is read in the order in which tasks came into it
(`entered`, kept by a trigger), and a task that becomes available again comes in anew, at the end. Then what is fresh.

The frontier. A worker who has done most of what is open would wade through all of it at every claim. So their standing
remembers, for each lane, the place up to which there is nothing for them: every task there they have had. Nothing new
can appear before that place, because `entered` is the number of the transaction that put a task there and the frontier
never passes the oldest transaction still under way. A cheap consequence: neither newcomers nor old hands ever read
what others have taken from the head of the queue since.

The order by uncertainty reads its fresh lane from the head, and the random order from a place drawn by lot: there a
task once had is begun, so nothing of the worker's own is in the way.

A pilot's tasks are few: while a project holds to one they are read from its list, all of them, and no frontier moves.

Gold lies on a circle (`crowd.sampling.circle`); each worker starts anywhere and goes round, the least served of a
short arc first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from crowd.models import Project, statements

SPREAD = 24  # candidates beyond those wanted, so that many who ask at once need not wait for one another
ARC = 16  # gold looked at from the worker's place on
FAR = 1000  # rows read at a time where the first look met nothing but what the worker has had
_MOST_LEVELS = 64  # of which the frontier is kept; of others it is found anew
_END = 2**63 - 1

_QUEUED = "t.project_id = %(project)s AND t.state = 'open' AND t.open_slots > 0"
# one look into the unique index for each row: an EXISTS might be answered by reading all that the worker ever did
_HAD = "(SELECT true FROM crowd_assignment a WHERE a.task_id = t.id AND a.worker_id = %(worker)s) IS NOT NULL"

_PRIORITIES = f"""
    level (priority, band, skill) AS (
        (SELECT t.priority, 0, t.skill FROM crowd_task t WHERE {_QUEUED}
         ORDER BY t.priority DESC, t.skill DESC LIMIT 1)
        UNION ALL
        SELECT below.priority, 0, below.skill FROM level CROSS JOIN LATERAL (
            SELECT t.priority, t.skill FROM crowd_task t
            WHERE {_QUEUED} AND (t.priority, t.skill) < (level.priority, level.skill)
            ORDER BY t.priority DESC, t.skill DESC LIMIT 1
        ) below
    )"""
_BANDS = f"""
    level (priority, band, skill) AS (
        (SELECT t.priority, t.band, t.skill FROM crowd_task t WHERE {_QUEUED}
         ORDER BY t.priority DESC, t.band DESC, t.skill DESC LIMIT 1)
        UNION ALL
        SELECT below.priority, below.band, below.skill FROM level CROSS JOIN LATERAL (
            SELECT t.priority, t.band, t.skill FROM crowd_task t
            WHERE {_QUEUED} AND (t.priority, t.band, t.skill) < (level.priority, level.band, level.skill)
            ORDER BY t.priority DESC, t.band DESC, t.skill DESC LIMIT 1
        ) below
    )"""
# whether anything waits that asks for a skill that the worker has not
_OTHER_SKILLS = f"WITH RECURSIVE {_PRIORITIES} SELECT EXISTS (SELECT FROM level WHERE skill <> ALL(%(skills)s))"


def _lane(name: str, *, level: str, order: str, where: str = "") -> str:
    """Return the statement that reads one lane of a level, up to the rows wanted."""
    begun = "t.begun" if name == "begun" else "NOT t.begun"
    had = _HAD if name == "begun" else "false"
    return f"""(
        SELECT '{name}' AS lane, level.priority, level.band, level.skill, t.id, t.entered, {had} AS had,
               NULL::float8 AS place, 0 AS served
        FROM crowd_task t WHERE {_QUEUED} AND {begun} AND {level} {where}
        ORDER BY {order} LIMIT %(limit)s
    )"""


def _from_frontier(name: str, key: str) -> str:
    """Return the condition that a task lies beyond the worker's frontier in a lane."""
    at = f"(%(frontier)s::jsonb #>> ARRAY[{key} || '/{name}', '{{}}'])::bigint"
    return f"AND (t.entered, t.id) > (COALESCE({at.format(0)}, 0), COALESCE({at.format(1)}, 0))"


_OF_PRIORITY = "t.priority = level.priority AND t.skill = level.skill"
_OF_BAND = "t.priority = level.priority AND t.band = level.band AND t.skill = level.skill"
_SKILL_KEY = "CASE level.skill WHEN '' THEN '' ELSE ':' || level.skill END"
_KEY, _BAND_KEY = f"level.priority || {_SKILL_KEY}", f"level.priority || '.' || level.band || {_SKILL_KEY}"
_CAME = "t.entered, t.id"
_BEGUN = _lane("begun", level=_OF_PRIORITY, order=_CAME, where=_from_frontier("begun", _KEY))
_SHUFFLED = {
    where: _lane("fresh", level=_OF_PRIORITY, order="t.shuffle, t.id", where=f"AND t.shuffle {where} %(dice)s")
    for where in (">=", "<")
}
_LANES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    Project.Order.PRIORITY: (
        _PRIORITIES,
        (_BEGUN, _lane("fresh", level=_OF_PRIORITY, order=_CAME, where=_from_frontier("fresh", _KEY))),
    ),
    Project.Order.RANDOM: (_PRIORITIES, (_BEGUN, _SHUFFLED[">="], _SHUFFLED["<"])),
    Project.Order.UNCERTAINTY: (
        _BANDS,
        (
            _lane("begun", level=_OF_BAND, order=_CAME, where=_from_frontier("begun", _BAND_KEY)),
            _lane("fresh", level=_OF_BAND, order="t.uncertainty DESC, t.id"),
        ),
    ),
}
# each gold's task is looked up by its key: a join might be done by reading all tasks in the order of theirs
_GOLD = """(
    SELECT 'gold', 0, 0, '', t.id, 0, had.had, g.place, t.overlap
    FROM crowd_gold g
    CROSS JOIN LATERAL (SELECT * FROM crowd_task t WHERE t.id = g.task_id OFFSET 0) t
    CROSS JOIN LATERAL (SELECT {had} AS had) had
    WHERE g.project_id = %(project)s AND g.use = 'hidden' AND g.withdrawn_at IS NULL AND g.place {where} %(place)s
      AND g.unreadable_at IS NULL AND t.state = 'resolved' AND t.skill = ANY(%(skills)s)
    ORDER BY g.place LIMIT %(arc)s
)"""
_CIRCLE = "(({}) UNION ALL ({}) LIMIT %(arc)s)".format(*(_GOLD.format(had=_HAD, where=sign) for sign in (">", "<=")))
# The levels are found one at a time, and only as far as the limit asks for their rows.
_CANDIDATES = {
    order: f"""
    WITH RECURSIVE {levels}
    (SELECT lane.* FROM (SELECT * FROM level WHERE skill = ANY(%(skills)s)) level
     CROSS JOIN LATERAL ({" UNION ALL ".join(lanes)}) lane LIMIT %(limit)s)
    UNION ALL {_CIRCLE}"""
    for order, (levels, lanes) in _LANES.items()
}
_OF_PILOT = f"""
    (SELECT 'pilot' AS lane, t.priority, 0, t.skill, t.id, t.entered, false, NULL::float8, 0
     FROM crowd_pilottask p JOIN crowd_task t ON t.id = p.task_id
     WHERE p.pilot_id = %(pilot)s AND {_QUEUED} AND t.skill = ANY(%(skills)s) AND NOT ({_HAD})
     ORDER BY t.priority DESC, t.begun DESC, t.entered, t.id LIMIT %(limit)s)
    UNION ALL {_CIRCLE}"""


@dataclass(frozen=True)
class Candidates:
    """What a worker could be given, best first, and how far they have come."""

    tasks: Sequence[int]
    gold: Sequence[int]
    frontier: Mapping[str, Any]
    gold_place: float | None


@dataclass(frozen=True)
class Worker:
    """Whose queue it is, and how far into it they had come; `horizon` is the oldest transaction under way.

    `skills` are those they have, and the empty one that every worker has; `pilot` is the one that the project holds to,
    if it does.
    """

    project: int
    worker: int
    order: str
    frontier: Mapping[str, Any]
    gold_place: float
    horizon: int
    dice: float
    skills: Sequence[str] = ("",)
    pilot: int | None = None


class _Row(NamedTuple):
    lane: str
    priority: int
    band: int
    skill: str
    id: int
    entered: int
    had: bool
    place: float | None
    served: int


@dataclass
class _Look:
    """One reading of the queue."""

    tasks: list[int] = field(default_factory=list)
    gold: list[_Row] = field(default_factory=list)
    read_to: dict[str, tuple[int, int]] = field(default_factory=dict)
    full: bool = False


def candidates(of: Worker, *, count: int) -> Candidates:
    """Read what the worker could be given, without locking anything: at least `count` tasks if there are as many."""
    # after a restore into another cluster, whose transactions count anew, a frontier says nothing
    frontier = {key: place for key, place in of.frontier.items() if place[0] < of.horizon}
    look = _look(of, frontier, count + SPREAD)
    while look.full and len(look.tasks) < count:  # nothing but the worker's own: read on from there
        before = look
        look = _look(of, {**frontier, **before.read_to}, FAR)
        look.tasks, look.read_to = [*before.tasks, *look.tasks], {**before.read_to, **look.read_to}
        if look.read_to == before.read_to:
            break
    end = (of.horizon - 1, _END)
    passed = {key: min(place, end) for key, place in look.read_to.items()}
    kept = {key: place for key, place in frontier.items() if key not in passed} | passed
    unseen = sorted((row for row in look.gold if not row.had), key=lambda row: row.served)
    return Candidates(look.tasks, [row.id for row in unseen], _trimmed(kept), _walked(of.gold_place, look.gold))


def asks_for_others(*, project: Project, skills: Sequence[str]) -> bool:
    """Return whether something waits for people with a skill that is none of these."""
    found = statements.row(_OTHER_SKILLS, {"project": project.pk, "skills": list(skills)})
    return bool(found and found[0])


def _look(of: Worker, frontier: Mapping[str, Any], limit: int) -> _Look:
    found = [
        _Row(*row)
        for row in statements.rows(
            _CANDIDATES[of.order] if of.pilot is None else _OF_PILOT,
            {
                "pilot": of.pilot,
                "skills": list(of.skills),
                "project": of.project,
                "worker": of.worker,
                "frontier": json.dumps(frontier),
                "place": of.gold_place,
                "dice": of.dice,
                "limit": limit,
                "arc": ARC,
            },
        )
    ]
    queued = [row for row in found if row.lane != "gold"]
    look = _Look(gold=[row for row in found if row.lane == "gold"], full=len(queued) >= limit)
    look.tasks = [row.id for row in queued if not row.had]
    look.read_to = dict(_read_to(queued, of, full=look.full)) if of.pilot is None else {}
    return look


def _read_to(queued: Sequence[_Row], of: Worker, *, full: bool) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield, for each lane read, the last place before which there is nothing for the worker."""
    levels = [list(group) for _, group in groupby(queued, key=lambda row: (row.priority, row.band, row.skill))]
    for number, rows in enumerate(levels):
        cut = full and number == len(levels) - 1  # the limit ended the reading somewhere in this level
        key = f"{rows[0].priority}.{rows[0].band}" if of.order == Project.Order.UNCERTAINTY else str(rows[0].priority)
        key += f":{rows[0].skill}" if rows[0].skill else ""
        begun = [row for row in rows if row.lane == "begun"]
        fresh = rows[len(begun) :]
        yield f"{key}/begun", _up_to(begun, cut=cut and not fresh)
        if of.order == Project.Order.PRIORITY and not (cut and not fresh):
            yield f"{key}/fresh", _up_to(fresh, cut=cut)


def _up_to(rows: Sequence[_Row], *, cut: bool) -> tuple[int, int]:
    first = next((row for row in rows if not row.had), None)
    if first is not None:
        return first.entered, first.id - 1
    return (rows[-1].entered, rows[-1].id) if cut else (_END, _END)


def _trimmed(frontier: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the frontier of the levels met last."""
    return dict(list(frontier.items())[-2 * _MOST_LEVELS :])


def _walked(place: float, arc: Sequence[_Row]) -> float:
    """Return the place on the circle up to which the worker has met all gold."""
    for row in arc:
        if not row.had:
            break
        place = row.place if row.place is not None else place
    return place
