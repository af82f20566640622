"""Pre-labels: who sees them, what difference that makes, and how many answers they spare."""

import json
from random import Random

import pytest
from django.utils import timezone

from crowd.models import Prediction, Project, Task, User
from crowd.queries import bias, work
from crowd.workflow import projects, tasks
from crowd.workflow.assignments import submission
from crowd.workflow.guidelines import piloting
from crowd.workflow.predictions import prelabels
from tests.factories import make

pytestmark = pytest.mark.django_db


def proposed(project: Project, *, score: float, count: int = 4) -> list[Task]:
    """Tasks for which a model proposes a cat."""
    images = make.images(project, count)
    propose(project, [image.pk for image in images], score=score)
    return list(Task.objects.filter(image__in=images))


def propose(project: Project, images: list[int], *, score: float) -> None:
    rows = [{"image": image, "annotation": make.CAT, "model": "m", "score": score} for image in images]
    owner: User = project.memberships.filter(role="owner").select_related("user")[0].user
    lines = [json.dumps(row | {"image": str(row["image"])}).encode() for row in rows]
    assert prelabels.load(project=project, lines=lines, by=owner, now=timezone.now()).rejected == []


def test_a_share_of_the_workers_see_no_proposal_and_always_the_same_ones() -> None:
    project = make.project(make.user(), blind_prelabels=True, blind_share=0.25)
    proposed(project, score=0.9, count=30)
    workers = [make.member(project) for _ in range(16)]
    seen = [[work.for_worker(one)["prelabel"] for one in make.claim(project, worker, count=2)] for worker in workers]
    assert all(first == second for first, second in seen)
    assert 2 <= sum(first is None for first, _ in seen) <= 6


def test_nobody_is_blind_where_nothing_is_hidden() -> None:
    project = make.project(make.user(), blind_share=1.0)
    proposed(project, score=0.9)
    assert [work.for_worker(one)["prelabel"] for one in make.claim(project, make.member(project))] == [make.CAT]


def test_the_bias_is_how_much_more_those_agree_who_saw_the_proposal() -> None:
    project = make.project(make.user(), blind_prelabels=True, blind_share=0.5, overlap=8, max_overlap=8)
    proposed(project, score=0.9, count=3)
    for _ in range(8):
        worker = make.member(project)
        for one in make.claim(project, worker, count=3):
            said = make.DOG if work.is_blind(project, worker.pk) else make.CAT
            submission.submit(assignment=one, annotation=said, now=timezone.now())
    found = bias.of(project)
    assert found is not None
    assert (found.sighted, found.blind) == (1.0, 0.0)
    assert found.difference == 1.0
    assert found.sighted_answers + found.blind_answers == 24


def test_a_proposal_above_the_trusted_score_starts_with_fewer_answers() -> None:
    project = make.project(
        make.user(), trusted_prelabel_score=0.95, trusted_prelabel_overlap=2, checked_prelabel_share=0.0
    )
    [sure, *_], [unsure, *_] = proposed(project, score=0.97), proposed(project, score=0.95)
    assert (sure.overlap, sure.open_slots, sure.base_overlap) == (2, 2, 2)
    assert (unsure.overlap, unsure.open_slots, unsure.base_overlap) == (3, 3, 3)


def test_fewer_answers_for_a_trusted_proposal_outlast_a_change_of_the_projects_overlap() -> None:
    project = make.project(
        make.user(), trusted_prelabel_score=0.95, trusted_prelabel_overlap=1, checked_prelabel_share=0.0
    )
    [sure], [unsure] = proposed(project, score=0.97, count=1), proposed(project, score=0.5, count=1)
    owner = project.memberships.get(role="owner").user
    projects.update(project=project, by=owner, changes={"overlap": 4}, now=timezone.now())
    sure.refresh_from_db()
    unsure.refresh_from_db()
    assert (sure.overlap, sure.open_slots) == (1, 1)
    assert (unsure.overlap, unsure.open_slots) == (4, 4)


@pytest.mark.parametrize("checked", [0.0, 1.0])
def test_a_trusted_proposal_leaves_the_number_of_a_running_pilot_and_that_of_the_owner(checked: float) -> None:
    project = make.project(make.user(), trusted_prelabel_score=0.8, checked_prelabel_share=checked)
    owner = project.memberships.get(role="owner").user
    make.images(project, 2)
    piloted, own = Task.objects.filter(project=project).order_by("pk")
    tasks.change(task=own, by=owner, now=timezone.now(), overlap=5)
    piloting.start(
        project=project, by=owner, now=timezone.now(), rng=Random(1), overlap=2, query={"q": piloted.image.name}
    )
    propose(project, [piloted.image_id, own.image_id], score=0.9)
    for task, number in ((piloted, 2), (own, 5)):
        task.refresh_from_db()
        assert task.prelabel == make.CAT
        assert (task.route, task.base_overlap, task.overlap, task.open_slots) == ("", number, number, number)


def test_a_proposal_for_what_somebody_has_begun_is_kept_and_shown_to_nobody_unless_it_is_gold() -> None:
    project = make.project(make.user())
    [image] = make.images(project, 1)
    [leased] = make.claim(project, make.member(project))
    gold = make.golden(project)
    Task.objects.filter(pk=gold.task_id).update(begun=True)
    propose(project, [image.pk, gold.task.image_id], score=0.9)
    leased.refresh_from_db()
    assert work.for_worker(leased)["prelabel"] is None
    assert [work.for_worker(one)["prelabel"] for one in make.claim(project, make.member(project))] == [None]
    assert list(Prediction.objects.values_list("task", "score")) == [(leased.task_id, 0.9)]
    gold.task.refresh_from_db()
    assert gold.task.prelabel == make.CAT
