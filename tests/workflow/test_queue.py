"""The queue as each worker meets it: depth first, in the order asked for, and from where they left off."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crowd.errors import TooMany
from crowd.models import Assignment, Project, Standing, Task, User
from crowd.workflow import tasks
from crowd.workflow.assignments import claiming, leasing, queue, submission, terms
from crowd.workflow.consensus import resolving
from tests.factories import make

pytestmark = pytest.mark.django_db(transaction=True)


def owner_of(project: Project) -> User:
    return project.memberships.filter(role="owner").select_related("user")[0].user


def given(project: Project, worker: User, **how: Any) -> list[int]:
    """The tasks a worker is given, one claim."""
    return [one.task_id for one in make.claim(project, worker, **how)]


def answered(project: Project, worker: User) -> Iterator[int]:
    """The tasks a worker answers one after another until there is none."""
    while leased := make.claim(project, worker):
        submission.submit(assignment=leased[0], annotation=make.CAT, now=timezone.now())
        yield leased[0].task_id


@pytest.mark.parametrize("order", ["priority", "random", "uncertainty"])
def test_whatever_the_order_each_worker_is_given_every_task_once(order: str) -> None:
    project = make.project(make.user(), order=order, overlap=2, max_overlap=2)
    make.images(project, 30)
    everything = sorted(Task.objects.filter(project=project).values_list("pk", flat=True))
    first, second, third = (make.member(project) for _ in range(3))
    assert sorted(answered(project, first)) == everything
    assert sorted(answered(project, second)) == everything
    assert list(answered(project, third)) == []


def test_what_others_began_is_finished_before_anything_is_begun() -> None:
    project = make.project(make.user())
    make.images(project, 10)
    first, second = make.member(project), make.member(project)
    begun = given(project, first, count=3)
    assert given(project, second, count=4)[:3] == begun


def test_a_higher_priority_comes_first_begun_or_not() -> None:
    project = make.project(make.user())
    make.images(project, 5)
    first, second = make.member(project), make.member(project)
    given(project, first, count=2)
    urgent = Task.objects.filter(project=project).order_by("-pk")[0]
    tasks.change(task=urgent, by=owner_of(project), now=timezone.now(), priority=5)
    assert given(project, second) == [urgent.pk]


def test_a_task_made_urgent_behind_a_workers_back_is_their_next() -> None:
    project = make.project(make.user(), overlap=1)
    made = make.images(project, 60)
    other, worker = make.member(project), make.member(project)
    late = Task.objects.get(image=made[0])
    tasks.change(task=late, by=owner_of(project), now=timezone.now(), state="excluded")
    for _ in range(25):
        make.answer(project, worker)
    tasks.change(task=late, by=owner_of(project), now=timezone.now(), state="open")
    assert late.pk in set(answered(project, worker)) | set(answered(project, other))


def test_a_lease_that_ran_out_comes_back_to_workers_who_were_past_it() -> None:
    project = make.project(make.user(), overlap=1, lease_seconds=60)
    make.images(project, 5)
    slow, quick = make.member(project), make.member(project)
    [kept] = make.claim(project, slow)
    done = list(answered(project, quick))
    assert len(done) == 4
    leasing.expire(now=timezone.now() + timedelta(seconds=61))
    assert list(answered(project, quick)) == [kept.task_id]


def test_the_most_uncertain_comes_first() -> None:
    project = make.project(make.user(), order="uncertainty")
    wanted = []
    for image, uncertainty in zip(make.images(project, 4), (0.1, 0.93, 0.97, 0.5), strict=True):
        Task.objects.filter(image=image).update(uncertainty=uncertainty)
        wanted.append((uncertainty, Task.objects.get(image=image).pk))
    assert given(project, make.member(project), count=4) == [pk for _, pk in sorted(wanted, reverse=True)]


def looks(project: Project, worker: User) -> int:
    """How many statements a claim makes; each reads no more rows than it may."""
    with CaptureQueriesContext(connection) as caught:
        assert make.claim(project, worker)
    return len(caught)


@pytest.mark.parametrize("order", ["priority", "random", "uncertainty"])
def test_a_claim_of_somebody_who_did_most_of_what_is_open_looks_no_further_than_that_of_a_newcomer(order: str) -> None:
    project = make.project(make.user(), order=order)
    make.images(project, 400)
    veteran = make.member(project)
    for _ in range(6):
        leased = make.claim(project, veteran, count=50)
        for one in leased:
            submission.submit(assignment=one, annotation=make.CAT, now=timezone.now())
    newcomer = make.member(project)
    make.answer(project, newcomer)
    # one look more where somebody else's transaction holds the frontier back
    assert looks(project, veteran) <= looks(project, newcomer) + 1


def test_the_frontier_never_passes_a_transaction_under_way() -> None:
    """A task put back by a transaction that commits late is met by workers who went on meanwhile."""
    project = make.project(make.user(), overlap=2, max_overlap=2)
    make.images(project, 3)
    worker, other = make.member(project), make.member(project)
    first, *_ = sorted(Task.objects.filter(project=project).values_list("pk", flat=True))
    Task.objects.filter(pk=first).update(state="excluded")
    ready, go = threading.Event(), threading.Event()

    def put_back_slowly() -> None:
        with transaction.atomic():
            Task.objects.filter(pk=first).update(state="open", begun=True)
            ready.set()
            go.wait(timeout=30)
        connection.close()

    thread = threading.Thread(target=put_back_slowly)
    thread.start()
    ready.wait(timeout=30)
    done = list(answered(project, worker)) + list(answered(project, other))
    assert first not in done
    go.set()
    thread.join()
    assert list(answered(project, worker)) == [first]


def test_a_window_full_of_ones_own_is_passed_once() -> None:
    project = make.project(make.user(), overlap=2, max_overlap=2)
    make.images(project, 2 * queue.SPREAD + 10)
    worker = make.member(project)
    while leased := make.claim(project, worker, count=50):
        for one in leased:
            submission.submit(assignment=one, annotation=make.CAT, now=timezone.now())
    Standing.objects.filter(project=project, worker=worker).update(frontier={})
    other = make.member(project)
    late = make.images(project, 1)[0]
    assert given(project, worker) == [Task.objects.get(image=late).pk]
    assert Assignment.objects.filter(worker=other).count() == 0


def test_an_empty_queue_tells_whether_to_ask_again() -> None:
    project = make.project(make.user(), overlap=1, max_overlap=1, confidence_target=0.0)
    make.images(project, 1)
    holder, waiting = make.member(project), make.member(project)
    [held] = make.claim(project, holder)

    def told(worker: User) -> str:
        return claiming.claim(project=project, worker=worker, now=timezone.now(), rng=Random(1)).queue

    assert (told(waiting), told(holder)) == ("busy", "empty")
    submission.submit(assignment=held, annotation=make.CAT, now=timezone.now())
    assert told(waiting) == "busy"  # the answer may turn out not to suffice
    resolving.resolve(task_id=held.task_id, now=timezone.now())
    assert told(waiting) == "empty"


def test_no_more_answers_an_hour_than_the_project_takes() -> None:
    project = make.project(make.user(), answers_per_hour=2)
    make.images(project, 5)
    worker = make.member(project)
    assert len(make.claim(project, worker, count=5)) == 2
    for one in Assignment.objects.filter(worker=worker).select_related("task__image", "guideline"):
        submission.submit(assignment=one, annotation=make.CAT, now=timezone.now())
    with pytest.raises(TooMany):
        make.claim(project, worker)
    assert len(make.claim(project, worker, now=timezone.now() + timedelta(minutes=61))) == 1


def test_the_share_of_one_worker_is_of_all_the_images(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make.project(make.user(), max_share_per_worker=0.5)
    make.images(project, 10)
    assert len(make.claim(project, make.member(project), count=10)) == 5
    monkeypatch.setattr(terms, "COUNTED_AT_ONCE", 3)  # too many to count at each claim
    assert len(make.claim(project, make.member(project), count=10)) == 5


def test_who_has_had_far_more_than_one_look_shows_is_still_given_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while somebody's long transaction keeps the frontier where it is."""
    monkeypatch.setattr(queue, "FAR", 5)
    monkeypatch.setattr(queue, "SPREAD", 2)
    project = make.project(make.user(), overlap=2, max_overlap=2)
    make.images(project, 30)
    worker = make.member(project)
    assert len(list(answered(project, worker))) == 30
    Standing.objects.filter(project=project, worker=worker).update(frontier={})
    ready, go = threading.Event(), threading.Event()

    def long_transaction() -> None:
        with transaction.atomic():
            Project.objects.filter(pk=project.pk).update(name="held")
            ready.set()
            go.wait(timeout=30)
        connection.close()

    thread = threading.Thread(target=long_transaction)
    thread.start()
    ready.wait(timeout=30)
    Task.objects.filter(project=project).update(priority=1)  # all enter anew, beyond what the frontier may pass
    make_late = Task.objects.get(image=make.images(project, 1)[0])
    assert given(project, worker) == [make_late.pk]
    go.set()
    thread.join()


def test_a_frontier_from_another_cluster_hides_nothing() -> None:
    project = make.project(make.user())
    make.images(project, 3)
    worker = make.member(project)
    far = [2**60, 1]
    Standing.objects.filter(project=project, worker=worker).update(frontier={"0/begun": far, "0/fresh": far})
    assert len(given(project, worker, count=3)) == 3


def test_gold_that_is_excluded_does_not_end_the_walk_round_the_circle() -> None:
    project = make.project(make.user(), gold_rate=0.9)
    make.images(project, 5)
    planted = sorted((make.golden(project) for _ in range(queue.ARC + 3)), key=lambda one: one.place)
    for one in planted[:-1]:
        tasks.change(task=one.task, by=owner_of(project), now=timezone.now(), state="excluded")
    assert given(project, make.member(project), rng=make.AlwaysGold()) == [planted[-1].task_id]
