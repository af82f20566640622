"""A job that nobody lives through is given up after three times; one that ends, well or badly, begins to count anew."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from crowd.models import Attempt, Bulk, Derivation, ImageQuality, ModelRun, Project, Task, User
from crowd.workflow import attempts, releasing
from crowd.workflow.importing import measuring
from crowd.workflow.predictions import model_runs, model_servers
from crowd.workflow.projects import deriving
from crowd.workflow.tasks import bulk
from crowd.workflow.upkeep import retention, sweeping
from tests.factories import make

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=1)


def killed(job: str, key: int, *, times: int = attempts.MOST) -> None:
    """Leave what so many runs leave that were killed."""
    for number in range(times, 0, -1):
        assert attempts.begin(job, key, now=timezone.now() - number * SOON)


def released(project: Project, owner: User) -> tuple[str, str]:
    made = releasing.cut(project=project, by=owner, now=timezone.now(), options={})
    killed("crowd.build_release", made.pk)
    releasing.build(release_id=made.pk, now=timezone.now())
    made.refresh_from_db()
    return made.state, made.error


def derived(project: Project, owner: User) -> tuple[str, str]:
    release = releasing.cut(project=project, by=owner, now=timezone.now(), options={})
    releasing.build(release_id=release.pk, now=timezone.now())
    release.refresh_from_db()
    made = deriving.derive(release=release, by=owner, name="Another", now=timezone.now())
    killed("crowd.derive", made.pk)
    deriving.run(project_id=made.pk, clock=timezone.now)
    row = Derivation.objects.get(project=made)
    return row.state, row.error


def changed(project: Project, owner: User) -> tuple[str, str]:
    ids = [make.task(project).pk]
    made = bulk.begin(project=project, action="overlap", value=2, ids=ids, by=owner, now=timezone.now())
    killed("crowd.run_bulk", made.pk)
    bulk.run(bulk_id=made.pk, clock=timezone.now)
    row = Bulk.objects.get(pk=made.pk)
    assert row.done == 0
    return row.state, row.faults[0]["detail"]


def asked(project: Project, owner: User) -> tuple[str, str]:
    model_servers.name(project=project, by=owner, url="https://8.8.8.8/", model="yolo", version="1", now=timezone.now())
    made = model_runs.begin(project=project, by=owner, now=timezone.now())
    killed("crowd.run_model", made.pk)
    model_runs.run(run_id=made.pk, clock=timezone.now)
    row = ModelRun.objects.get(pk=made.pk)
    return row.state, row.trouble


@pytest.mark.parametrize(
    ("run", "state"), [(released, "failed"), (derived, "failed"), (changed, "cancelled"), (asked, "failed")]
)
def test_what_kills_whoever_works_on_it_ends_with_a_reason(
    run: Callable[[Project, User], tuple[str, str]], state: str, owner: User, project: Project
) -> None:
    assert run(project, owner) == (state, attempts.KILLED)
    assert not Attempt.objects.exists()


def test_an_image_that_kills_who_looks_at_it_costs_none_of_its_neighbours_their_turn(project: Project) -> None:
    bad, good = make.images(project, 2)
    rows = ImageQuality.objects.filter(project=project)
    rows.update(measured_at=None, fault="", taken_at=timezone.now() - measuring.DEAD_AFTER - SOON)
    killed("crowd.measure_images", bad.pk)
    measuring.run(project_id=project.pk, clock=timezone.now)
    assert {row.image_id: row.fault for row in rows} == {bad.pk: "killed", good.pk: ""}
    assert not rows.filter(measured_at=None).exists()
    measuring.ask_again(image=bad)
    measuring.run(project_id=project.pk, clock=timezone.now)
    assert rows.get(image=bad).fault == ""


def test_a_run_that_fails_is_no_run_that_was_killed() -> None:
    for _ in range(2 * attempts.MOST):
        with contextlib.suppress(ZeroDivisionError), attempts.counted("crowd.nothing", 1, now=timezone.now()) as goes:
            assert goes
            raise ZeroDivisionError
    assert not Attempt.objects.exists()


def test_messages_that_come_more_than_once_are_one_run() -> None:
    now = timezone.now()
    assert all(attempts.begin("crowd.nothing", 1, now=now) for _ in range(2 * attempts.MOST))
    assert Attempt.objects.get().times == 1


def test_runs_that_nobody_asks_after_any_more_are_forgotten() -> None:
    attempts.begin("crowd.nothing", 1, now=timezone.now() - timedelta(days=31))
    attempts.begin("crowd.nothing", 2, now=timezone.now())
    retention.forget(now=timezone.now())
    assert Attempt.objects.get().key == 2


def test_a_task_says_since_when_it_waits_however_often_it_is_sent_again(project: Project) -> None:
    task, since = make.task(project), timezone.now() - timedelta(hours=2)
    Task.objects.filter(pk=task.pk).update(stale_at=since)
    sweeping.sweep(now=timezone.now())
    task.refresh_from_db()
    assert (task.asked_at, task.stale_at is not None and task.stale_at > since) == (since, True)
    Task.objects.filter(pk=task.pk).update(stale_at=None)
    task.refresh_from_db()
    assert task.asked_at is None
    Task.objects.filter(pk=task.pk).update(stale_at=since + SOON)
    task.refresh_from_db()
    assert task.asked_at == since + SOON
