"""What processes count is summed in one table, whoever of them comes, goes or fails."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from crowd.models import FailedJob, Measure, Process
from crowd.telemetry import keeping, measures
from crowd.telemetry.keeping import Keeper

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3600.0


def apart(do: Callable[[], Any]) -> Any:
    """Do it in a thread: a connection of its own, which it may close."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(do()))
    thread.start()
    thread.join()
    return found[0]


def idle(role: str) -> Keeper:
    """Return a keeper that writes when the test says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Keeper, "_run", lambda self: None)
        return Keeper(role, every=HOUR)


@pytest.fixture
def keeper() -> Keeper:
    """A worker's, which has written once."""
    measures.take()
    made = idle("worker")
    assert apart(made.write)
    return made


def test_processes_add_up(keeper: Keeper) -> None:
    for _ in range(2):
        measures.count("claims", "given", by=3)
        measures.observe("job_wait_seconds", 0.3, "crowd.sweep")
        measures.observe("job_wait_seconds", 9999, "crowd.sweep")
        assert apart(keeper.write)
    claims, wait = Measure.objects.order_by("name")
    assert (claims.name, claims.labels, claims.count, claims.buckets) == ("claims", ["given"], 6, [])
    assert (wait.count, wait.total, wait.buckets) == (4, pytest.approx(19998.6), [0, 2, 0, 0, 0, 0, 0, 0, 2])
    assert apart(keeper.write)  # nothing new
    assert Measure.objects.get(name="claims").count == 6


def test_many_write_at_once_and_nothing_is_lost(keeper: Keeper) -> None:
    def write(sums: dict[measures.Key, measures.Sum]) -> None:
        with connection.cursor() as cursor:
            keeper._write(cursor, sums, keeping.Ended(), leaving=False)
        connection.close()

    names = [("claims", (f"o{number}",)) for number in range(20)]
    sums = [{name: measures.Sum(count=1) for name in (names if turn % 2 else names[::-1])} for turn in range(8)]
    threads = [threading.Thread(target=write, args=[one]) for one in sums]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Measure.objects.values_list("count", flat=True)) == {8}


def test_what_could_not_be_written_is_written_later(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    measures.count("claims", "given")
    keeper.failed("crowd.sweep", [], error="E", place="p", request_id="")
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_ADD", "SELECT 1/0")
        assert not apart(keeper.write)
    assert (Measure.objects.count(), FailedJob.objects.count()) == (0, 0)
    measures.count("claims", "given")
    assert apart(keeper.write)
    assert (Measure.objects.get().count, FailedJob.objects.get().times) == (2, 1)


def test_a_process_is_seen_while_it_lives_and_says_what_it_does(keeper: Keeper) -> None:
    keeper.busy("crowd.refit")
    apart(keeper.write)
    seen = Process.objects.get()
    assert (seen.role, seen.doing, seen.pid) == ("worker", "crowd.refit", keeper.pid)
    assert seen.doing_since is not None
    keeper.busy("")
    apart(keeper.leave)
    assert not Process.objects.exists()


def test_whoever_was_killed_is_forgotten_in_time(keeper: Keeper, now: Any) -> None:
    from datetime import timedelta

    Process.objects.update(seen_at=now - timedelta(seconds=keeping.FORGOTTEN_AFTER + 1))
    other = idle("web")
    assert apart(other.write)
    assert Process.objects.get().role == "web"
    apart(other.leave)


def test_a_failed_job_stays_until_the_same_succeeds(keeper: Keeper) -> None:
    told = {"error": "ValueError", "place": "crowd.jobs:1", "request_id": "caused-it"}
    for _ in range(2):
        keeper.failed("crowd.resolve", [7], **told)
        apart(keeper.write)
    keeper.done("crowd.resolve", [8])
    keeper.done("crowd.refit", [7])
    apart(keeper.write)
    failed = FailedJob.objects.get()
    assert (failed.job, failed.ids, failed.times, failed.place) == ("crowd.resolve", [7], 2, "crowd.jobs:1")
    keeper.done("crowd.resolve", [7])
    apart(keeper.write)
    assert not FailedJob.objects.exists()


def test_what_failed_and_then_succeeded_before_it_was_written_is_mended(keeper: Keeper) -> None:
    keeper.failed("crowd.resolve", [7], error="ValueError", place="crowd.jobs:1", request_id="")
    keeper.done("crowd.resolve", [7])
    apart(keeper.write)
    assert not FailedJob.objects.exists()
