"""Training, then the exam, before any work."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd.errors import Refused
from crowd.models import Assignment, Event, Gold, Project, Qualification, Standing, Task, User
from crowd.queries import integrity
from crowd.workflow import gold, projects
from crowd.workflow.assignments import leasing, submission
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import resolving
from crowd.workflow.workers import qualifying
from crowd.workflow.workers.qualifying import Stage
from tests.factories import make

pytestmark = pytest.mark.django_db


def demanding(*, exams: int = 4, trainings: int = 0, **settings: Any) -> Project:
    """A project with an exam of two images, half of them to be right, and open work."""
    settings = {"exam_tasks": 2, "exam_pass_mark": 0.5, "exam_attempts": 2, **settings}
    project = make.project(make.user(), **settings)
    for use, count in (("exam", exams), ("training", trainings)):
        for _ in range(count):
            make.golden(project, make.CAT, use=use)
    make.images(project, 3)
    return project


def now() -> datetime:
    return timezone.now()


def stage(project: Project, worker: User) -> Stage:
    project.refresh_from_db()
    return qualifying.stage(standing=Standing.objects.get(project=project, worker=worker), project=project)


def do(project: Project, worker: User, *answers: dict[str, Any]) -> list[str]:
    """Answer one image after another, and return what each was: hidden, training, exam, or ordinary work."""
    uses = []
    for answer in answers:
        [leased] = make.claim(project, worker)
        submission.submit(assignment=leased, annotation=answer, now=timezone.now())
        known = Gold.objects.filter(task=leased.task_id).first()
        uses.append(known.use if known else "work")
    return uses


def attempts(worker: User) -> list[tuple[int, str, int, int]]:
    rows = Qualification.objects.filter(standing__worker=worker).order_by("attempt")
    return list(rows.values_list("attempt", "state", "answered", "passed"))


def test_without_training_and_exam_everybody_works_and_nothing_is_asked(django_assert_num_queries: Any) -> None:
    project = make.project(make.user())
    standing = Standing.objects.get(worker=make.member(project))
    with django_assert_num_queries(0):
        assert qualifying.stage(standing=standing, project=project) is Stage.WORK


def test_the_stage_of_a_newcomer_takes_one_query(django_assert_num_queries: Any) -> None:
    project = demanding(trainings=1, training_tasks=1)
    standing = Standing.objects.get(worker=make.member(project))
    with django_assert_num_queries(1):
        assert qualifying.stage(standing=standing, project=project) is Stage.TRAINING


def test_training_comes_first_then_the_exam_then_work() -> None:
    project = demanding(trainings=2, training_tasks=2)
    worker = make.member(project)
    assert do(project, worker, *[make.CAT] * 5) == ["training", "training", "exam", "exam", "work"]
    assert attempts(worker) == [(1, "passed", 2, 2)]
    row = Standing.objects.get(worker=worker)
    assert (row.trained, row.gold_seen, row.gold_passed) == (2, 0, 0)
    assert row.qualified_at is not None
    assert Event.objects.filter(type="worker.qualified", data__worker=worker.username).count() == 1
    assert [one for one in integrity.run() if one.offenders] == []


def test_a_batch_holds_no_more_than_the_stage_asks_for() -> None:
    project = demanding(trainings=3, training_tasks=2)
    worker = make.member(project)
    first = make.claim(project, worker, count=10)
    assert {Gold.objects.get(task=one.task_id).use for one in first} == {"training"}
    assert (len(first), make.claim(project, worker, count=10)) == (2, [])
    for one in first:
        told = submission.submit(assignment=one, annotation=make.CAT, now=timezone.now()).feedback
        assert told is not None
    assert len(make.claim(project, worker, count=10)) == 2


def test_the_exam_gives_no_feedback() -> None:
    project = demanding()
    [leased] = make.claim(project, make.member(project))
    assert submission.submit(assignment=leased, annotation=make.DOG, now=timezone.now()).feedback is None


def test_the_pass_mark_is_reached_exactly() -> None:
    project = demanding()
    worker = make.member(project)
    assert do(project, worker, make.CAT, make.DOG, make.CAT) == ["exam", "exam", "work"]
    assert attempts(worker) == [(1, "passed", 2, 1)]


def test_a_failed_attempt_is_followed_by_one_with_other_images_and_no_third() -> None:
    project = demanding(exams=6)
    worker = make.member(project)
    assert do(project, worker, *[make.DOG] * 4) == ["exam"] * 4
    assert attempts(worker) == [(1, "failed", 2, 0), (2, "failed", 2, 0)]
    assert Assignment.objects.filter(worker=worker).values("task").distinct().count() == 4
    with pytest.raises(Refused) as refusal:
        make.claim(project, worker)
    assert refusal.value.code == "not_qualified"
    assert refusal.value.detail == "0 of 2 exam images were right, and 50% are asked for."
    assert stage(project, worker) is Stage.FAILED
    projects.update(project=project, by=project.gold.all()[0].created_by, changes={"exam_attempts": 3}, now=now())
    assert do(project, worker, make.CAT) == ["exam"]


def test_without_unseen_images_there_is_no_second_attempt_until_the_owner_plants_more() -> None:
    project = demanding(exams=3)
    worker = make.member(project)
    do(project, worker, make.DOG, make.DOG)
    with pytest.raises(Refused, match="not enough exam images for another attempt"):
        make.claim(project, worker)
    make.golden(project, use="exam")
    assert do(project, worker, make.CAT, make.CAT, make.CAT) == ["exam", "exam", "work"]
    assert attempts(worker) == [(1, "failed", 2, 0), (2, "passed", 2, 2)]


def test_an_exam_without_images_lets_nobody_work() -> None:
    project = demanding(exams=1)
    with pytest.raises(Refused, match="not enough images yet"):
        make.claim(project, make.member(project))


def test_a_skipped_exam_image_is_not_answered_well() -> None:
    project = demanding(exam_pass_mark=0.6)
    worker = make.member(project)
    [first] = make.claim(project, worker)
    leasing.skip(assignment=first, reason="Too hard.", now=now())
    assert attempts(worker) == [(1, "under_way", 1, 0)]
    do(project, worker, make.CAT)
    assert attempts(worker) == [(1, "failed", 2, 1)]


def test_an_exam_under_way_keeps_the_rules_it_began_with() -> None:
    project = demanding()
    worker = make.member(project)
    do(project, worker, make.CAT)
    changes = {"exam_tasks": 4, "exam_pass_mark": 1.0}
    projects.update(project=project, by=project.gold.all()[0].created_by, changes=changes, now=now())
    do(project, worker, make.DOG)
    assert attempts(worker) == [(1, "passed", 2, 1)]


def test_hidden_gold_and_the_exam_do_not_count_for_one_another() -> None:
    project = demanding(gold_rate=0.5)
    hidden = make.golden(project)
    worker = make.member(project)
    for _ in range(3):
        [leased] = make.claim(project, worker, rng=make.AlwaysGold())
        submission.submit(assignment=leased, annotation=make.CAT, now=now())
    assert leased.task_id == hidden.task_id
    resolving.resolve(task_id=hidden.task_id, now=now())
    row = Standing.objects.get(worker=worker)
    assert (row.gold_seen, row.gold_passed) == (1, 1)
    assert attempts(worker) == [(1, "passed", 2, 2)]


def test_answers_from_before_an_image_was_planted_are_no_exam() -> None:
    project = demanding(exam_tasks=0, exams=3)
    worker = make.member(project)
    old = make.answer(project, worker)
    owner = project.memberships.get(role="owner").user
    gold.plant(image=old.task.image, annotation=make.CAT, by=owner, use="exam", now=now())
    projects.update(project=project, by=owner, changes={"exam_tasks": 2}, now=now())
    resolving.resolve(task_id=old.task_id, now=now())
    assert attempts(worker) == []
    assert do(project, worker, make.CAT) == ["exam"]
    assert attempts(worker) == [(1, "under_way", 1, 1)]


def test_exam_gold_that_was_wrong_is_judged_anew_for_those_who_failed_by_it() -> None:
    project = demanding(exams=2, exam_pass_mark=1.0, exam_attempts=1)
    worker = make.member(project)
    do(project, worker, make.CAT, make.DOG)
    assert stage(project, worker) is Stage.FAILED
    wrong = Gold.objects.get(checks__passed=False)
    gold.correct(gold=wrong, annotation=make.DOG, by=wrong.created_by, now=now())
    assert attempts(worker) == [(1, "passed", 2, 2)]
    assert stage(project, worker) is Stage.WORK


def test_exam_gold_that_was_withdrawn_decides_nothing_any_more() -> None:
    project = demanding(exams=2, exam_pass_mark=1.0, exam_attempts=1)
    worker = make.member(project)
    do(project, worker, make.CAT, make.DOG)
    wrong = Gold.objects.get(checks__passed=False)
    gold.withdraw(gold=wrong, by=wrong.created_by, now=now())
    assert attempts(worker) == [(1, "passed", 1, 1)]
    assert stage(project, worker) is Stage.WORK


def test_who_has_worked_before_an_exam_was_set_takes_it_too() -> None:
    project = demanding(exam_tasks=0)
    worker = make.member(project)
    assert do(project, worker, make.CAT) == ["work"]
    owner = project.memberships.get(role="owner").user
    projects.update(project=project, by=owner, changes={"exam_tasks": 2}, now=now())
    assert do(project, worker, make.CAT) == ["exam"]


def test_an_exam_image_whose_lease_ran_out_is_given_again_whatever_became_of_the_queue() -> None:
    project = demanding(exams=2, overlap=1, max_overlap=1)
    worker = make.member(project)
    [leased] = make.claim(project, worker)
    leasing.expire(now=now() + timedelta(hours=1))
    Task.objects.ordinary().filter(project=project).update(open_slots=0)  # others hold all that is left
    assert [one.task_id for one in make.claim(project, worker)] == [leased.task_id]


def test_an_excluded_training_image_keeps_nobody_from_the_others() -> None:
    project = demanding(exam_tasks=0, exams=0, trainings=2, training_tasks=2)
    first = Gold.objects.filter(project=project, use="training").order_by("pk")[0]
    adjudication.exclude(task=first.task, by=first.created_by, now=now(), excluded=True)
    assert do(project, make.member(project), make.CAT) == ["training"]
