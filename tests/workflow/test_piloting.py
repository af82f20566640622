"""Pilots: some images for everybody, the rest waits, and what their answers say of the guideline."""

from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crowd.errors import Contradiction, Invalid
from crowd.models import Conflict, Pilot, Project, Standing, Task, User
from crowd.queries import pilots
from crowd.workflow import projects, tasks
from crowd.workflow.assignments import claiming, leasing, submission
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import piloting, publishing
from crowd.workflow.upkeep import sweeping
from crowd.workflow.workers import standing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db: None) -> Project:
    return make.project(make.user(), overlap=2, max_overlap=3)


def owner_of(project: Project) -> User:
    return project.memberships.get(role="owner").user


def start(project: Project, **how: Any) -> Pilot:
    how = {"rng": Random(1), "now": timezone.now(), **how}
    return piloting.start(project=project, by=owner_of(project), **how)


def claim(project: Project, worker: User, *, count: int = 50) -> claiming.Claim:
    return claiming.claim(project=project, worker=worker, now=timezone.now(), rng=make.NeverGold(), count=count)


def answer_all(project: Project, worker: User, annotation: Any = make.CAT) -> list[int]:
    """The worker answers all they are given."""
    given = claim(project, worker).assignments
    for one in given:
        submission.submit(assignment=one, annotation=annotation, now=timezone.now())
    return [one.task_id for one in given]


def settle(project: Project) -> None:
    for pk in Task.objects.filter(project=project).values_list("pk", flat=True):
        resolving.resolve(task_id=pk, now=timezone.now())


def tasks_of(pilot: Pilot) -> list[int]:
    return sorted(pilot.tasks.values_list("task", flat=True))


def test_while_a_pilot_runs_only_its_images_are_given_and_each_to_everybody_able(project: Project) -> None:
    make.images(project, 20)
    workers = [make.member(project) for _ in range(4)]
    Standing.objects.filter(worker=make.member(project)).update(status="paused", reason="Tired.")
    pilot = start(project, size=5)
    assert (pilot.size, pilot.overlap, pilot.number) == (5, 4, 1)
    for worker in workers:
        assert sorted(answer_all(project, worker)) == tasks_of(pilot)
    empty = claim(project, workers[0])
    assert (empty.assignments, empty.queue, empty.why) == ((), "empty", "pilot")


def test_a_pilot_is_over_when_all_have_answered_and_the_rest_waits_until_it_is_opened(project: Project) -> None:
    make.images(project, 6)
    first, second = make.member(project), make.member(project)
    pilot = start(project, size=2)
    answer_all(project, first)
    answer_all(project, second)
    settle(project)
    pilot.refresh_from_db()
    assert pilot.state == "finished"
    assert claim(project, first).assignments == ()
    piloting.open_rest(project=project, by=owner_of(project), now=timezone.now())
    rest = set(answer_all(project, first))
    assert len(rest) == 4
    assert not rest & set(tasks_of(pilot))
    kinds = list(project.events.filter(type__startswith="pilot.").order_by("pk").values_list("type", flat=True))
    assert kinds == ["pilot.started", "pilot.finished", "pilot.rest_opened"]


def test_an_image_is_as_likely_to_be_drawn_as_any_other(project: Project) -> None:
    made = make.images(project, 10)
    make.member(project), make.member(project)
    drawn = dict.fromkeys(Task.objects.filter(project=project).values_list("pk", flat=True), 0)
    for seed in range(60):
        pilot = start(project, size=5, rng=Random(seed))
        for key in tasks_of(pilot):
            drawn[key] += 1
        piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    assert len(made) == len(drawn)
    assert all(15 <= times <= 45 for times in drawn.values()), drawn  # 30 on average, 4 standard deviations either way


def test_images_may_be_picked_by_a_filter(project: Project) -> None:
    wanted = make.images(project, 5)[2]
    make.member(project), make.member(project)
    pilot = start(project, query={"q": wanted.name})
    assert tasks_of(pilot) == [Task.objects.get(image=wanted).pk]
    piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    with pytest.raises(Invalid, match="no such filter"):
        start(project, query={"colour": "red"})


def test_ended_early_its_images_ask_for_as_many_answers_as_before(project: Project) -> None:
    make.images(project, 3)
    workers = [make.member(project) for _ in range(5)]
    pilot = start(project, size=2)
    answer_all(project, workers[0])
    piloting.finish(pilot=pilot, by=owner_of(project), now=timezone.now())
    rows = Task.objects.filter(pk__in=tasks_of(pilot))
    assert [(one.base_overlap, one.overlap, one.open_slots, one.labels) for one in rows] == [(2, 2, 1, 1)] * 2
    piloting.open_rest(project=project, by=owner_of(project), now=timezone.now())
    assert len(claim(project, workers[1]).assignments) == 3


