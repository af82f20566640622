"""Two verbs that cross: one stops halfway, the other begins, and what both did holds."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crowd.models import Assignment, Gold, GoldCheck, Project, Standing, Task, User
from crowd.workflow import events, gold, projects
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.predictions import prelabels
from crowd.workflow.workers import standing
from tests.factories import make

pytestmark = pytest.mark.django_db(transaction=True)

LONGEST = 20.0  # seconds; a crossing takes as long as its two verbs

Pause = Callable[[], None]


def cross(first: Callable[[Pause], Any], second: Callable[[], Any]) -> list[Exception]:
    """Run the second while the first pauses, until it is done or waits for the first; return what they raised."""
    reached, finished = threading.Event(), threading.Event()
    raised: list[Exception] = []

    def pause() -> None:
        if reached.is_set():
            return
        reached.set()
        latest = time.monotonic() + LONGEST
        while not finished.wait(0.01) and not _somebody_waits_for_us():
            if time.monotonic() > latest:
                raise TimeoutError("The second neither ended nor waited for a lock.")

    def run(call: Callable[[], Any], ended: threading.Event) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            raised.append(error)
        finally:
            ended.set()

    def beside() -> None:
        try:
            run(lambda: first(pause), reached)
        finally:
            connection.close()

    thread = threading.Thread(target=beside)
    thread.start()
    assert reached.wait(LONGEST)
    run(second, finished)
    thread.join(LONGEST)
    assert not thread.is_alive()
    return raised


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone() != (0,)


def before_the_commit(call: Callable[[], Any]) -> Callable[[Pause], None]:
    """The call, stopped when it has written everything and committed nothing."""

    def run(pause: Pause) -> None:
        with transaction.atomic():
            call()
            pause()

    return run


def in_the_middle_of_a_claim(project: Project, worker: User, number: float) -> Callable[[Pause], list[Assignment]]:
    """A claim, stopped when it throws the dice for gold, which then show the number."""

    class Dice:
        def __init__(self, pause: Pause) -> None:
            self.pause = pause

        def random(self) -> float:
            self.pause()
            return number

    return lambda pause: make.claim(project, worker, rng=Dice(pause))


def owner_of(project: Project) -> User:
    """Who made the project."""
    return project.memberships.get(role="owner").user


def submit(leased: Assignment, annotation: dict[str, Any] = make.CAT) -> Assignment:
    """Hand an answer in."""
    return submission.submit(assignment=leased, annotation=annotation, now=timezone.now()).assignment


def resolve(task: Task) -> Task:
    """Do the task's job, and look at the task afterwards."""
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    return task


def ban(project: Project, worker: User) -> None:
    """Ban the worker and void the answers."""
    standing.set_status(
        project=project,
        username=worker.username,
        status="banned",
        reason="Clicks at random.",
        by=owner_of(project),
        now=timezone.now(),
        void_labels=True,
    )


@pytest.fixture
def watched() -> Project:
    """A project that serves gold, with one gold task and three others."""
    project = make.project(make.user(), gold_rate=0.5)
    make.golden(project)
    make.images(project, 3)
    return project


def met_gold(project: Project, worker: User) -> Assignment:
    """The gold task, leased to the worker."""
    [leased] = make.claim(project, worker, rng=make.AlwaysGold())
    assert leased.task.gold.withdrawn_at is None
    return leased


def test_a_gold_answer_handed_in_while_another_is_scored_is_scored_too(watched: Project) -> None:
    first, second = (met_gold(watched, make.member(watched)) for _ in range(2))
    submit(first)
    raised = cross(before_the_commit(lambda: submit(second)), lambda: resolve(first.task))
    resolve(second.task)
    assert raised == []
    assert set(GoldCheck.objects.values_list("assignment", flat=True)) == {first.pk, second.pk}


def test_gold_withdrawn_while_its_answers_are_scored_is_resolved_by_them(watched: Project) -> None:
    held = [met_gold(watched, make.member(watched)) for _ in range(4)]
    for leased in held[:3]:
        submit(leased)
    task = resolve(held[0].task)
    submit(held[3])
    withdraw = lambda: gold.withdraw(gold=Gold.objects.get(), by=owner_of(watched), now=timezone.now())  # noqa: E731
    raised = cross(before_the_commit(withdraw), lambda: resolve(task))
    resolve(task)
    assert raised == []
    assert (task.state, task.stale_at, task.consensus.annotation) == ("resolved", None, make.CAT)


