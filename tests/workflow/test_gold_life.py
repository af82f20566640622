"""Gold's life: suspected, confirmed, corrected, disputed, proposed, used up."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crowd.errors import Contradiction, Invalid
from crowd.models import (
    Assignment,
    Consensus,
    Dispute,
    Event,
    Gold,
    GoldCheck,
    GoldProposal,
    Project,
    Standing,
    Task,
    User,
)
from crowd.queries import gold as queries
from crowd.queries import integrity
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import fitting, resolving
from crowd.workflow.gold import proposing, weighing
from crowd.workflow.upkeep import watching
from crowd.workflow.workers import disputing
from tests.factories import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Project:
    """A project that serves gold."""
    return make.project(make.user(), gold_rate=0.5)


def owner_of(project: Project) -> User:
    return project.memberships.get(role="owner").user


def meet(project: Project, worker: User, answers: dict[int, Any], times: int) -> None:
    """Have the worker answer so many gold tasks: with a cat, but where `answers` says otherwise."""
    for _ in range(times):
        [leased] = make.claim(project, worker, rng=make.AlwaysGold())
        submission.submit(assignment=leased, annotation=answers.get(leased.task_id, make.CAT), now=timezone.now())
        resolving.resolve(task_id=leased.task_id, now=timezone.now())


def contested(project: Project, *, said: list[dict[str, Any]], others: int = 6) -> tuple[Gold, list[User]]:
    """Gold about which workers with a spotless record elsewhere say this."""
    planted = [make.golden(project) for _ in range(others + 1)]
    make.images(project, others + 2)
    crew = [make.member(project) for _ in said]
    for worker, answer in zip(crew, said, strict=True):
        meet(project, worker, {planted[0].task_id: answer}, others + 1)
    return planted[0], crew


def sound() -> bool:
    return [one for one in integrity.run() if one.offenders] == []


def test_gold_that_the_trusted_answer_alike_but_otherwise_is_suspected_and_costs_nobody(watched: Project) -> None:
    doubted, crew = contested(watched, said=[make.DOG] * 4)
    assert set(Standing.objects.values_list("gold_seen", "gold_passed")) == {(7, 6)}
    weighing.weigh(now=timezone.now())
    doubted.refresh_from_db()
    assert doubted.suspicion is not None
    assert {name: doubted.suspicion[name] for name in ("annotation", "gave", "of")} == {
        "annotation": make.DOG,
        "gave": 4,
        "of": 4,
    }
    assert Gold.objects.filter(suspected_at__isnull=False).count() == 1
    assert set(Standing.objects.filter(worker__in=crew).values_list("gold_seen", "gold_passed")) == {(6, 6)}
    told = Event.objects.get(type="gold.suspected")
    assert (told.data["gold"], told.data["gave"], told.actor) == (doubted.pk, 4, None)
    weighing.weigh(now=timezone.now())
    assert Event.objects.filter(type="gold.suspected").count() == 1
    assert sound()


def test_gold_that_the_trusted_answer_in_different_ways_is_only_hard(watched: Project) -> None:
    contested(watched, said=[make.DOG, make.FOX, make.DOG, make.CAT])
    weighing.weigh(now=timezone.now())
    assert not Gold.objects.filter(suspected_at__isnull=False).exists()


def test_workers_without_a_record_raise_no_suspicion(watched: Project) -> None:
    contested(watched, said=[make.DOG] * 6, others=1)
    weighing.weigh(now=timezone.now())
    assert not Gold.objects.filter(suspected_at__isnull=False).exists()


def test_gold_that_the_owner_confirms_counts_again_and_stays_unsuspected(watched: Project) -> None:
    doubted, _ = contested(watched, said=[make.DOG] * 4)
    weighing.weigh(now=timezone.now())
    weighing.confirm(gold=doubted, by=owner_of(watched), now=timezone.now())
    assert set(Standing.objects.values_list("gold_seen", "gold_passed")) == {(7, 6)}
    weighing.weigh(now=timezone.now() + timedelta(minutes=1))
    doubted.refresh_from_db()
    assert (doubted.suspected_at, doubted.suspicion) == (None, None)
    assert Event.objects.filter(type="gold.confirmed").count() == 1
    assert sound()


def test_gold_corrected_to_what_they_gave_is_passed_by_all_of_them(watched: Project) -> None:
    doubted, _ = contested(watched, said=[make.DOG] * 4)
    weighing.weigh(now=timezone.now())
    gold.correct(gold=doubted, annotation=make.DOG, by=owner_of(watched), now=timezone.now())
    doubted.refresh_from_db()
    assert (doubted.suspected_at, doubted.category) == (None, "dog")
    assert set(Standing.objects.values_list("gold_seen", "gold_passed")) == {(7, 7)}
    assert sound()


def test_a_worker_paused_by_wrong_gold_goes_on_when_it_is_withdrawn(watched: Project) -> None:
    wrong = [make.golden(watched, make.DOG) for _ in range(5)]
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, {}, 5)
    assert Standing.objects.get(worker=worker).status == "paused"
    for one in wrong:
        gold.withdraw(gold=one, by=owner_of(watched), now=timezone.now())
    row = Standing.objects.get(worker=worker)
    assert (row.status, row.gold_seen, row.reason) == ("active", 0, "")
    assert Event.objects.filter(type="worker.resumed", data__worker=worker.username, actor=None).count() == 1


def test_a_worker_paused_by_wrong_gold_goes_on_when_it_is_corrected(watched: Project) -> None:
    wrong = [make.golden(watched, make.DOG) for _ in range(5)]
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, {}, 5)
    for one in wrong:
        gold.correct(gold=one, annotation=make.CAT, by=owner_of(watched), now=timezone.now())
    row = Standing.objects.get(worker=worker)
    assert (row.status, row.gold_seen, row.gold_passed) == ("active", 5, 5)


def test_gold_tells_how_hard_it_is_by_those_who_can_be_relied_on(watched: Project) -> None:
    first, _ = contested(watched, said=[make.CAT] * 3)
    careless = make.member(watched)
    meet(watched, careless, dict.fromkeys(Gold.objects.values_list("task_id", flat=True), make.FOX), 4)
    rows = queries.weighed(Gold.objects.filter(project=watched), project=watched)
    met = [row for row in rows if row.seen == 4]
    assert len(met) == 4
    assert {(row.passed, row.trusted_seen, row.trusted_passed) for row in met} == {(3, 3, 3)}
    found = queries.figures(met[0])
    assert (found.pass_rate, found.difficulty, found.word) == (0.75, 0.125, "easy")
    unmet = queries.weighed(Gold.objects.filter(pk=make.golden(watched).pk), project=watched)[0]
    assert (queries.figures(unmet).pass_rate, queries.figures(unmet).word) == (None, "")
    assert first.project == watched


def test_any_answer_can_be_disputed_once_and_nothing_tells_whether_it_was_gold(watched: Project) -> None:
    make.golden(watched)
    make.images(watched, 2)
    worker = make.member(watched)
    hidden = make.answer(watched, worker, make.DOG, rng=make.AlwaysGold())
    plain = make.answer(watched, worker, make.DOG)
    for one in (hidden, plain):
        made = disputing.dispute(assignment=one, text=" It is a dog. ", now=timezone.now())
        assert disputing.dispute(assignment=one, text="It is a dog.", now=timezone.now()) == made
        with pytest.raises(Contradiction, match="already"):
            disputing.dispute(assignment=one, text="Really.", now=timezone.now())
    assert Event.objects.filter(type="assignment.disputed").count() == 2
    assert [one.assignment_id for one in queries.disputes(watched)] == [hidden.pk]
    [held] = make.claim(watched, worker)
    with pytest.raises(Contradiction, match="not answered"):
        disputing.dispute(assignment=held, text="Odd.", now=timezone.now())
    with pytest.raises(Invalid):
        disputing.dispute(assignment=hidden, text="  ", now=timezone.now())


def disputed(project: Project) -> tuple[Gold, Dispute]:
    """Gold with a worker's dispute about it."""
    planted = make.golden(project)
    make.images(project, 1)
    answered = make.answer(project, make.member(project), make.DOG, rng=make.AlwaysGold())
    resolving.resolve(task_id=planted.task_id, now=timezone.now())
    return planted, disputing.dispute(assignment=answered, text="It barks.", now=timezone.now())