def test_what_a_pilot_settled_asks_for_as_many_answers_as_before_if_ever_it_is_asked_again(project: Project) -> None:
    make.images(project, 2)
    crew = [make.member(project) for _ in range(4)]
    pilot = start(project)
    for worker in crew:
        answer_all(project, worker)
    settle(project)
    rows = Task.objects.filter(pk__in=tasks_of(pilot))
    assert [(one.state, one.base_overlap, one.overlap, one.open_slots) for one in rows.all()] == [
        ("resolved", 2, 4, 0)
    ] * 2
    standing.set_status(
        project=project,
        username=crew[0].username,
        status="banned",
        reason="Spam.",
        by=owner_of(project),
        now=timezone.now(),
        void_labels=True,
    )
    settle(project)
    assert [one.state for one in rows.all()] == ["resolved"] * 2
    assert not Conflict.objects.exists()
    publish(project, impact="relabel", affected=["scene"])
    assert [(one.state, one.overlap, one.open_slots) for one in rows.all()] == [("open", 2, 2)] * 2


def test_a_pilot_ends_when_nobody_is_left_and_says_for_whom_it_waits_until_then(project: Project) -> None:
    make.images(project, 2)
    ann, ben, _ = (make.member(project, username=name) for name in ("ann", "ben", "cid"))
    pilot = start(project)
    answer_all(project, ann)
    assert piloting.awaited(pilot) == ["ben", "cid"]
    held, other = claim(project, ben).assignments
    submission.submit(assignment=other, annotation=make.CAT, now=timezone.now())
    Standing.objects.filter(worker__username="cid").update(status="paused", reason="Away.")
    sweeping.sweep(now=timezone.now())
    pilot.refresh_from_db()
    assert (pilot.state, piloting.awaited(pilot)) == ("running", ["ben"])
    submission.submit(assignment=held, annotation=make.CAT, now=timezone.now())
    assert piloting.awaited(pilot) == []
    sweeping.sweep(now=timezone.now())
    pilot.refresh_from_db()
    assert pilot.state == "finished"
    settle(project)
    assert {one.state for one in Task.objects.filter(project=project)} == {"resolved"}


def test_a_pilot_that_fewer_than_two_people_have_seen_waits_for_those_to_be_invited(project: Project) -> None:
    make.images(project, 1)
    pilot = start(project, overlap=2)
    piloting.notice_all(now=timezone.now())
    answer_all(project, make.member(project))
    piloting.notice_all(now=timezone.now())
    pilot.refresh_from_db()
    assert (pilot.state, piloting.awaited(pilot)) == ("running", [])
    answer_all(project, make.member(project))
    piloting.notice_all(now=timezone.now())
    pilot.refresh_from_db()
    assert pilot.state == "finished"


def test_a_new_overlap_of_the_project_reaches_a_pilots_images_when_it_ends(project: Project) -> None:
    make.images(project, 2)
    make.member(project), make.member(project)
    pilot = start(project, size=1)
    projects.update(project=project, by=owner_of(project), changes={"overlap": 3}, now=timezone.now())
    mine, rest = Task.objects.get(pk=tasks_of(pilot)[0]), Task.objects.exclude(pk__in=tasks_of(pilot)).get()
    assert [(one.base_overlap, one.overlap, one.open_slots) for one in (mine, rest)] == [(2, 2, 2), (3, 3, 3)]
    piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    mine.refresh_from_db()
    assert (mine.base_overlap, mine.overlap, mine.open_slots) == (3, 3, 3)


def test_an_overlap_that_somebody_set_meanwhile_stays(project: Project) -> None:
    make.images(project, 1)
    make.member(project), make.member(project), make.member(project)
    pilot = start(project, size=1)
    changed = Task.objects.get(pk=tasks_of(pilot)[0])
    tasks.change(task=changed, by=owner_of(project), now=timezone.now(), overlap=5)
    piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    changed.refresh_from_db()
    assert (changed.base_overlap, changed.overlap) == (5, 5)


def test_what_was_leased_before_is_handed_in_but_not_given_again(project: Project) -> None:
    make.images(project, 4)
    worker = make.member(project)
    make.member(project)
    kept, lost = claim(project, worker, count=2).assignments
    pilot = start(project, size=1, query={"q": Task.objects.exclude(pk__in=[kept.task_id, lost.task_id])[0].image.name})
    submission.submit(assignment=kept, annotation=make.CAT, now=timezone.now())
    leasing.expire(now=lost.expires_at)
    assert [one.task_id for one in claim(project, worker).assignments] == tasks_of(pilot)
    piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    assert lost.task_id in [one.task_id for one in claim(project, worker).assignments]


def test_gold_is_hidden_among_a_pilots_images_too(project: Project) -> None:
    Project.objects.update(gold_rate=0.1)
    make.images(project, 3)
    gold = make.golden(project)
    worker = make.member(project)
    make.member(project)
    start(project, size=2)
    [given] = make.claim(project, worker, rng=make.AlwaysGold())
    assert given.task_id == gold.task_id


