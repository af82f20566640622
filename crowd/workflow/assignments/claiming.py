"""Claims: which task a worker is given next, and whether it is one whose answer is known."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from crowd import sampling
from crowd.errors import Contradiction, Invalid, Refused
from crowd.models import Assignment, Guideline, Project, Standing, User
from crowd.telemetry import measures
from crowd.workflow.assignments import giving, leasing, queue, terms
from crowd.workflow.workers import qualifying

MAX_BATCH = 50
_TRIES = 3


@dataclass(frozen=True)
class Claim:
    """What a worker was given, its tasks and images in hand; if nothing, whether to ask again soon, and why."""

    assignments: Sequence[Assignment]
    queue: Literal["ready", "busy", "empty"]
    why: terms.Why = ""


def claim(*, project: Project, worker: User, now: datetime, rng: random.Random, count: int = 1) -> Claim:
    """Lease the best open tasks to `worker`, up to `count`.

    An empty claim frees overdue leases and looks once more, so that nobody waits for the sweep.
    """
    if not 1 <= count <= MAX_BATCH:
        raise Invalid(f"count: ask for 1 to {MAX_BATCH} at a time.", errors={"count": [f"1 to {MAX_BATCH}."]})
    found = _claim(project=project, worker=worker, now=now, rng=rng, count=count)
    if not found and leasing.expire(project=project, now=now):
        found = _claim(project=project, worker=worker, now=now, rng=rng, count=count)
    if found:
        measures.count("claims", "given", by=len(found))
        return Claim(found, "ready")
    measures.count("claims", "nothing")
    coming, why = terms.may_come(project=project, worker=worker)
    return Claim((), "busy" if coming else "empty", why)


@transaction.atomic
def _claim(*, project: Project, worker: User, now: datetime, rng: random.Random, count: int) -> list[Assignment]:
    # The worker's own row first: their claims queue up behind one another, so the limits below are exact.
    standing = terms.lock(project=project, worker=worker)
    today = terms.of(standing, now=now)
    to = giving.To(standing, today.project, worker, _may_work(standing, today), now, today.skills)
    count = min(count, terms.room(today, standing))
    if count <= 0:
        return []
    way = qualifying.progress(standing=standing, project=today.project)
    if way.stage == qualifying.Stage.FAILED:
        raise Refused(way.reason, code="not_qualified")
    if today.overdue:  # they count no more, so they end now: else they could be renewed beyond what may be held
        leasing.end_overdue(project=today.project, worker=worker, now=now)
    given = giving.again(to, count=count) if today.ran_out or today.overdue else []
    if way.stage != qualifying.Stage.WORK:
        return given + giving.openly(to, use=str(way.stage), count=min(count - len(given), way.left))
    return given + _from_queue(to, today, rng, count - len(given))


def _from_queue(to: giving.To, today: terms.Terms, rng: random.Random, count: int) -> list[Assignment]:
    """Give ordinary tasks, and gold at random places among them.

    Every statement runs whether or not gold is given, so that time tells nothing.
    """
    if count <= 0:
        return []
    standing, project = to.standing, to.project
    chance = sampling.gold_probability(
        project.gold_rate,
        seen=standing.gold_seen,
        passed=standing.gold_passed,
        min_checks=project.min_gold_checks,
        doubt=standing.doubt,
    )
    wanted = [rng.random() < chance for _ in range(count)]
    of = queue.Worker(
        project=project.pk,
        worker=to.worker.pk,
        order=project.order,
        frontier=standing.frontier,
        gold_place=standing.gold_place if standing.gold_place is not None else rng.random(),
        horizon=today.horizon,
        dice=rng.random(),
        skills=today.skills,
        pilot=project.pilot_id,
    )
    for attempt in range(_TRIES):
        found = queue.candidates(of, count=count)
        if not found.tasks:  # gold takes the place of an ordinary task; where there is none it would stand out
            Standing.objects.filter(pk=standing.pk).update(frontier=found.frontier, gold_place=found.gold_place)
            return []
        wanted = wanted[: len(found.tasks)]
        given = giving.give(to, found, count=len(wanted), gold=sum(wanted), wait=attempt == _TRIES - 1)
        if given:
            return _mixed(given, wanted)
    return []


def _mixed(given: Sequence[giving.Given], wanted: Sequence[bool]) -> list[Assignment]:
    """Put gold where the lots fell."""
    gold = [one.assignment for one in given if one.gold]
    others = [one.assignment for one in given if not one.gold]
    mixed: list[Assignment] = []
    for golden in wanted:
        source = gold if gold and (golden or not others) else others
        if source:
            mixed.append(source.pop(0))
    return mixed


def _may_work(standing: Standing, today: terms.Terms) -> Guideline:
    """Return the version to work under; refuse whoever may not work now."""
    if standing.status != Standing.Status.ACTIVE:
        raise Refused(standing.reason, code=standing.status)
    if not today.member:
        raise Refused("You no longer work in this project.", code="role_required")
    if today.project.skill not in today.skills:
        raise Refused(
            f"This project is for people with the skill “{today.project.skill}”, which its owner has not given you.",
            code="skill_required",
        )
    if today.project.paused:
        raise Refused("The owner has paused this project; nobody is given work for now.", code="paused")
    if today.guideline is None:
        raise Contradiction("This project has no published guideline yet.", code="no_guideline")
    if today.unread:
        raise Contradiction(
            f"Read guideline {today.guideline.number} and acknowledge it first.",
            code="guideline_unacknowledged",
            errors={"guideline": [str(today.guideline.number)]},
        )
    return today.guideline
