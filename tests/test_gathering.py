"""What comes thick and fast is handed on together, and each of it once."""

import threading
from collections.abc import Sequence

import pytest
from django.conf import LazySettings

from crowd import gathering, jobs
from crowd.gathering import Gatherer

FOR_EVER = 3600.0
DEADLINE = 60.0  # seconds, on any machine


def test_the_first_goes_at_once_and_the_rest_together_each_once() -> None:
    told: list[Sequence[int]] = []
    gatherer = Gatherer(told.append, every=lambda: FOR_EVER)
    for one in (1, 2, 3, 2):
        gatherer.add(one)
    assert told == [[1]]
    gatherer.flush()
    assert told == [[1], [2, 3]]


def test_what_waits_goes_by_itself() -> None:
    told: list[Sequence[int]] = []
    done = threading.Event()
    every = [FOR_EVER]

    def hand_on(ids: Sequence[int]) -> None:
        told.append(ids)
        if 2 in ids:
            done.set()

    gatherer = Gatherer(hand_on, every=lambda: every[0])
    gatherer.add(1)
    every[0] = 0.01
    gatherer.add(2)
    assert done.wait(DEADLINE)
    assert told == [[1], [2]]


def test_no_message_names_more_than_a_few() -> None:
    told: list[Sequence[int]] = []
    gatherer = Gatherer(told.append, every=lambda: FOR_EVER)
    for one in range(2 * gathering.MOST + 2):
        gatherer.add(one)
    gatherer.flush()
    assert [len(ids) for ids in told] == [1, gathering.MOST, gathering.MOST, 1]


@pytest.mark.django_db(transaction=True)
def test_many_tasks_are_named_in_one_message(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, tuple[int, ...]]] = []
    settings.CROWD_GATHER_SECONDS = FOR_EVER
    monkeypatch.setattr(jobs, "_send_now", lambda job, ids: told.append((job.name, ids)))
    monkeypatch.setattr(jobs, "_stale", Gatherer(jobs._send_stale, every=lambda: FOR_EVER))
    for task in (7, 8, 9):
        jobs.send(jobs.resolve, task)
    jobs._stale.flush()
    assert told == [("crowd.resolve", (7,)), ("crowd.resolve_all", ([8, 9],))]


@pytest.mark.django_db
def test_a_task_that_fails_keeps_none_from_being_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    again: list[tuple[str, tuple[int, ...]]] = []

    def look(task_id: int) -> None:
        if task_id == 2:
            raise ValueError
        looked_at.append(task_id)

    monkeypatch.setattr(jobs.resolve, "run", look)
    monkeypatch.setattr(jobs, "_send_now", lambda job, ids: again.append((job.name, ids)))
    jobs.resolve_all([1, 2, 3])
    assert (looked_at, again) == ([1, 3], [("crowd.resolve", (2,))])


@pytest.mark.django_db
def test_tasks_whose_worker_did_not_live_are_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(jobs, "_send_now", lambda job, ids: again.append((job.name, ids)))
    jobs.resolve_all.push_request(delivery_info={"redelivered": True})
    try:
        jobs.resolve_all([1, 2])
    finally:
        jobs.resolve_all.pop_request()
    assert again == [("crowd.resolve", (1,)), ("crowd.resolve", (2,))]