def test_a_claim_makes_as_many_statements_during_a_pilot_as_without(project: Project) -> None:
    make.images(project, 20)
    worker = make.member(project)
    make.member(project)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert len(claim(project, worker, count=2).assignments) == 2
        counts.append(len(caught))
        if not project.pilots.exists():
            start(project, size=5)
    assert counts[0] == counts[1]


def test_a_pilots_frontier_hides_nothing_of_the_rest_afterwards(project: Project) -> None:
    make.images(project, 30)
    worker, other = make.member(project), make.member(project)
    for _ in range(3):
        make.answer(project, worker)
    answered = set(worker.assignments.values_list("task", flat=True))
    pilot = start(project, size=5)
    answered |= set(answer_all(project, worker))
    piloting.cancel(pilot=pilot, by=owner_of(project), now=timezone.now())
    answered |= set(answer_all(project, worker))
    assert answered == set(Task.objects.filter(project=project).values_list("pk", flat=True))
    assert len(claim(project, other).assignments) == 30


@pytest.mark.parametrize(
    ("how", "code"), [({}, "too_few_workers"), ({"overlap": 1}, "invalid"), ({"overlap": 2, "size": 501}, "invalid")]
)
def test_what_makes_no_pilot_is_refused(project: Project, how: dict[str, Any], code: str) -> None:
    make.images(project, 1)
    make.member(project)
    with pytest.raises((Contradiction, Invalid)) as caught:
        start(project, **how)
    assert caught.value.code == code


def test_there_is_one_pilot_at_a_time_and_no_version_is_published_meanwhile(project: Project) -> None:
    make.images(project, 3)
    pilot = start(project, overlap=2)
    for verb in (
        lambda: start(project, overlap=2),
        lambda: publish(project),
    ):
        with pytest.raises(Contradiction) as caught:
            verb()
        assert caught.value.code == "pilot_running"
    piloting.finish(pilot=pilot, by=owner_of(project), now=timezone.now())
    publish(project)
    assert start(project, overlap=2).guideline.number == project.guidelines.get(state="published").number
    with pytest.raises(Contradiction, match="over already"):
        piloting.finish(pilot=pilot, by=owner_of(project), now=timezone.now())


def publish(project: Project, **how: Any) -> None:
    owner = owner_of(project)
    made = publishing.draft(project=project, by=owner, body="# Again", schema=make.SCHEMA, now=timezone.now())
    publishing.publish(project=project, number=made.number, by=owner, now=timezone.now(), **how)


def test_a_job_that_began_before_the_last_answers_leaves_none_of_them_out(project: Project) -> None:
    make.images(project, 1)
    workers = [make.member(project), make.member(project)]
    pilot, early = start(project), timezone.now()
    for worker in workers:
        answer_all(project, worker)
    piloting.notice(pilot_id=pilot.pk, now=early)
    pilot.refresh_from_db()
    assert (pilot.state, pilots.findings(pilot).answers) == ("finished", 2)


def test_the_sweep_finishes_a_pilot_whose_last_message_was_lost(project: Project) -> None:
    make.images(project, 1)
    make.member(project), make.member(project)
    pilot = start(project)
    Task.objects.filter(project=project).update(state="excluded", stale_at=None)
    sweeping.sweep(now=timezone.now())
    pilot.refresh_from_db()
    assert pilot.state == "finished"


def test_its_findings_say_who_and_what_disagrees_and_stay_when_the_version_is_replaced(project: Project) -> None:
    make.images(project, 4)
    crew = [make.member(project, username=name) for name in ("ann", "ben", "cid")]
    pilot = start(project)
    for worker in crew:
        for number, one in enumerate(sorted(claim(project, worker).assignments, key=lambda each: each.task_id)):
            said = make.DOG if number < 2 else make.FOX
            if worker.username == "cid" and number == 0:
                said = make.CAT
            submission.submit(assignment=one, annotation=said, now=timezone.now())
    settle(project)
    pilot.refresh_from_db()
    found = pilots.findings(pilot)
    assert (found.images, found.answers) == (4, 12)
    worst = found.disputed[0]
    assert (worst.key, worst.agreement) == (str(tasks_of(pilot)[0]), pytest.approx(1 / 3))
    assert [(one.key, one.agreement) for one in found.workers] == [("cid", 0.75), ("ann", 0.875), ("ben", 0.875)]
    assert found.crossed["scene"] == {("dog", "dog"): 4, ("fox", "fox"): 6, ("cat", "dog"): 2}
    assert [(one.one, one.other, one.apart, one.of) for one in found.confused] == [("cat", "dog", 2, 6)]
    assert [(one.name, one.given) for one in found.classes] == [("fox", 6), ("dog", 5), ("cat", 1)]
    assert found.classes[0].reliability.alpha.value == 1.0
    publish(project, impact="relabel", affected=["scene"])
    assert pilots.findings(pilot).answers == 12
    assert pilots.before(start(project, size=4)) == pilot