def test_a_dispute_is_rejected_with_a_reason(watched: Project) -> None:
    _, dispute = disputed(watched)
    with pytest.raises(Invalid):
        disputing.reject(dispute=dispute, by=owner_of(watched), now=timezone.now(), reason=" ")
    disputing.reject(dispute=dispute, by=owner_of(watched), now=timezone.now(), reason="Look at the whiskers.")
    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.reason) == ("rejected", "Look at the whiskers.")
    assert not queries.disputes(watched).exists()
    with pytest.raises(Contradiction):
        disputing.reject(dispute=dispute, by=owner_of(watched), now=timezone.now(), reason="Again.")


@pytest.mark.parametrize("how", ["correct", "withdraw"])
def test_a_dispute_is_upheld_where_the_gold_is_corrected_or_withdrawn(watched: Project, how: str) -> None:
    planted, dispute = disputed(watched)
    if how == "correct":
        gold.correct(gold=planted, annotation=make.DOG, by=owner_of(watched), now=timezone.now())
    else:
        gold.withdraw(gold=planted, by=owner_of(watched), now=timezone.now())
    dispute.refresh_from_db()
    assert (dispute.outcome, dispute.decided_by) == ("upheld", owner_of(watched))
    assert Event.objects.filter(type="dispute.decided", data__outcome="upheld").count() == 1