def test_an_image_made_gold_while_its_task_is_resolved_has_its_answers_scored() -> None:
    project = make.project(make.user())
    task = make.task(project)
    answered = make.answer(project, make.member(project))
    plant = lambda: gold.plant(image=task.image, annotation=make.CAT, by=owner_of(project), now=timezone.now())  # noqa: E731
    raised = cross(before_the_commit(plant), lambda: resolve(task))
    resolve(task)
    assert raised == []
    assert list(GoldCheck.objects.values_list("assignment", flat=True)) == [answered.pk]


def test_the_overlap_changes_while_a_task_is_held_by_somebody_who_then_writes_an_event() -> None:
    project = make.project(make.user())
    make.images(project, 3)

    def hold(pause: Pause) -> None:
        with transaction.atomic():
            Task.objects.filter(project=project).select_for_update()[0]
            pause()
            events.record(project=project, kind="assignment.leased", now=timezone.now())

    def change() -> None:
        projects.update(project=project, by=owner_of(project), changes={"overlap": 2}, now=timezone.now())

    assert cross(hold, change) == []
    assert list(Task.objects.filter(project=project).values_list("overlap", flat=True)) == [2, 2, 2]


def test_an_overlap_changed_in_the_middle_of_a_claim_is_that_of_every_task(watched: Project) -> None:
    worker = make.member(watched)

    def change() -> None:
        projects.update(project=watched, by=owner_of(watched), changes={"overlap": 2}, now=timezone.now())

    assert cross(in_the_middle_of_a_claim(watched, worker, 0.99), change) == []
    begun = Assignment.objects.get(worker=worker, state="leased").task
    others = Task.objects.ordinary().filter(project=watched).exclude(pk=begun.pk)
    assert (begun.overlap, list(others.values_list("overlap", flat=True))) == (2, [2, 2])


def test_a_worker_is_paused_by_a_gold_score_in_the_middle_of_another_ones_claim() -> None:
    project = make.project(make.user(), gold_rate=0.5, min_gold_checks=1, min_gold_accuracy=1.0, confidence_target=1.0)
    make.golden(project)
    extended = make.task(project)
    Task.objects.filter(pk=extended.pk).update(overlap=4, open_slots=4)
    wrong, next_one = make.member(project), make.member(project)
    leased = met_gold(project, wrong)
    submit(leased, make.DOG)
    assert cross(in_the_middle_of_a_claim(project, next_one, 0.0), lambda: resolve(leased.task)) == []
    assert Standing.objects.get(worker=wrong).status == "paused"
    assert Assignment.objects.filter(worker=next_one, state="leased").count() == 1


def test_a_worker_is_banned_in_the_middle_of_another_ones_claim(watched: Project) -> None:
    banned, next_one = make.member(watched), make.member(watched)
    submit(met_gold(watched, banned))
    make.answer(watched, banned)
    assert cross(in_the_middle_of_a_claim(watched, next_one, 0.0), lambda: ban(watched, banned)) == []
    assert list(Assignment.objects.filter(worker=banned).values_list("state", flat=True)) == ["void", "void"]
    assert Assignment.objects.filter(worker=next_one, state="leased").count() == 1


def test_what_a_banned_worker_held_does_not_count_though_a_neighbour_held_the_task_during_the_ban() -> None:
    project = make.project(make.user())
    task, worker = make.task(project), make.member(project)
    [leased] = make.claim(project, worker)
    hold = lambda: Task.objects.select_for_update().get(pk=task.pk)  # noqa: E731
    assert cross(before_the_commit(hold), lambda: ban(project, worker)) == []
    assert submit(leased).state == "void"


def test_prelabels_are_loaded_in_the_middle_of_a_claim(watched: Project) -> None:
    worker = make.member(watched)
    tasks = list(Task.objects.filter(project=watched).order_by("pk"))
    lines = [json.dumps({"image": str(t.image_id), "annotation": make.CAT, "model": "m"}).encode() for t in tasks]

    def load() -> None:
        prelabels.load(project=watched, lines=lines, by=owner_of(watched), now=timezone.now())

    assert cross(in_the_middle_of_a_claim(watched, worker, 0.0), load) == []
    assert Assignment.objects.filter(worker=worker, state="leased").count() == 1
