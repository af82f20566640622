"""Worker models learnt in shards: what the jobs come to, and that none of their messages matters."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd import consensus
from crowd.models import Fit, FitRun, FitShard, Project, RefitRequest, Task, User
from crowd.queries import versions
from crowd.storage import store
from crowd.workflow.conflicts import adjudication
from crowd.workflow.consensus import fitting, growth, learning, spreading
from tests.factories import make

pytestmark = pytest.mark.django_db

SCHEMA = {"classifications": make.SCHEMA["classifications"]}


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with forty answers and a known one, whose fits are made in shards of a dozen answers."""
    monkeypatch.setattr(spreading, "SHARD_ANSWERS", 12)
    project = make.project(make.user(), schema=SCHEMA, overlap=4, min_gold_checks=100)
    crew: list[User] = [make.member(project) for _ in range(4)]
    for number in range(10):
        task = make.task(project)
        for place, worker in enumerate(crew):
            make.answer(project, worker, (make.CAT, make.DOG)[(number + (place == 3 and number % 3 == 0)) % 2])
    owner = project.memberships.get(role="owner").user
    adjudication.adjudicate(task=task, by=owner, annotation=make.DOG, gold=True, now=timezone.now())
    return project


def at_once(project: Project) -> consensus.Fit:
    """What one process learns from all answers."""
    guideline = versions.current(project)
    assert guideline is not None
    return consensus.fit(
        list(learning.answers_of(project, guideline)),
        schema=versions.schema_of(guideline),
        method="auto",
        gold=dict(learning.gold_of(project, guideline)),
    )


def do_all(project: Project) -> int:
    """Do the jobs of a run until it is over, each twice and the last shard first; return in how many rounds."""
    rounds = 0
    while run := FitRun.objects.filter(project=project).first():
        for pk in FitShard.objects.filter(run=run).order_by("-number").values_list("pk", flat=True):
            spreading.work(shard_id=pk)
            spreading.work(shard_id=pk)
        for _ in range(2):
            spreading.conclude(run_id=run.pk, now=timezone.now())
        rounds += 1
    return rounds


def test_shards_come_to_the_models_of_all_answers_at_once(busy: Project) -> None:
    fitting.refit(project_id=busy.pk, now=timezone.now(), shard_from=1)
    assert FitShard.objects.count() == 4
    assert do_all(busy) > 2
    made, whole = Fit.objects.get(), at_once(busy)
    found = consensus.Fit.from_json(made.parameters)
    assert (found.workers, found.answered, made.answers) == (whole.workers, whole.answered, 40)
    assert found.questions.keys() == whole.questions.keys()
    for worker in whole.workers:
        assert found.weight(worker) == pytest.approx(whole.weight(worker), abs=1e-4)
    assert made.agreement["pairwise"] is not None
    assert list(store().keys("fits/")) == []


def test_while_a_run_is_under_way_no_other_is_begun(busy: Project, django_capture_on_commit_callbacks: Any) -> None:
    for _ in range(3):
        fitting.refit(project_id=busy.pk, now=timezone.now(), shard_from=1)
    assert FitRun.objects.count() == 1
    growth.ask_if_due(project_id=busy.pk, now=timezone.now())
    do_all(busy)
    assert (Fit.objects.count(), RefitRequest.objects.count()) == (1, 0)


def test_whatever_message_is_lost_the_sweep_sends_it_again(
    busy: Project, django_capture_on_commit_callbacks: Any
) -> None:
    def again() -> int:
        with django_capture_on_commit_callbacks() as sent:
            spreading.send_lost(now=timezone.now() + 2 * spreading.LOST_AFTER)
        FitRun.objects.update(sent_at=timezone.now() - timedelta(days=1))
        return len(sent)

    fitting.refit(project_id=busy.pk, now=timezone.now(), shard_from=1)
    spreading.send_lost(now=timezone.now())
    first, *others = FitShard.objects.order_by("number").values_list("pk", flat=True)
    assert again() == 4
    spreading.work(shard_id=first)
    assert again() == 3
    for pk in others:
        spreading.work(shard_id=pk)
    assert again() == 1  # the conclusion
    do_all(busy)
    assert Fit.objects.count() == 1


def test_objects_are_learnt_in_one_process_however_many_answers_there_are(project: Project) -> None:
    worker = make.member(project)
    make.task(project)
    make.answer(project, worker)
    fitting.refit(project_id=project.pk, now=timezone.now(), shard_from=1)
    assert (Fit.objects.count(), FitRun.objects.count(), Task.objects.count()) == (1, 0, 1)
