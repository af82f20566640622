"""Many threads at few tasks: real connections, real commits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from crowd.errors import Contradiction
from crowd.models import Assignment, Consensus, Project, Task, User
from crowd.queries import integrity
from crowd.workflow import importing
from crowd.workflow.assignments import claiming, leasing, submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from tests.factories import make

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 16


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls in as many threads, all let go at the same moment; what one raises is its result."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(timeout=30)
            return call()
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def label_all(project: Project, worker: User, seed: int) -> int:
    """Claim and answer until nothing is left; return how many were answered."""
    rng, done = Random(seed), 0
    while True:
        claim = claiming.claim(project=project, worker=worker, now=timezone.now(), rng=rng, count=rng.choice([1, 1, 3]))
        for leased in claim.assignments:
            submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now())
            done += 1
        if not claim.assignments:
            return done


def test_sixteen_workers_on_five_tasks_never_exceed_the_overlap() -> None:
    project = make.project(make.user(), gold_rate=0.2)
    make.images(project, 5)
    make.golden(project)
    workers = [make.member(project) for _ in range(THREADS)]
    done = at_once([lambda w=worker, n=n: label_all(project, w, n) for n, worker in enumerate(workers)])
    assert [one for one in done if isinstance(one, Exception)] == []
    ordinary = Task.objects.filter(project=project, gold__isnull=True)
    live = Count("assignments", filter=Q(assignments__state__in=["leased", "submitted"]))
    assert list(ordinary.annotate(live=live).values_list("live", "overlap", "open_slots")) == [(3, 3, 0)] * 5
    assert sum(done) == Assignment.objects.filter(state="submitted").count()
    assert [one.offenders for one in integrity.run() if one.offenders and one.check.invariant != 4] == []


def test_sixteen_workers_given_the_same_gold_never_wait_for_one_another_in_a_circle() -> None:
    project = make.project(make.user(), gold_rate=0.9)
    make.images(project, 60)
    for _ in range(12):
        make.golden(project)
    workers = [make.member(project) for _ in range(THREADS)]
    claims = at_once(
        [lambda w=worker, n=n: make.claim(project, w, rng=Random(n), count=10) for n, worker in enumerate(workers)]
    )
    assert [one for one in claims if isinstance(one, Exception)] == []


def test_one_worker_clicking_sixteen_times_gets_each_task_once() -> None:
    project = make.project(make.user())
    make.images(project, 20)
    worker = make.member(project)
    claims = at_once([lambda: make.claim(project, worker)] * THREADS)
    tasks = [leased.task_id for claim in claims for leased in claim]
    assert len(tasks) == len(set(tasks)) == THREADS


def test_the_same_answer_sent_sixteen_times_is_one_answer() -> None:
    project = make.project(make.user())
    task = make.task(project)
    [leased] = make.claim(project, make.member(project))
    send = lambda: submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now()).assignment.state  # noqa: E731
    assert at_once([send] * THREADS) == ["submitted"] * THREADS
    task.refresh_from_db()
    assert task.labels == 1


def test_of_different_answers_sent_at_once_one_is_kept() -> None:
    project = make.project(make.user())
    make.task(project)
    [leased] = make.claim(project, make.member(project))
    answers = [make.CAT, make.DOG] * (THREADS // 2)
    results = at_once(
        [lambda a=a: submission.submit(assignment=leased, annotation=a, now=timezone.now()) for a in answers]
    )
    kept = Assignment.objects.get(pk=leased.pk).annotation
    refused = [one for one in results if isinstance(one, Contradiction)]
    assert len(refused) == THREADS // 2
    assert kept in (make.CAT, make.DOG)


def test_the_last_slot_goes_to_one_late_answer_only() -> None:
    project = make.project(make.user(), overlap=1)
    make.task(project)
    held = []
    for _ in range(THREADS):
        [leased] = make.claim(project, make.member(project))
        leasing.expire(now=leased.expires_at)
        held.append(leased)
    states = at_once(
        [
            lambda one=one: submission.submit(assignment=one, annotation=make.CAT, now=timezone.now()).assignment.state
            for one in held
        ]
    )
    assert sorted(states) == ["submitted"] + ["void"] * (THREADS - 1)


def test_two_reviewers_rule_once() -> None:
    project = make.project(make.user())
    task = make.task(project)
    reviewers = [make.member(project, "reviewer") for _ in range(4)]
    results = at_once(
        [
            lambda by=by: adjudication.adjudicate(task=task, by=by, annotation=make.DOG, now=timezone.now())
            for by in reviewers
        ]
    )
    assert [type(one).__name__ for one in results].count("Contradiction") == 3
    assert Consensus.objects.filter(task=task).count() == 1


def test_a_message_delivered_sixteen_times_at_once_resolves_once() -> None:
    project = make.project(make.user())
    task = make.task(project)
    for _ in range(3):
        make.answer(project, make.member(project))
    at_once([lambda: resolving.resolve(task_id=task.pk, now=timezone.now())] * THREADS)
    assert Consensus.objects.filter(task=task).count() == 1


def test_the_same_image_uploaded_at_once_is_stored_once() -> None:
    import io

    owner = make.user()
    project = make.project(owner)
    data = make.picture(seed=4711)
    uploads = at_once(
        [
            lambda: importing.add_images(
                project=project, files=[("a.png", io.BytesIO(data))], by=owner, now=timezone.now()
            )
        ]
        * THREADS
    )
    assert sum(len(one.created) for one in uploads) == 1
    assert sum(len(one.duplicates) for one in uploads) == THREADS - 1
    assert Task.objects.filter(project=project).count() == 1
