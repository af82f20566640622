"""Gold as its owner manages it over HTTP: figures, suspicions, proposals, disputes, and the exam it is used in."""

import random
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import Assignment, Dispute, Gold, GoldCheck, Project, User
from crowd.workflow import gold
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import resolving
from crowd.workflow.gold import weighing
from crowd.workflow.upkeep import watching
from tests.api.world import V1, World, client
from tests.factories import make

FIGURES = {"mean_score", "pass_rate", "interval", "difficulty", "trusted", "suspected", "category", "source", "exam"}


def send(api: APIClient, path: str, body: object = None, *, expect: int = 200, verb: str = "post") -> Any:
    answer = getattr(api, verb)(path, body)
    assert answer.status_code == expect, answer.content
    return answer.json() if answer.content else None


def test_gold_is_planted_for_one_use_and_shown_with_its_figures(world: World) -> None:
    owner, [first, second] = world.as_("owner"), make.images(world.project, 2)
    made = send(owner, world.base + "gold/", {"image": first.pk, "annotation": make.DOG, "exam": True}, expect=201)
    assert (made["training"], made["exam"], made["category"], made["source"]) == (False, True, "dog", "owner")
    assert made.keys() >= FIGURES
    assert (made["pass_rate"], made["suspected"], made["trusted"]) == (None, None, {"seen": 0, "passed": 0})
    both = {"image": second.pk, "annotation": make.DOG, "exam": True, "training": True}
    refused = send(owner, world.base + "gold/", both, expect=400)
    assert list(refused["errors"]) == ["exam"]
    met = send(owner, f"{V1}gold/{world.gold.pk}/", verb="get")
    assert (met["seen"], met["passed"], met["pass_rate"]) == (1, 1, 1.0)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("exam", {"training": False}, "exam"),
        ("exam", {"exam": False}, "hidden"),
        ("hidden", {"training": True}, "training"),
        ("training", {"exam": True}, "exam"),
        ("training", {"explanation": "Look."}, "training"),
    ],
)
def test_the_use_of_gold_is_changed_by_what_is_said(world: World, before: str, change: dict, after: str) -> None:
    planted = make.golden(world.project, use=before)
    send(world.as_("owner"), f"{V1}gold/{planted.pk}/", change, verb="patch")
    planted.refresh_from_db()
    assert planted.use == after


def suspected(owner: User) -> tuple[Project, Gold]:
    """Gold that four trusted workers call a dog."""
    project = make.project(owner, gold_rate=0.5)
    planted = [make.golden(project) for _ in range(7)]
    make.images(project, 9)
    for _ in range(4):
        worker = make.member(project)
        for _ in planted:
            [leased] = make.claim(project, worker, rng=make.AlwaysGold())
            said = make.DOG if leased.task_id == planted[0].task_id else make.CAT
            submission.submit(assignment=leased, annotation=said, now=timezone.now())
            resolving.resolve(task_id=leased.task_id, now=timezone.now())
    weighing.weigh(now=timezone.now())
    return project, planted[0]


def test_the_owner_sees_what_trusted_workers_say_and_confirms_the_gold(owner: User) -> None:
    project, doubted = suspected(owner)
    api, address = client(owner), f"{V1}gold/{doubted.pk}/"
    shown = send(api, address, verb="get")
    assert (shown["suspected"]["annotation"], shown["suspected"]["gave"], shown["suspected"]["of"]) == (make.DOG, 4, 4)
    assert shown["trusted"] == {"seen": 4, "passed": 0}
    assert send(api, f"{V1}projects/{project.slug}/stats/", verb="get")["gold"]["suspected"] == 1
    assert set(project.standings.values_list("gold_seen", flat=True)) == {6}
    assert send(api, address + "confirm/")["suspected"] is None
    assert set(project.standings.values_list("gold_seen", flat=True)) == {7}


def test_a_proposal_is_listed_approved_once_and_gone(world: World) -> None:
    owner, base = world.as_("owner"), world.base + "gold/proposals/"
    [shown] = send(owner, base, verb="get")["results"]
    assert (shown["task"], shown["category"], shown["answers"]) == (world.agreed.pk, "cat", 3)
    assert shown["annotation"]["classifications"] == make.CAT["classifications"]
    made = send(owner, f"{base}{world.proposal.pk}/approve/", {"training": True}, expect=201)
    assert (made["task"], made["training"], made["source"]) == (world.agreed.pk, True, "consensus")
    assert send(owner, base, verb="get")["results"] == []
    assert send(owner, f"{base}{world.proposal.pk}/approve/", expect=409)["code"] == "already_decided"


def test_a_rejected_proposal_leaves_the_image_as_it_is(world: World) -> None:
    base = world.base + "gold/proposals/"
    send(world.as_("owner"), f"{base}{world.proposal.pk}/reject/", expect=204)
    assert not Gold.objects.filter(task=world.agreed).exists()
    assert send(world.as_("owner"), base, verb="get")["results"] == []


