"""Claims, leases, skips."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from crowd.errors import Contradiction, Refused
from crowd.models import Assignment, Event, Project, Standing, Task, User
from crowd.workflow.assignments import claiming, leasing, submission
from crowd.workflow.consensus import resolving
from crowd.workflow.guidelines import publishing
from tests.factories import make

pytestmark = pytest.mark.django_db


def test_a_claim_leases_an_open_task_and_takes_its_slot(project: Project) -> None:
    task = make.task(project)
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    task.refresh_from_db()
    assert (leased.task_id, leased.state, task.open_slots, task.overlap) == (task.pk, "leased", 2, 3)
    assert Event.objects.filter(project=project, type="assignment.leased", actor=worker).count() == 1


def test_a_worker_never_gets_a_task_twice(project: Project) -> None:
    make.images(project, 2)
    worker = make.member(project)
    first, second = make.answer(project, worker), make.answer(project, worker)
    assert first.task_id != second.task_id
    assert make.claim(project, worker) == []


def test_no_more_workers_than_the_overlap_hold_a_task(project: Project) -> None:
    make.task(project)
    given = [make.claim(project, make.member(project)) for _ in range(5)]
    assert [len(one) for one in given] == [1, 1, 1, 0, 0]


def test_a_worker_is_told_whether_waiting_is_worth_it(project: Project, now: object) -> None:
    make.task(project)
    for _ in range(3):
        make.claim(project, make.member(project))
    late = make.member(project)
    rng = make.NeverGold()
    assert claiming.claim(project=project, worker=late, now=timezone.now(), rng=rng).queue == "busy"
    Task.objects.update(state="excluded")
    assert claiming.claim(project=project, worker=late, now=timezone.now(), rng=rng).queue == "empty"


def test_a_claim_frees_overdue_leases_itself(project: Project) -> None:
    task = make.task(project)
    holders = [make.member(project) for _ in range(3)]
    for holder in holders:
        make.claim(project, holder)
    later = timezone.now() + timedelta(seconds=project.lease_seconds + 1)
    [leased] = make.claim(project, make.member(project), now=later)
    assert leased.task_id == task.pk
    assert task.assignments.filter(state="expired").count() == 3


def test_an_expired_lease_goes_back_to_its_worker_with_the_draft(project: Project) -> None:
    make.task(project)
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    leasing.autosave(assignment=leased, draft={"classifications": {}}, now=timezone.now())
    later = timezone.now() + timedelta(days=1)
    assert leasing.expire(now=later) == 1
    [again] = make.claim(project, worker, now=later)
    assert (again.pk, again.draft) == (leased.pk, {"classifications": {}})


def test_two_sweeps_free_a_slot_once(project: Project) -> None:
    task = make.task(project)
    make.claim(project, make.member(project))
    later = timezone.now() + timedelta(days=1)
    assert (leasing.expire(now=later), leasing.expire(now=later)) == (1, 0)
    task.refresh_from_db()
    assert (task.open_slots, task.overlap) == (3, 3)


def test_autosave_renews_the_lease(project: Project) -> None:
    make.task(project)
    [leased] = make.claim(project, make.member(project))
    later = timezone.now() + timedelta(seconds=600)
    saved = leasing.autosave(assignment=leased, draft={}, now=later)
    assert saved.expires_at == later + timedelta(seconds=project.lease_seconds)


def test_a_skip_gives_the_slot_back_and_needs_a_reason(project: Project) -> None:
    task = make.task(project)
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    with pytest.raises(Exception, match="say why"):
        leasing.skip(assignment=leased, reason=" ", now=timezone.now())
    leasing.skip(assignment=leased, reason="blurred", now=timezone.now())
    task.refresh_from_db()
    assert task.open_slots == 3
    assert make.claim(project, worker) == []


def test_a_task_that_several_skip_goes_to_review(project: Project) -> None:
    task = make.task(project)
    for _ in range(3):
        [leased] = make.claim(project, make.member(project))
        leasing.skip(assignment=leased, reason="unusable", now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.conflicts.get().kind) == ("conflict", "skipped")


def test_a_paused_worker_is_refused_with_the_reason(project: Project) -> None:
    make.task(project)
    worker = make.member(project)
    Standing.objects.update(status="paused", reason="Too many misses.")
    with pytest.raises(Refused, match="Too many misses") as caught:
        make.claim(project, worker)
    assert caught.value.code == "paused"


def test_a_guideline_must_be_acknowledged_where_the_project_asks(project: Project) -> None:
    Project.objects.update(require_acknowledgement=True)
    make.task(project)
    worker = make.member(project)
    with pytest.raises(Contradiction) as caught:
        make.claim(project, worker)
    assert (caught.value.code, caught.value.errors) == ("guideline_unacknowledged", {"guideline": ["1"]})
    publishing.acknowledge(project=project, number=1, worker=worker, now=timezone.now())
    assert len(make.claim(project, worker)) == 1


def test_nobody_holds_more_leases_than_the_project_allows(project: Project) -> None:
    Project.objects.update(max_leases=2)
    make.images(project, 5)
    worker = make.member(project)
    assert len(make.claim(project, worker, count=5)) == 2
    with pytest.raises(Contradiction) as caught:
        make.claim(project, worker)
    assert caught.value.code == "too_many_leases"


def test_a_worker_labels_no_more_than_their_share(project: Project) -> None:
    Project.objects.update(max_share_per_worker=0.5)
    make.images(project, 4)
    assert len(make.claim(project, make.member(project), count=4)) == 2


def test_tasks_that_were_begun_are_finished_first(project: Project) -> None:
    first, second = (make.task(project) for _ in range(2))
    begun = make.claim(project, make.member(project))[0].task_id
    assert begun == first.pk
    assert make.claim(project, make.member(project))[0].task_id == first.pk
    Task.objects.filter(pk=second.pk).update(priority=5)
    assert make.claim(project, make.member(project))[0].task_id == second.pk


def test_a_late_answer_counts_while_its_slot_is_free(project: Project) -> None:
    task = make.task(project)
    [leased] = make.claim(project, make.member(project))
    leasing.expire(now=timezone.now() + timedelta(days=1))
    done = submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now()).assignment
    task.refresh_from_db()
    assert (done.state, task.labels, task.open_slots) == ("submitted", 1, 2)


def test_a_late_answer_whose_slot_is_taken_is_kept_as_void_with_the_reason(project: Project) -> None:
    task = make.task(project)
    [leased] = make.claim(project, make.member(project))
    leasing.expire(now=timezone.now() + timedelta(days=1))
    for _ in range(3):
        make.answer(project, make.member(project))
    done = submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now()).assignment
    task.refresh_from_db()
    assert (done.state, done.annotation, task.labels) == ("void", make.DOG, 3)
    assert "not counted" in done.reason
    assert Assignment.objects.get(pk=done.pk).annotation == make.DOG


def holds(worker: User, now: datetime) -> int:
    """How many images the worker holds."""
    return Assignment.objects.filter(worker=worker, state="leased", expires_at__gt=now).count()


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("limit", [{"max_leases": 2}, {"max_share_per_worker": 0.5}, {"answers_per_hour": 2}])
def test_saving_a_draft_whose_lease_ran_out_brings_nobody_beyond_a_limit(ended: bool, limit: dict[str, float]) -> None:
    project = make.project(make.user())
    make.images(project, 4)
    worker = make.member(project)
    first, *others = make.claim(project, worker, count=3)
    soon, later = (timezone.now() + timedelta(seconds=each * project.lease_seconds) for each in (0.6, 1.2))
    for one in others:
        leasing.autosave(assignment=one, draft={}, now=soon)
    if ended:
        leasing.expire(now=later)
    Project.objects.update(**limit)
    saved = leasing.autosave(assignment=first, draft={"classifications": {}}, now=later)
    assert (saved.draft, holds(worker, later)) == ({"classifications": {}}, 2)
    leasing.skip(assignment=others[0], reason="Blurred.", now=later)
    leasing.autosave(assignment=first, draft={}, now=later)
    assert holds(worker, later) == 2


def test_leases_past_their_time_end_with_the_next_claim_so_that_nobody_holds_more_than_allowed() -> None:
    project = make.project(make.user(), max_leases=2, lease_seconds=60)
    make.images(project, 9)
    worker = make.member(project)
    for hour in range(3):
        assert len(make.claim(project, worker, count=9, now=timezone.now() + timedelta(hours=hour))) == 2
    assert Assignment.objects.filter(worker=worker, state="leased").count() == 2
