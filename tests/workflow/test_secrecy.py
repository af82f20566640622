"""What a worker sees later must not tell which of their images were gold."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd.models import Assignment, Project, Task, User
from crowd.queries import work
from crowd.workflow.assignments import leasing, submission
from crowd.workflow.guidelines import publishing
from crowd.workflow.workers import standing
from tests.factories import make

pytestmark = pytest.mark.django_db


def owner_of(project: Project) -> User:
    return project.memberships.filter(role="owner").select_related("user")[0].user


def redefine(project: Project, label: str) -> None:
    now = timezone.now()
    draft = publishing.draft(project=project, by=owner_of(project), body="# Look again", schema=make.SCHEMA, now=now)
    publishing.publish(
        project=project, number=draft.number, by=owner_of(project), now=now, impact="relabel", affected=[label]
    )


def test_a_relabelling_leaves_what_a_worker_sees_of_their_answers_as_it_was() -> None:
    project = make.project(make.user(), gold_rate=0.5)
    make.images(project, 2)
    make.golden(project)
    worker = make.member(project)
    mine = [make.answer(project, worker), make.answer(project, worker, rng=make.AlwaysGold())]
    before = [work.for_worker(one) for one in mine], work.record(project=project, worker=worker).labels
    redefine(project, "cat")
    again = [Assignment.objects.get(pk=one.pk) for one in mine]
    assert sorted(one.state for one in again) == ["submitted", "void"]  # what counts has changed
    seen = [work.for_worker(one) for one in again], work.record(project=project, worker=worker).labels
    assert [one["state"] for one in seen[0]] == [one["state"] for one in before[0]] == ["submitted", "submitted"]
    assert seen[1] == before[1] == 2
    told = submission.submit(assignment=again[0], annotation=make.CAT, now=timezone.now()).assignment
    assert work.shown_state(told) == "submitted"


def test_taking_all_answers_back_after_a_relabelling_shows_them_all_void() -> None:
    project = make.project(make.user(), gold_rate=0.5)
    make.images(project, 2)
    make.golden(project)
    worker = make.member(project)
    mine = [make.answer(project, worker), make.answer(project, worker, rng=make.AlwaysGold())]
    redefine(project, "cat")
    standing.set_status(
        project=project,
        username=worker.username,
        status="paused",
        reason="Guessed.",
        by=owner_of(project),
        now=timezone.now(),
        void_labels=True,
    )
    again = [Assignment.objects.get(pk=one.pk) for one in mine]
    assert [(work.shown_state(one), one.reason) for one in again] == [("void", "Guessed."), ("void", "Guessed.")]
    assert work.record(project=project, worker=worker).labels == 0


def let_expire(project: Project, worker: User, rng: Any) -> Assignment:
    [leased] = make.claim(project, worker, rng=rng)
    leasing.expire(now=timezone.now() + timedelta(hours=1))
    return leased


def late_states(project: Project, kinds: dict[str, Assignment]) -> dict[str, str]:
    return {
        name: submission.submit(assignment=one, annotation=make.CAT, now=timezone.now()).assignment.state
        for name, one in kinds.items()
    }


def two_that_ran_out() -> tuple[Project, dict[str, Assignment]]:
    project = make.project(make.user(), overlap=1, max_overlap=1, gold_rate=0.5)
    make.images(project, 3)
    make.golden(project)
    worker = make.member(project)
    kinds = {"ordinary": let_expire(project, worker, make.NeverGold())}
    kinds["gold"] = let_expire(project, worker, make.AlwaysGold())
    return project, kinds


def test_gold_that_ran_out_is_lost_when_an_ordinary_one_would_be() -> None:
    project, kinds = two_that_ran_out()
    quick = make.member(project)
    while make.claim(project, quick, count=3):
        pass
    assert late_states(project, kinds) == {"ordinary": "void", "gold": "void"}


def test_gold_that_ran_out_still_counts_when_an_ordinary_one_would() -> None:
    project, kinds = two_that_ran_out()
    assert late_states(project, kinds) == {"ordinary": "submitted", "gold": "submitted"}


def test_what_ran_out_comes_back_gold_or_not_only_while_there_is_a_slot() -> None:
    project, kinds = two_that_ran_out()
    worker = kinds["gold"].worker
    quick = make.member(project)
    held = make.claim(project, quick, count=3)
    assert make.claim(project, worker, count=3) == []
    assert Task.objects.get(pk=kinds["ordinary"].task_id).open_slots == 0
    assert len(held) == 3


def test_gold_shares_the_fate_of_what_comes_next_whatever_its_priority() -> None:
    project, _ = two_that_ran_out()
    Task.objects.ordinary().filter(project=project).update(priority=5)
    late = let_expire(project, make.member(project), make.AlwaysGold())
    quick = make.member(project)
    while make.claim(project, quick, count=3):
        pass
    assert late_states(project, {"gold": late}) == {"gold": "void"}


def test_what_ran_out_comes_back_gold_or_not_to_who_lacks_the_skill_of_what_stands_last_in_the_queue() -> None:
    project = make.project(make.user(), overlap=1, max_overlap=1, gold_rate=0.5)
    gold, ordinary, last = make.golden(project).task, make.task(project), make.task(project)
    Task.objects.filter(pk=last.pk).update(skill="night", priority=5)
    worker = make.member(project)
    held = [make.claim(project, worker, rng=rng)[0].task_id for rng in (make.AlwaysGold(), make.NeverGold())]
    assert held == [gold.pk, ordinary.pk]
    assert leasing.expire(now=timezone.now() + timedelta(hours=1)) == 2
    again = make.claim(project, worker, rng=make.NeverGold(), count=2)
    assert {one.task_id for one in again} == {gold.pk, ordinary.pk}


def test_gold_without_a_twin_comes_back_only_to_who_still_has_its_skill() -> None:
    project = make.project(make.user(), overlap=1, max_overlap=1, gold_rate=0.5)
    gold, ordinary = make.golden(project).task, make.task(project)
    Task.objects.filter(pk=gold.pk).update(skill="night")
    worker = make.member(project)
    seat = project.memberships.filter(user=worker)
    seat.update(tags=["night"])
    leased = let_expire(project, worker, make.AlwaysGold())
    assert (leased.task_id, Assignment.objects.get(pk=leased.pk).twin_id) == (gold.pk, None)
    seat.update(tags=[])
    assert [one.task_id for one in make.claim(project, worker, rng=make.NeverGold(), count=5)] == [ordinary.pk]
    seat.update(tags=["night"])
    assert [one.task_id for one in make.claim(project, worker, rng=make.NeverGold(), count=5)] == [gold.pk]
