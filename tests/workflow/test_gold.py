"""Gold: planted, served hidden, scored; and what follows for workers."""

import pytest
from django.utils import timezone

from crowd.errors import Contradiction, Invalid, Refused
from crowd.models import Assignment, Event, Gold, GoldCheck, Project, Standing, Task
from crowd.queries import work
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.workers import standing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Project:
    """A project that serves gold."""
    return make.project(make.user(), gold_rate=0.5)


def meet(project: Project, worker: object, annotation: dict, times: int) -> None:
    """Have the worker answer so many gold tasks."""
    for _ in range(times):
        done = make.answer(project, worker, annotation, rng=make.AlwaysGold())
        assert Gold.objects.filter(task=done.task_id).exists()
        resolving.resolve(task_id=done.task_id, now=timezone.now())


def test_a_gold_task_is_resolved_by_its_answer_and_in_no_queue(watched: Project) -> None:
    planted = make.golden(watched)
    task = planted.task
    assert (task.state, task.consensus.method, task.consensus.annotation, task.open_slots) == (
        "resolved",
        "gold",
        make.CAT,
        0,
    )
    assert make.claim(watched, make.member(watched), rng=make.AlwaysGold()) == []


def test_gold_is_served_among_other_tasks_once_to_each_worker(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 3)
    for worker in [make.member(watched), make.member(watched)]:
        served = [make.claim(watched, worker, rng=make.AlwaysGold())[0].task_id for _ in range(4)]
        assert served.count(planted.task_id) == 1
    planted.task.refresh_from_db()
    assert (planted.task.overlap, planted.task.open_slots) == (2, 0)


def test_what_a_worker_sees_of_gold_is_what_they_see_of_any_task(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 1)
    worker = make.member(watched)
    shown = {}
    for rng in (make.AlwaysGold(), make.NeverGold()):
        [leased] = make.claim(watched, worker, rng=rng)
        leased = Assignment.objects.select_related("task__image", "task__project", "guideline").get(pk=leased.pk)
        payload = work.for_worker(leased)
        shown[leased.task_id == planted.task_id] = {key: type(value).__name__ for key, value in payload.items()} | {
            key: type(value).__name__ for key, value in payload["image"].items()
        }
    assert shown[True] == shown[False]


def test_answers_to_gold_are_scored_and_counted(watched: Project) -> None:
    make.golden(watched)
    make.golden(watched, make.DOG)
    make.images(watched, 5)
    worker = make.member(watched)
    meet(watched, worker, make.CAT, 2)
    row = Standing.objects.get(worker=worker)
    assert (row.gold_seen, row.gold_passed, row.labels, row.status) == (2, 1, 2, "active")
    assert sorted(GoldCheck.objects.values_list("score", flat=True)) == [0.0, 1.0]


def test_scoring_twice_changes_nothing(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 1)
    worker = make.member(watched)
    meet(watched, worker, make.CAT, 1)
    resolving.resolve(task_id=planted.task_id, now=timezone.now())
    assert GoldCheck.objects.count() == 1


def test_a_worker_who_is_provably_below_the_bar_is_paused_with_the_reason(watched: Project) -> None:
    for _ in range(6):
        make.golden(watched)
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, make.DOG, 4)
    assert Standing.objects.get(worker=worker).status == "active"  # four checks are too few to judge
    held = make.claim(watched, worker)
    meet(watched, worker, make.DOG, 1)
    row = Standing.objects.get(worker=worker)
    assert row.status == "paused"
    assert row.reason.startswith("0 of 5 answers to checked images were right.")
    assert Assignment.objects.get(pk=held[0].pk).state == "expired"
    with pytest.raises(Refused, match="0 of 5"):
        make.claim(watched, worker)
    assert Event.objects.filter(type="worker.paused", data__worker=worker.username).count() == 1


def test_a_worker_who_may_be_good_enough_goes_on(watched: Project) -> None:
    """Three of five is below 0.7 on average, and proves nothing: the interval reaches far above it."""
    for answer in (make.CAT, make.CAT, make.CAT, make.DOG, make.DOG):
        make.golden(watched, answer)
    make.images(watched, 5)
    worker = make.member(watched)
    meet(watched, worker, make.CAT, 5)
    row = Standing.objects.get(worker=worker)
    assert (row.gold_seen, row.gold_passed, row.status) == (5, 3, "active")