def test_a_dispute_is_answered_alike_whether_or_not_the_image_is_gold(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(gold_rate=0.5)
    hidden = make.golden(project)
    make.images(project, 2)
    worker = make.member(project)
    api, seen = client(worker), {}
    for rng in (make.AlwaysGold(), make.NeverGold()):
        done = make.answer(project, worker, make.DOG, rng=rng)
        address = f"{V1}assignments/{done.pk}/dispute/"
        told = send(api, address, {"text": "It barks."})
        again = send(api, address, {"text": "It barks."})
        refused = send(api, address, {"text": "Really!"}, expect=409)
        assert told == again
        shape = {key: type(value).__name__ for key, value in told.items()}
        seen[done.task_id == hidden.task_id] = (shape, refused)
    assert seen[True] == seen[False]


def test_a_dispute_needs_an_answer_of_ones_own(world: World) -> None:
    address = f"{V1}assignments/{world.held.pk}/dispute/"
    assert send(world.as_("worker"), address, {"text": "?"}, expect=409)["code"] == "not_submitted"
    send(world.as_("colleague"), address, {"text": "?"}, expect=404)


def test_the_owner_reads_disputes_and_rejects_one_with_a_reason(world: World) -> None:
    owner, base = world.as_("owner"), world.base + "disputes/"
    [shown] = send(owner, base, verb="get")["results"]
    assert (shown["gold"], shown["text"], shown["outcome"]) == (world.gold.pk, "It barks.", "")
    send(owner, f"{base}{world.dispute.pk}/reject/", {"reason": ""}, expect=400)
    done = send(owner, f"{base}{world.dispute.pk}/reject/", {"reason": "It purrs."})
    assert (done["outcome"], done["reason"]) == ("rejected", "It purrs.")


def test_corrected_gold_upholds_its_disputes(world: World) -> None:
    send(world.as_("owner"), f"{V1}gold/{world.gold.pk}/", {"annotation": make.DOG}, verb="patch")
    assert Dispute.objects.get(pk=world.dispute.pk).outcome == "upheld"
    assert not GoldCheck.objects.get(gold=world.gold).passed


def test_a_newcomer_sees_training_exam_and_result_in_their_record(owner: User) -> None:
    project = make.project(owner, training_tasks=1, exam_tasks=2, exam_pass_mark=1.0, exam_attempts=1)
    for use in ("training", "exam", "exam"):
        make.golden(project, use=use)
    make.images(project, 1)
    worker = make.member(project)
    api, base = client(worker), f"{V1}projects/{project.slug}/"

    def way() -> tuple[Any, ...]:
        told = send(api, base + "me/", verb="get")["qualification"]
        return told["stage"], told["attempt"], told["answered"], told["needed"], told["pass_mark"]

    def answer(said: dict[str, Any]) -> Any:
        [leased] = send(api, base + "assignments/", expect=201)["results"]
        return send(api, f"{V1}assignments/{leased['id']}/submit/", {"annotation": said})["feedback"]

    assert way() == ("training", 0, 0, 1, None)
    assert answer(make.CAT)["score"] == 1.0
    assert way() == ("exam", 1, 0, 2, 1.0)
    assert answer(make.CAT) is None
    assert way() == ("exam", 1, 1, 2, 1.0)
    assert answer(make.DOG) is None
    assert way() == ("failed", 1, 2, 2, 1.0)
    refused = send(api, base + "assignments/", expect=403)
    assert (refused["code"], refused["detail"]) == (
        "not_qualified",
        "1 of 2 exam images were right, and 100% are asked for.",
    )
    wrong = Gold.objects.get(checks__passed=False)
    gold.correct(gold=wrong, annotation=make.DOG, by=owner, now=timezone.now())
    assert way()[0] == "work"
    assert answer(make.CAT) is None


def test_the_owner_is_told_who_has_seen_all_hidden_gold(owner: User) -> None:
    project = make.project(owner, gold_rate=0.5)
    make.golden(project)
    make.images(project, 2)
    worker = make.member(project)
    make.answer(project, worker, rng=make.AlwaysGold())
    stats = f"{V1}projects/{project.slug}/stats/"
    assert send(client(owner), stats, verb="get")["gold"]["spent"] == []
    watching.watch(now=timezone.now(), rng=random.Random(7))
    told = send(client(owner), stats, verb="get")["gold"]
    assert (told["hidden"], told["spent"], told["nearly_spent"]) == (1, [worker.username], [])
    make.answer(project, worker, rng=make.AlwaysGold())
    assert Assignment.objects.valid().filter(worker=worker).count() == 2


def test_a_worker_reads_what_became_of_their_dispute_about_training(owner: User) -> None:
    project = make.project(owner, training_tasks=1)
    planted = make.golden(project, use="training")
    worker = make.member(project)
    done = make.answer(project, worker, make.DOG)
    api, base = client(worker), f"{V1}projects/{project.slug}/"
    send(api, f"{V1}assignments/{done.pk}/dispute/", {"text": "It barks."})
    [told] = send(api, base + "me/", verb="get")["training"]
    assert told["dispute"] == {"text": "It barks.", "outcome": "", "reason": ""}
    gold.correct(gold=planted, annotation=make.DOG, by=owner, now=timezone.now())
    [told] = send(api, base + "me/", verb="get")["training"]
    assert (told["score"], told["dispute"]["outcome"]) == (1.0, "upheld")
    api.force_login(worker)
    assert "You were right: The gold answer was corrected." in api.get(f"/projects/{project.slug}/").content.decode()
