"""Samples of settled images by the API: drawn, looked at, and what they say of the rest."""

import json

import pytest
from django.utils import timezone

from crowd.models import Conflict, Project
from crowd.queries import error_rates, integrity
from crowd.sampling import reviews
from crowd.workflow.conflicts import samples
from crowd.workflow.tasks import actions
from tests.api.desk import Desk, set_rate, settle
from tests.api.world import V1
from tests.factories import make


def test_a_sample_of_what_is_settled_is_looked_at_while_its_label_is_out(desk: Desk) -> None:
    set_rate(desk, 1.0)
    right, wrong = settle(desk), settle(desk)
    assert [(one["kind"], one["aside"], one["task"]) for one in desk.open()] == [
        ("sample", True, right.pk), ("sample", True, wrong.pk),
    ]  # fmt: skip
    client = desk.api(desk.reviewers[0])
    assert client.get(f"{V1}tasks/{wrong.pk}/").json()["state"] == "resolved"
    assert {one["task"] for one in client.get(desk.base + "labels/").json()["results"]} == {right.pk, wrong.pk}
    desk.post(desk.reviewers[0], f"{V1}tasks/{right.pk}/adjudicate/", {"accept": "consensus"})
    desk.post(desk.reviewers[0], f"{V1}tasks/{wrong.pk}/adjudicate/", {"annotation": make.DOG})
    assert desk.open() == []
    assert list(Conflict.objects.order_by("task").values_list("wrong", "outcome")) == [
        (False, "consensus"), (True, "annotation"),
    ]  # fmt: skip
    told = desk.api(desk.owner).get(desk.base + "stats/").json()["quality"]
    assert (told["error_rate"], told["interval"], told["reviewed"], told["drawn"]) == (0.5, [0.5, 0.5], 2, 2)
    assert told["classes"] == [{"class": "cat", "error_rate": 0.5, "interval": [0.5, 0.5], "reviewed": 2}]
    assert [one.offenders for one in integrity.run() if one.offenders] == []


def test_a_release_says_how_much_of_it_is_wrong_as_was_known_when_it_was_cut(desk: Desk) -> None:
    set_rate(desk, 1.0)
    first, second = settle(desk), settle(desk)
    desk.post(desk.reviewers[0], f"{V1}tasks/{first.pk}/adjudicate/", {"accept": "consensus"})
    manifests = []
    for number in (1, 2):
        desk.post(desk.owner, "releases/", {})
        address = desk.api(desk.owner).get(desk.base + f"releases/{number}/files/manifest/")["Location"]
        manifests.append(json.loads(b"".join(desk.api(desk.owner).get(address).streaming_content))["quality"])
        desk.post(desk.reviewers[0], f"{V1}tasks/{second.pk}/adjudicate/", {"annotation": make.DOG})
    assert [(one["error_rate"], one["reviewed"]) for one in manifests] == [(0.0, 1), (0.5, 2)]
    assert manifests[1]["interval"] == [0.5, 0.5]
    released = desk.project.releases.get(number=1)
    assert error_rates.for_manifest(desk.project, at=released.created_at) == manifests[0]


def test_nothing_is_drawn_before_a_sample_is_one_image_and_then_from_all_of_them(desk: Desk) -> None:
    set_rate(desk, 0.34)
    tasks = [settle(desk) for _ in range(2)]
    desk.project.refresh_from_db()
    assert (desk.open(), desk.project.sampled_since) == ([], None)
    tasks.append(settle(desk))
    desk.project.refresh_from_db()
    assert desk.project.sampled_whole
    chances = {
        task.pk: reviews.chance(
            0.34, confidence=task.consensus.confidence, target=desk.project.confidence_target, of_class=0, of_worker=0
        )
        for task in tasks
    }
    drawn = {one["task"] for one in desk.open(kind="sample")}
    assert drawn == {pk for pk, chance in chances.items() if reviews.lot(desk.project.review_seed, pk) < chance}
    assert {row.task_id: row.probability for row in Conflict.objects.all()} == {pk: chances[pk] for pk in drawn}


def test_what_was_settled_before_is_drawn_from_in_turns_that_go_on_where_the_last_one_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rate(desk, 0.0)
    tasks = [settle(desk) for _ in range(3)]
    Project.objects.update(review_rate=1.0)
    monkeypatch.setattr(samples, "LOOKED", 1)
    for n in range(1, 4):
        samples.begin(project_id=desk.project.pk, now=timezone.now(), turn=0)
        assert sorted(one["task"] for one in desk.open()) == [task.pk for task in tasks[:n]]
        desk.project.refresh_from_db()
        assert not desk.project.sampled_whole
    samples.begin_all()
    desk.project.refresh_from_db()
    assert desk.project.sampled_whole
    assert len(desk.open()) == 3


def test_a_sample_goes_when_its_label_does(desk: Desk) -> None:
    set_rate(desk, 1.0)
    task = settle(desk)
    assert desk.post(desk.reviewers[0], f"{V1}tasks/{task.pk}/reopen/", {"reason": "A wolf."}).status_code == 200
    row = Conflict.objects.get(kind="sample")
    assert (row.outcome, row.wrong) == ("reopened", None)
    assert desk.api(desk.owner).get(desk.base + "stats/").json()["quality"]["drawn"] == 0


def test_a_sample_made_gold_has_not_been_looked_at(desk: Desk) -> None:
    set_rate(desk, 1.0)
    crowds, owners, ruled = settle(desk), settle(desk), settle(desk)
    actions.make_gold(task=crowds, by=desk.owner, now=timezone.now())
    assert desk.post(desk.owner, "gold/", {"image": owners.image_id, "annotation": make.DOG}).status_code == 201
    path = f"{V1}tasks/{ruled.pk}/adjudicate/"
    assert desk.post(desk.owner, path, {"annotation": make.DOG, "gold": True}).status_code == 200
    rows = Conflict.objects.filter(cause="sample").order_by("task")
    assert list(rows.values_list("wrong", "outcome", "ruling__method")) == [
        (None, "gold", None), (None, "gold", "gold"), (True, "annotation", "adjudication"),
    ]  # fmt: skip


def test_samples_are_not_accepted_by_the_hundred(desk: Desk) -> None:
    set_rate(desk, 1.0)
    settle(desk)
    assert desk.post(desk.reviewers[0], "conflicts/accept/", {"min_confidence": 0.0}).json()["done"] == 0
    assert [one["kind"] for one in desk.open()] == ["sample"]