def test_a_worker_let_go_on_is_judged_by_new_checks_only(watched: Project) -> None:
    owner = watched.memberships.get(role="owner").user
    for _ in range(7):
        make.golden(watched)
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, make.DOG, 5)
    standing.set_status(project=watched, username=worker.username, status="active", by=owner, now=timezone.now())
    meet(watched, worker, make.DOG, 1)
    row = Standing.objects.get(worker=worker)
    assert (row.gold_seen, row.status) == (6, "active")


def test_banning_with_void_labels_reopens_the_slots_but_no_ruling(watched: Project) -> None:
    from crowd.workflow.conflicts import adjudication

    owner = watched.memberships.get(role="owner").user
    first, second = make.task(watched), make.task(watched)
    worker = make.member(watched)
    make.answer(watched, worker)
    make.answer(watched, worker)
    adjudication.adjudicate(task=second, by=owner, annotation=make.DOG, now=timezone.now())
    standing.set_status(
        project=watched,
        username=worker.username,
        status="banned",
        reason="Cheating",
        void_labels=True,
        by=owner,
        now=timezone.now(),
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.labels, first.open_slots) == ("open", 0, 3)
    assert (second.state, second.consensus.method) == ("resolved", "adjudication")
    assert set(Assignment.objects.values_list("state", "reason")) == {("void", "Cheating")}
    assert Standing.objects.get(worker=worker).labels == 0


def test_corrected_gold_scores_everybody_anew(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 1)
    worker = make.member(watched)
    meet(watched, worker, make.DOG, 1)
    gold.correct(gold=planted, annotation=make.DOG, by=planted.created_by, now=timezone.now())
    resolving.resolve(task_id=planted.task_id, now=timezone.now())
    row = Standing.objects.get(worker=worker)
    assert (row.gold_seen, row.gold_passed) == (1, 1)
    assert Task.objects.get(pk=planted.task_id).consensus.annotation == make.DOG


def test_withdrawn_gold_is_an_ordinary_task_whose_answers_count(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 1)
    worker = make.member(watched)
    meet(watched, worker, make.DOG, 1)
    gold.withdraw(gold=planted, by=planted.created_by, now=timezone.now())
    task = Task.objects.get(pk=planted.task_id)
    assert (task.state, task.labels, task.overlap, task.open_slots, task.consensus) == ("open", 1, 3, 2, None)
    assert Standing.objects.get(worker=worker).gold_seen == 0


def test_answers_given_before_an_image_became_gold_are_scored_too(watched: Project) -> None:
    task = make.task(watched)
    worker = make.member(watched)
    make.answer(watched, worker, make.CAT)
    owner = watched.memberships.get(role="owner").user
    gold.plant(image=task.image, annotation=make.CAT, by=owner, now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    assert Standing.objects.get(worker=worker).gold_passed == 1


def test_gold_that_does_not_fit_the_guideline_is_refused_by_path(watched: Project) -> None:
    image = make.images(watched)[0]
    owner = watched.memberships.get(role="owner").user
    with pytest.raises(Invalid) as caught:
        gold.plant(image=image, annotation={"classifications": {"scene": "wolf"}}, by=owner, now=timezone.now())
    assert list(caught.value.errors) == ["classifications.scene"]
    gold.plant(image=image, annotation=make.CAT, by=owner, now=timezone.now())
    with pytest.raises(Contradiction):
        gold.plant(image=image, annotation=make.CAT, by=owner, now=timezone.now())


def test_training_comes_first_and_tells_what_was_expected() -> None:
    project = make.project(make.user(), training_tasks=1)
    make.images(project, 2)
    planted = make.golden(project, make.CAT, use="training", explanation="It purrs.")
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    assert leased.task_id == planted.task_id
    told = submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now()).feedback
    assert told is not None
    assert (told.score, told.explanation, told.expected) == (0.0, "It purrs.", make.CAT)
    assert make.claim(project, worker)[0].task_id != planted.task_id
    row = Standing.objects.get(worker=worker)
    assert (row.trained, row.gold_seen) == (1, 0)