def agreed(project: Project, *scenes: dict[str, Any], dissent: dict[str, Any] | None = None) -> list[Task]:
    """Tasks that four workers labelled alike, the fourth as `dissent` says, resolved for certain."""
    project.overlap, project.max_overlap, project.confidence_target = 4, 4, 0.5
    project.save()
    tasks = [make.task(project) for _ in scenes]
    saying = {task.pk: scene for task, scene in zip(tasks, scenes, strict=True)}
    for number in range(4):
        worker = make.member(project)
        for leased in make.claim(project, worker, count=len(tasks)):
            said = dissent if dissent is not None and number == 3 else saying[leased.task_id]
            submission.submit(assignment=leased, annotation=said, now=timezone.now())
    fitting.refit(now=timezone.now())
    for task in tasks:
        resolving.resolve(task_id=task.pk, now=timezone.now())
        task.refresh_from_db()
    return tasks


def propose(project: Project, *, seed: int = 7) -> int:
    return proposing.propose(project=project, now=timezone.now(), rng=random.Random(seed))


def test_labels_that_nobody_doubts_are_proposed_once_the_rarest_class_first(
    watched: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make.golden(watched, make.CAT)
    tasks = agreed(watched, *[make.CAT] * 4, *[make.DOG] * 3, make.FOX)
    assert {task.state for task in tasks} == {"resolved"}
    assert min(task.consensus.confidence for task in tasks) >= proposing.SURE
    monkeypatch.setattr(proposing, "AT_ONCE", 4)
    assert propose(watched) == 4
    found = GoldProposal.objects.order_by("category").values_list("category", "answers")
    assert list(found) == [("dog", 4), ("dog", 4), ("dog", 4), ("fox", 4)]
    assert propose(watched) == 0


def test_a_label_that_one_active_worker_doubts_is_not_proposed(watched: Project) -> None:
    [task] = agreed(watched, make.CAT, dissent=make.DOG)
    Project.objects.filter(pk=watched.pk).update(gold_rate=0.1)
    assert (task.state, propose(watched)) == ("resolved", 0)


def test_labels_that_somebody_doubts_hide_no_others_for_good(watched: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    agreed(watched, make.CAT, make.CAT, dissent=make.DOG)
    [sure] = agreed(watched, make.FOX)
    Task.objects.exclude(pk=sure.pk).update(shuffle=0.25)
    Task.objects.filter(pk=sure.pk).update(shuffle=0.75)
    monkeypatch.setattr(proposing, "LOOKED_AT", 2)
    assert sum(propose(watched, seed=seed) for seed in range(8)) == 1
    assert GoldProposal.objects.get().task == sure


def test_an_approved_proposal_is_gold_that_does_not_measure_those_it_came_from(watched: Project) -> None:
    [task] = agreed(watched, make.CAT)
    propose(watched)
    planted = proposing.approve(proposal=GoldProposal.objects.get(), by=owner_of(watched), now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    assert (planted.task_id, planted.annotation["classifications"], planted.source) == (
        task.pk,
        make.CAT["classifications"],
        "consensus",
    )
    assert GoldCheck.objects.count() == 0
    make.images(watched, 1)
    later = make.member(watched)
    meet(watched, later, {}, 1)
    assert Standing.objects.get(worker=later).gold_passed == 1
    with pytest.raises(Contradiction):
        proposing.approve(proposal=GoldProposal.objects.get(), by=owner_of(watched), now=timezone.now())
    assert sound()


def test_a_rejected_proposal_is_not_made_again(watched: Project) -> None:
    agreed(watched, make.CAT)
    propose(watched)
    proposing.reject(proposal=GoldProposal.objects.get(), by=owner_of(watched), now=timezone.now())
    assert propose(watched) == 0
    assert GoldProposal.objects.get().state == "rejected"


def test_a_proposal_lapses_when_its_label_goes(watched: Project) -> None:
    from crowd.workflow.conflicts import adjudication

    [task] = agreed(watched, make.CAT)
    propose(watched)
    adjudication.adjudicate(task=task, by=owner_of(watched), annotation=make.DOG, now=timezone.now())
    with pytest.raises(Contradiction, match="changed"):
        proposing.approve(proposal=GoldProposal.objects.get(), by=owner_of(watched), now=timezone.now())
    propose(watched)
    assert GoldProposal.objects.get().state == "lapsed"


def test_the_owner_is_warned_once_when_somebody_has_seen_all_gold_and_work_goes_on(watched: Project) -> None:
    for _ in range(5):
        make.golden(watched)
    make.images(watched, 9)
    worker = make.member(watched)
    meet(watched, worker, {}, 3)
    watching.watch(now=timezone.now(), rng=random.Random(7))
    assert not Event.objects.filter(type="gold.exhausted").exists()
    meet(watched, worker, {}, 2)
    for _ in range(2):
        watching.watch(now=timezone.now(), rng=random.Random(7))
    told = Event.objects.get(type="gold.exhausted")
    assert told.data == {"gold": 5, "spent": [worker.username], "nearly": []}
    assert Gold.objects.filter(task=make.claim(watched, worker, rng=make.AlwaysGold())[0].task).count() == 0
    for _ in range(3):
        make.golden(watched)
    watching.watch(now=timezone.now(), rng=random.Random(7))
    watched.refresh_from_db()
    assert watched.gold_spent_at is None


def test_gold_is_proposed_in_the_projects_after_one_on_which_that_fails(
    watched: Project, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make.project(make.user(), gold_rate=0.5)
    [spoiled], [sure] = agreed(broken, make.CAT), agreed(watched, make.CAT)
    foreign = make.project(make.user()).guidelines.get()
    unreadable = Consensus.objects.create(
        task=spoiled,
        annotation=make.CAT,
        confidence=1.0,
        method="majority",
        guideline=foreign,
        resolves=True,
        created_at=timezone.now(),
    )
    Task.objects.filter(pk=spoiled.pk).update(consensus=unreadable)
    watching.watch(now=timezone.now(), rng=random.Random(7))
    assert GoldProposal.objects.get().task == sure
    assert f"project {broken.pk} could" in caplog.text


def test_gold_met_by_a_worker_cannot_be_moved_into_the_exam(watched: Project) -> None:
    planted = make.golden(watched)
    make.images(watched, 1)
    make.claim(watched, make.member(watched), rng=make.AlwaysGold())
    assert Assignment.objects.filter(task=planted.task_id).exists()
    with pytest.raises(Contradiction, match="met this image"):
        gold.correct(gold=planted, use="exam", by=owner_of(watched), now=timezone.now())
    spare = make.golden(watched)
    assert gold.correct(gold=spare, use="exam", by=owner_of(watched), now=timezone.now()).exam
