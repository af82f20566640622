"""The load generator itself: it works, and it finds what it looks for."""

import pytest
from django.db import connection

from crowd.models import Assignment, Task
from tests.benchmarks import load_checks, load_clients, load_fill, load_floor
from tests.benchmarks.load_clients import Order, Outcome

pytestmark = pytest.mark.slow


@pytest.mark.django_db(transaction=True)
def test_clients_work_and_their_answers_are_found_again(live_server):
    filled = load_fill.fill(tasks=50, workers=2, gold=3)
    assert Task.objects.filter(project=filled.project, state="open").count() == 50
    before = load_checks.deadlocks()
    outcome = load_clients.run(
        [
            Order(url=live_server.url, slug=filled.project.slug, token=token, seed=n, seconds=2, cycles=10)
            for n, token in enumerate(filled.tokens)
        ]
    )
    assert outcome.faults == []
    assert len(outcome.acknowledged) == len(outcome.claims) == Assignment.objects.valid().count() > 0
    assert load_checks.sound(filled.project, outcome, deadlocks_before=before)


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_not_there_and_a_task_with_too_many_are_told():
    filled = load_fill.fill(tasks=5, workers=1, gold=0)
    load_fill.give_answers(project=filled.project, worker=filled.workers[0], count=3)
    [given, *_] = map(str, Assignment.objects.values_list("pk", flat=True))
    there, gone = (
        Outcome(acknowledged={given: load_fill.GOLD}),
        Outcome(acknowledged={given: {**load_fill.GOLD, "objects": []}}),
    )
    assert load_checks.sound(filled.project, there, deadlocks_before=load_checks.deadlocks())
    assert not load_checks.sound(filled.project, gone, deadlocks_before=load_checks.deadlocks())
    assert not load_checks.sound(
        filled.project, Outcome(claimed=[given, given]), deadlocks_before=load_checks.deadlocks()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crowd_task SET overlap = overlap + 1 WHERE labels = 1 AND project_id = %s",
            [filled.project.pk],
        )
    assert load_checks.over_assigned(filled.project) == 3


@pytest.mark.django_db(transaction=True)
def test_pgbench_says_again_what_the_cycles_of_two_workers_said(monkeypatch):
    monkeypatch.setattr(load_floor, "AT_ALL", 6)
    filled = load_fill.fill(tasks=20, workers=2, gold=3)
    floor = load_floor.run(filled.project, filled.tokens)
    assert floor.faults == []
    assert floor.rate > 0
    assert floor.statements > 4
