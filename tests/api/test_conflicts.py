"""The reviewers' desk by the API: held by one at a time, handed on, sent back, settled many at once."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from crowd import consensus
from crowd.models import Conflict, Consensus, Project, Task, User
from crowd.queries import error_rates, integrity, reviewers, versions
from crowd.sampling import reviews
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import reviewing, samples
from crowd.workflow.consensus import fitting, learning, resolving
from crowd.workflow.projects import members
from crowd.workflow.tasks import bulk
from crowd.workflow.workers import reporting
from tests.api.world import V1
from tests.factories import make
from tests.workflow.test_races import at_once

BOXLESS: dict[str, Any] = {"classifications": make.SCHEMA["classifications"], "objects": []}


@dataclass
class Desk:
    """A project with conflicts, its workers, and reviewers who call."""

    project: Project
    owner: User
    crew: list[User]
    reviewers: list[User]
    api: Callable[[User], APIClient]

    @property
    def base(self) -> str:
        return f"{V1}projects/{self.project.slug}/"

    def disputed(self) -> Task:
        """One more task on which three answers disagree."""
        task = make.task(self.project)
        for worker, scene in zip(self.crew, (make.CAT, make.DOG, make.FOX), strict=True):
            [leased] = make.claim(self.project, worker)
            submission.submit(assignment=leased, annotation=scene, now=timezone.now())
        resolving.resolve(task_id=task.pk, now=timezone.now())
        return Task.objects.get(pk=task.pk)

    def open(self, **query: Any) -> list[dict[str, Any]]:
        return self.api(self.reviewers[0]).get(self.base + "conflicts/", query).json()["results"]

    def post(self, who: User, path: str, body: object = None) -> Any:
        return self.api(who).post(path if path.startswith("/") else self.base + path, body or {})


@pytest.fixture
def desk(settled: None, api: Callable[[User], APIClient]) -> Desk:
    owner = make.user("owner")
    project = make.project(owner, schema=BOXLESS, max_overlap=3)
    crew = [make.member(project) for _ in range(3)]
    return Desk(project, owner, crew, [make.member(project, "reviewer") for _ in range(2)], api)


def test_a_conflict_says_what_it_is_about_and_how_much_a_ruling_is_worth(desk: Desk) -> None:
    task = desk.disputed()
    [found] = desk.open()
    assert (found["task"], found["kind"], found["cause"], found["aside"]) == (
        task.pk, "class_disagreement", "class_disagreement", False,
    )  # fmt: skip
    assert (found["severity"], found["labels"]) == (1.0, ["cat", "dog", "fox"])
    assert found["gain"] == pytest.approx(1.0 - found["confidence"])
    assert set(found["answers"]) == {str(one.pk) for one in task.assignments.all()}


def test_two_reviewers_are_never_given_the_same_conflict(desk: Desk) -> None:
    for _ in range(8):
        desk.disputed()
    many = [make.member(desk.project, "reviewer") for _ in range(8)]
    given = at_once([lambda who=who: desk.post(who, "conflicts/next/", {"count": 2}) for who in many])
    ids = [one["id"] for answer in given if answer.status_code == 201 for one in answer.json()["results"]]
    assert len(ids) == len(set(ids)) == 8
    assert desk.post(make.member(desk.project, "reviewer"), "conflicts/next/").status_code == 204
    assert {one["assignee"] for one in desk.open()} <= {who.username for who in many}


def test_what_somebody_holds_is_settled_by_nobody_else_until_the_lease_ran_out(desk: Desk) -> None:
    task, (ann, ben) = desk.disputed(), desk.reviewers
    [held] = desk.post(ann, "conflicts/next/", {"kind": "class_disagreement"}).json()["results"]
    assert (held["task"], held["assignee"]) == (task.pk, ann.username)
    ruling = {"accept": "consensus"}
    for path, body in ((f"{V1}tasks/{task.pk}/adjudicate/", ruling), (f"{V1}conflicts/{held['id']}/take/", None)):
        refused = desk.post(ben, path, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "held")
        assert ann.username in refused.json()["detail"]
    Conflict.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert desk.post(ben, f"{V1}tasks/{task.pk}/adjudicate/", ruling).status_code == 200
    [row] = Conflict.objects.all()
    assert (row.closed_by, row.outcome, row.assignee, row.ruling.by) == (ben, "consensus", None, ben)


def test_a_sweep_frees_what_was_held_too_long_and_says_so(desk: Desk) -> None:
    desk.disputed()
    [held] = desk.post(desk.reviewers[0], "conflicts/next/").json()["results"]
    assert reviewing.expire(now=timezone.now()) == 0
    assert reviewing.expire(now=timezone.now() + timedelta(seconds=desk.project.lease_seconds + 1)) == 1
    story = desk.api(desk.reviewers[1]).get(f"{V1}conflicts/{held['id']}/").json()
    assert story["assignee"] is None
    assert [one["type"] for one in story["history"]] == ["task.conflict", "conflict.taken", "conflict.expired"]


def test_what_is_given_back_is_for_others_and_an_owner_may_take_it_away(desk: Desk) -> None:
    desk.disputed()
    ann, ben = desk.reviewers
    [held] = desk.post(ann, "conflicts/next/").json()["results"]
    path = f"{V1}conflicts/{held['id']}/"
    assert desk.post(ben, path + "release/").json()["code"] == "held"
    assert desk.post(desk.owner, path + "release/").json()["assignee"] is None
    assert desk.post(ben, path + "take/").json()["assignee"] == ben.username
    assert desk.post(ben, path + "release/").json()["assignee"] is None


def test_what_was_settled_meanwhile_can_still_be_given_back(desk: Desk) -> None:
    task, ann = desk.disputed(), desk.reviewers[0]
    [held] = desk.post(ann, "conflicts/next/").json()["results"]
    assert desk.post(ann, f"{V1}tasks/{task.pk}/adjudicate/", {"accept": "consensus"}).status_code == 200
    given_back = desk.post(ann, f"{V1}conflicts/{held['id']}/release/")
    assert (given_back.status_code, given_back.json()["assignee"]) == (200, None)


def test_an_escalated_conflict_is_for_experts_only(desk: Desk) -> None:
    task, (ann, ben) = desk.disputed(), desk.reviewers
    [held] = desk.post(ann, "conflicts/next/").json()["results"]
    path = f"{V1}conflicts/{held['id']}/"
    assert desk.post(ann, path + "escalate/").status_code == 400
    told = desk.post(ann, path + "escalate/", {"reason": "Is it a dingo?"}).json()
    assert (told["kind"], told["cause"], told["assignee"], told["escalated_by"], told["reason"]) == (
        "escalated", "class_disagreement", None, ann.username, "Is it a dingo?",
    )  # fmt: skip
    assert desk.post(ben, "conflicts/next/").status_code == 204
    assert desk.post(ben, path + "take/").json()["code"] == "expert_required"
    ruling = f"{V1}tasks/{task.pk}/adjudicate/"
    assert desk.post(ben, ruling, {"annotation": make.DOG}).status_code == 403
    members.set_expert(project=desk.project, username=ben.username, expert=True, by=desk.owner, now=timezone.now())
    assert desk.post(ben, "conflicts/next/").json()["results"][0]["id"] == held["id"]
    assert desk.post(ben, ruling, {"annotation": make.DOG}).status_code == 200


def test_a_worker_can_be_no_expert(desk: Desk) -> None:
    body = {"username": desk.crew[0].username, "role": "worker", "expert": True}
    assert desk.post(desk.owner, "members/", body).json()["code"] == "not_a_reviewer"
    body = {"username": desk.reviewers[0].username, "role": "reviewer", "expert": True}
    assert desk.post(desk.owner, "members/", body).json()["expert"] is True


def test_reviewers_talk_about_a_conflict(desk: Desk) -> None:
    desk.disputed()
    [found] = desk.open()
    path = f"{V1}conflicts/{found['id']}/comments/"
    assert desk.post(desk.reviewers[0], path, {"text": " "}).status_code == 400
    for who in (0, 0, 1):
        assert desk.post(desk.reviewers[who], path, {"text": "The tail!"}).status_code == 201
    said = desk.api(desk.owner).get(path).json()["results"]
    assert [(one["by"], one["text"]) for one in said] == [(desk.reviewers[who].username, "The tail!") for who in (0, 1)]


def test_a_conflict_sent_back_is_asked_of_others_and_comes_back_only_for_a_reason(desk: Desk) -> None:
    task, ann = desk.disputed(), desk.reviewers[0]
    path = f"{V1}tasks/{task.pk}/ask/"
    assert desk.post(ann, path, {"reason": "Nobody looked at the tail."}).json()["code"] == "nobody_left"
    fresh = [make.member(desk.project) for _ in range(2)]
    asked = desk.post(ann, path, {"answers": 2, "reason": "Nobody looked at the tail."}).json()
    assert (asked["state"], asked["overlap"], desk.open()) == ("open", 5, [])
    assert Conflict.objects.get().outcome == "asked"
    for worker in fresh:
        [leased] = make.claim(desk.project, worker)
        submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now())
    assert [one.offenders for one in integrity.run() if one.offenders] == []


def test_many_are_accepted_at_once_and_what_is_refused_says_why(desk: Desk) -> None:
    tasks = [desk.disputed() for _ in range(3)]
    held = Conflict.objects.get(task=tasks[1])
    desk.post(desk.reviewers[1], f"{V1}conflicts/{held.pk}/take/")
    body = {"kind": "class_disagreement", "min_confidence": 0.0, "comment": "Seen in passing."}
    first = desk.post(desk.reviewers[0], "conflicts/accept/", body).json()
    assert (first["state"], first["done"], first["refused"]) == ("done", 2, 1)
    assert [(one["task"], one["code"]) for one in first["faults"]] == [(tasks[1].pk, "held")]
    again = desk.post(desk.reviewers[0], "conflicts/accept/", body).json()
    assert (again["done"], again["unchanged"], again["refused"]) == (0, 0, 1)
    ruling = Task.objects.get(pk=tasks[0].pk).consensus
    assert (ruling.by, ruling.method, ruling.comment) == (desk.reviewers[0], "adjudication", "Seen in passing.")
    nothing = desk.post(desk.reviewers[0], "conflicts/accept/", {"min_confidence": 1.0}).json()
    assert (nothing["state"], nothing["done"], nothing["refused"]) == ("done", 0, 0)


def test_the_list_is_filtered_ordered_and_paged(desk: Desk) -> None:
    tasks = [desk.disputed() for _ in range(5)]
    for place, task in enumerate(tasks):
        Conflict.objects.filter(task=task).update(severity=(0.5, 0.9, 0.5, 0.1, 0.9)[place])
    Conflict.objects.filter(task=tasks[0]).update(kind="existence", cause="existence", labels=["car"])

    def found(**query: Any) -> list[int]:
        return [tasks.index(Task(pk=one["task"])) for one in desk.open(**query)]

    assert found() == [0, 1, 2, 3, 4]
    assert found(order="severity") == [1, 4, 0, 2, 3]
    assert (found(kind="existence"), found(**{"class": "car"}), found(**{"class": "dog"})) == ([0], [0], [1, 2, 3, 4])
    assert found(severity_above=0.5) == [1, 4]
    assert (found(worker=desk.crew[0].username), found(worker="nobody-here")) == ([0, 1, 2, 3, 4], [])
    assert (found(assignee="nobody"), found(assignee="me")) == ([0, 1, 2, 3, 4], [])
    client, walked = desk.api(desk.reviewers[0]), []
    address = desk.base + "conflicts/?order=severity&page_size=2"
    while address:
        page = client.get(address).json()
        walked += [tasks.index(Task(pk=one["task"])) for one in page["results"]]
        address = page["next"]
    assert walked == [1, 4, 0, 2, 3]
    for query in ("order=best", "kind=odd", "severity_above=2", "opened_before=soon", "cursor=AAAA", "page_size=x"):
        assert client.get(desk.base + f"conflicts/?{query}").status_code == 400, query


def test_a_ruling_and_a_late_answer_cross_and_both_are_kept(desk: Desk) -> None:
    task = desk.disputed()
    Task.objects.filter(pk=task.pk).update(overlap=4, open_slots=1, state="open")
    [leased] = make.claim(desk.project, make.member(desk.project))
    assert leased.task_id == task.pk
    Task.objects.filter(pk=task.pk).update(state="conflict")
    ruled, handed = at_once(
        [
            lambda: desk.post(desk.reviewers[0], f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.DOG}),
            lambda: submission.submit(assignment=leased, annotation=make.CAT, now=timezone.now()),
        ]
    )
    assert (ruled.status_code, handed.assignment.state) == (200, "submitted")
    resolving.resolve(task_id=task.pk, now=timezone.now())
    task.refresh_from_db()
    assert (task.state, task.labels, task.consensus.annotation) == ("resolved", 4, make.DOG)
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_only_a_reviewer_with_a_reason_opens_a_ruling_again(desk: Desk) -> None:
    task, ann = desk.disputed(), desk.reviewers[0]
    path = f"{V1}tasks/{task.pk}/"
    assert desk.post(ann, path + "adjudicate/", {"annotation": make.DOG}).status_code == 200
    assert desk.post(desk.reviewers[1], path + "adjudicate/", {"annotation": make.CAT}).status_code == 409
    assert desk.post(ann, path + "ask/", {"reason": "More."}).json()["code"] == "already_adjudicated"
    assert desk.post(ann, path + "reopen/", {"reason": ""}).status_code == 400
    assert desk.post(ann, path + "reopen/", {"reason": "It is a fox."}).json()["state"] == "conflict"
    assert Consensus.objects.filter(task=task, method="adjudication").count() == 1


def test_an_image_is_excluded_with_a_reason(desk: Desk) -> None:
    task = desk.disputed()
    answer = desk.api(desk.reviewers[0]).patch(
        f"{V1}tasks/{task.pk}/", {"state": "excluded", "reason": "It is a drawing."}
    )
    assert answer.json()["state"] == "excluded"
    row = Conflict.objects.get()
    assert (row.outcome, row.comment) == ("excluded", "It is a drawing.")
    assert desk.project.events.get(type="task.excluded").data["reason"] == "It is a drawing."


def settle(desk: Desk, scene: dict[str, Any] = make.CAT) -> Task:
    """One more task on which three answers agree."""
    task = make.task(desk.project)
    for worker in desk.crew:
        [leased] = make.claim(desk.project, worker)
        submission.submit(assignment=leased, annotation=scene, now=timezone.now())
    resolving.resolve(task_id=task.pk, now=timezone.now())
    return Task.objects.get(pk=task.pk)


def set_rate(desk: Desk, rate: float) -> None:
    desk.api(desk.owner).patch(desk.base, {"review_rate": rate})


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


def test_what_workers_report_is_looked_at_until_it_is_answered(desk: Desk) -> None:
    task = settle(desk)
    mine = task.assignments.get(worker=desk.crew[0])
    for text in ("It is a drawing.", "There is a face."):
        body = {"kind": "image", "comment": text}
        assert desk.post(desk.crew[0], f"{V1}assignments/{mine.pk}/report/", body).status_code == 201
    desk.post(desk.crew[0], f"{V1}assignments/{mine.pk}/report/", {"kind": "question", "comment": "Is it?"})
    [found] = desk.open()
    assert (found["kind"], found["reason"], found["answers"]) == ("reported", "There is a face.", [str(mine.pk)])
    reports = desk.api(desk.reviewers[0]).get(desk.base + "reports/").json()["results"]
    for number, report in enumerate(one for one in reports if one["kind"] == "image"):
        assert len(desk.open()) == 1, number
        desk.api(desk.reviewers[0]).patch(f"{V1}reports/{report['id']}/", {"answer": "Thank you."})
    assert desk.open() == []
    assert Conflict.objects.get().outcome == "answered"


def test_disputes_of_gold_are_the_owners_and_of_other_images_any_reviewers(desk: Desk) -> None:
    task = settle(desk)
    gold = make.golden(desk.project)
    make.task(desk.project)  # gold is hidden among others
    desk.api(desk.owner).patch(desk.base, {"gold_rate": 0.1})
    desk.project.refresh_from_db()
    [hidden] = make.claim(desk.project, make.member(desk.project), rng=make.AlwaysGold())
    assert hidden.task_id == gold.task_id
    submission.submit(assignment=hidden, annotation=make.DOG, now=timezone.now())
    for one in (hidden, task.assignments.get(worker=desk.crew[0])):
        assert desk.post(one.worker, f"{V1}assignments/{one.pk}/dispute/", {"text": "Look!"}).status_code == 200
    assert [one["kind"] for one in desk.open()] == ["reported"]
    seen = desk.api(desk.owner).get(desk.base + "conflicts/").json()["results"]
    assert {one["kind"] for one in seen} == {"reported", "disputed_gold"}
    given = desk.post(desk.reviewers[0], "conflicts/next/", {"count": 5}).json()["results"]
    assert [one["kind"] for one in given] == ["reported"]
    for dispute in desk.api(desk.owner).get(desk.base + "disputes/").json()["results"]:
        desk.post(desk.owner, f"disputes/{dispute['id']}/reject/", {"reason": "It is a cat."})
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_a_release_stays_when_its_label_is_reopened_and_the_next_one_says_why(desk: Desk) -> None:
    task, ann = desk.disputed(), desk.reviewers[0]
    desk.post(ann, f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.DOG})
    desk.post(desk.owner, "releases/", {})
    before = desk.api(desk.owner).get(desk.base + "releases/1/").json()
    desk.post(ann, f"{V1}tasks/{task.pk}/reopen/", {"reason": "It is a fox."})
    desk.post(ann, f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.FOX, "comment": "Red fur."})
    desk.post(desk.owner, "releases/", {})
    assert desk.api(desk.owner).get(desk.base + "releases/1/").json() == before
    changed = desk.api(desk.owner).get(desk.base + "releases/1/diff/2/").json()
    assert task.image.name in str(changed)
    told = list(desk.project.events.filter(type__startswith="task.re", data__task=task.pk).order_by("pk"))
    assert [one.data.get("reason") or one.data.get("comment") for one in told][-2:] == ["It is a fox.", "Red fur."]


def test_rulings_teach_what_workers_are_worth_as_gold_does(desk: Desk) -> None:
    good, bad = desk.crew[0], desk.crew[1]
    for _ in range(12):
        task = desk.disputed()
        desk.post(desk.reviewers[0], f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.CAT})
    fitting.refit(project_id=desk.project.pk, now=timezone.now() + timedelta(hours=1))
    weights = dict(desk.project.standings.values_list("worker", "weight"))
    assert weights[good.pk] > 0.85 > 0.3 > weights[bad.pk]
    fit = desk.project.fits.latest("pk")
    guideline = versions.current(desk.project)
    again = consensus.fit(
        list(learning.answers_of(desk.project, guideline)),
        schema=versions.schema_of(guideline),
        method=desk.project.consensus,
        gold=dict(learning.gold_of(desk.project, guideline)),
        iou_threshold=desk.project.iou_threshold,
    )
    assert again.to_json() == fit.parameters


def test_what_was_accepted_by_the_hundred_teaches_nothing(desk: Desk) -> None:
    desk.disputed()
    desk.post(desk.reviewers[0], "conflicts/accept/", {"min_confidence": 0.0})
    guideline = versions.current(desk.project)
    assert Consensus.objects.filter(method="adjudication").count() == 1
    assert list(learning.gold_of(desk.project, guideline)) == []


def test_a_share_of_the_rulings_is_given_once_more_by_somebody_who_is_not_shown_the_first(desk: Desk) -> None:
    desk.api(desk.owner).patch(desk.base, {"second_review_rate": 1.0})
    ann, ben = desk.reviewers
    same, other = desk.disputed(), desk.disputed()
    for task in (same, other):
        assert desk.post(ann, f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.DOG}).status_code == 200
    waiting = desk.open()
    assert [one["kind"] for one in waiting] == ["second_review"] * 2
    check_kept_from(desk, ben, same, waiting[0]["id"])
    detail, listing = f"{V1}tasks/{same.pk}/", desk.base + "tasks/"
    for who in (ann, desk.owner):
        assert desk.api(who).get(detail).json()["consensus"]["by"] == ann.username
        assert all(one["consensus"] for one in desk.api(who).get(listing).json()["results"])
    assert desk.post(ann, "conflicts/next/").status_code == 204
    path = f"{V1}tasks/{same.pk}/adjudicate/"
    assert desk.post(ann, path, {"annotation": make.CAT}).json()["code"] == "own_ruling"
    assert desk.post(ben, path, {"annotation": make.DOG, "gold": True}).json()["code"] == "second_look"
    assert desk.post(ben, path, {"annotation": make.DOG}).json()["consensus"]["by"] == ann.username
    assert desk.post(ben, path, {"annotation": make.CAT}).json()["code"] == "already_adjudicated"

    differs = desk.post(ben, f"{V1}tasks/{other.pk}/adjudicate/", {"annotation": make.FOX}).json()
    assert differs["consensus"]["annotation"] == make.DOG  # until an expert has looked
    [found] = desk.open()
    assert (found["kind"], found["cause"], found["task"], found["aside"]) == (
        "escalated", "second_review", other.pk, True,
    )  # fmt: skip
    assert desk.post(ben, "conflicts/next/").status_code == 204
    settled = desk.post(desk.owner, f"{V1}tasks/{other.pk}/adjudicate/", {"annotation": make.FOX}).json()
    assert (settled["consensus"]["annotation"], desk.open()) == (make.FOX, [])
    told = desk.api(desk.owner).get(desk.base + "stats/").json()["reviewers"]
    assert (told["second_looks"], told["agreed"]) == (2, 0.5)
    assert told["interval"][0] < 0.5 < told["interval"][1]
    assert told["kappa"] == 0.0  # half of them alike, as by chance
    assert [one.offenders for one in integrity.run() if one.offenders] == []


def check_kept_from(desk: Desk, who: User, task: Task, second: int) -> None:
    """Whatever tells of a task tells nothing of the first ruling to whoever may give the second."""
    client, first = desk.api(who), Conflict.objects.get(task=task, cause="class_disagreement")
    assert client.get(f"{V1}tasks/{task.pk}/").json()["consensus"] is None
    assert {one["consensus"] for one in client.get(desk.base + "tasks/").json()["results"]} == {None}
    told = [client.get(f"{V1}conflicts/{pk}/").json() for pk in (first.pk, second)]
    told.append(desk.post(who, f"{V1}conflicts/{second}/take/").json())
    assert [[one["type"] for one in each["history"]] for each in told] == [["task.conflict"], [], ["conflict.taken"]]
    assert [(each["closed_by"], each["outcome"], each["comment"]) for each in told] == [(None, "", "")] * 3
    desk.post(who, f"{V1}conflicts/{second}/release/")


def test_a_ruling_opened_again_does_without_no_second_look(desk: Desk) -> None:
    desk.api(desk.owner).patch(desk.base, {"second_review_rate": 1.0})
    task, ann = desk.disputed(), desk.reviewers[0]
    path = f"{V1}tasks/{task.pk}/"
    desk.post(ann, path + "adjudicate/", {"annotation": make.DOG})
    assert desk.post(ann, path + "reopen/", {"reason": "A fox."}).status_code == 200
    desk.post(ann, path + "adjudicate/", {"annotation": make.FOX})
    assert [(one["kind"], one["task"]) for one in desk.open()] == [("second_review", task.pk)]
    assert Conflict.objects.filter(cause="second_review").count() == 2


def test_what_is_anothers_or_the_experts_is_neither_reopened_nor_excluded(desk: Desk) -> None:
    task, (ann, ben) = desk.disputed(), desk.reviewers
    path = f"{V1}tasks/{task.pk}/"
    [held] = desk.post(ann, "conflicts/next/").json()["results"]

    def refused() -> list[str]:
        again = desk.post(ben, path + "reopen/", {"reason": "Look again."})
        away = desk.api(ben).patch(path, {"state": "excluded"})
        return [again.json()["code"], away.json()["code"]]

    assert refused() == ["held"] * 2
    desk.post(ann, f"{V1}conflicts/{held['id']}/escalate/", {"reason": "Is it a dingo?"})
    assert refused() == ["expert_required"] * 2
    assert Task.objects.get(pk=task.pk).state == "conflict"
    assert desk.api(desk.owner).patch(path, {"state": "excluded"}).status_code == 200


def test_a_sample_made_gold_has_not_been_looked_at(desk: Desk) -> None:
    set_rate(desk, 1.0)
    crowds, owners, ruled = settle(desk), settle(desk), settle(desk)
    bulk.make_gold(task=crowds, by=desk.owner, now=timezone.now())
    assert desk.post(desk.owner, "gold/", {"image": owners.image_id, "annotation": make.DOG}).status_code == 201
    path = f"{V1}tasks/{ruled.pk}/adjudicate/"
    assert desk.post(desk.owner, path, {"annotation": make.DOG, "gold": True}).status_code == 200
    rows = Conflict.objects.filter(cause="sample").order_by("task")
    assert list(rows.values_list("wrong", "outcome", "ruling__method")) == [
        (None, "gold", None), (None, "gold", "gold"), (True, "annotation", "adjudication"),
    ]  # fmt: skip


def test_what_is_reported_while_another_report_is_answered_waits_on(desk: Desk) -> None:
    task = settle(desk)
    mine, theirs = task.assignments.order_by("pk")[:2]
    first = reporting.report(assignment=mine, kind="image", comment="A drawing.", now=timezone.now())
    brought = threading.Event()

    def report() -> None:
        with transaction.atomic():
            reporting.report(assignment=theirs, kind="image", comment="A face.", now=timezone.now())
            brought.set()
            time.sleep(0.5)  # the answer is under way before this is there for all to see

    def answer() -> None:
        assert brought.wait(timeout=30)
        reporting.answer(report=first, answer="Thank you.", by=desk.owner, now=timezone.now())

    assert at_once([report, answer]) == [None, None]
    assert [one["kind"] for one in desk.open()] == ["reported"]


def test_a_second_look_is_asked_for_once(desk: Desk) -> None:
    desk.api(desk.owner).patch(desk.base, {"second_review_rate": 1.0})
    task, (ann, ben) = desk.disputed(), desk.reviewers
    path = f"{V1}tasks/{task.pk}/"
    desk.post(ann, path + "adjudicate/", {"annotation": make.DOG})
    desk.post(ben, path + "adjudicate/", {"accept": "consensus"})
    desk.post(ann, path + "reopen/", {"reason": "A fox."})
    desk.post(ann, path + "adjudicate/", {"annotation": make.FOX})
    assert Conflict.objects.filter(cause="second_review", kind="second_review").count() == 1


def test_a_ruling_becomes_an_example_of_the_draft_in_one_step(desk: Desk) -> None:
    task = desk.disputed()
    ruling = {"annotation": make.DOG, "example": {"label": "dog", "note": "Look at the tail."}}
    path = f"{V1}tasks/{task.pk}/adjudicate/"
    assert desk.post(desk.reviewers[0], path, ruling).json()["code"] == "role_required"
    assert desk.post(desk.owner, path, ruling).json()["code"] == "no_draft"
    desk.post(desk.owner, "guidelines/", {"body": "# Next", "schema": BOXLESS})
    assert Task.objects.get(pk=task.pk).state == "conflict"  # all or nothing
    assert desk.post(desk.owner, path, ruling).status_code == 200
    [made] = desk.api(desk.owner).get(desk.base + "guidelines/2/examples/").json()["results"]
    assert (made["label"], made["verdict"], made["note"], made["annotation"]) == (
        "dog", "right", "Look at the tail.", make.DOG,
    )  # fmt: skip


def test_classes_that_are_confused_again_and_again_are_told_to_the_owner(desk: Desk) -> None:
    for _ in range(5):
        task = desk.disputed()
        desk.post(desk.reviewers[0], f"{V1}tasks/{task.pk}/adjudicate/", {"annotation": make.CAT})
    assert [(one.first, one.second, one.times, one.of) for one in reviewers.confusions(desk.project)] == [
        ("cat", "dog", 5, 5), ("cat", "fox", 5, 5), ("dog", "fox", 5, 5),
    ]  # fmt: skip


def test_workers_are_told_why_their_answer_was_not_taken_and_not_of_which_image(desk: Desk) -> None:
    task = desk.disputed()
    path = f"{V1}tasks/{task.pk}/adjudicate/"
    refused = desk.post(desk.reviewers[0], path, {"annotation": make.DOG, "tell": True})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["comment"])
    ruling = {"annotation": make.DOG, "tell": True, "comment": "Dogs have longer tails."}
    assert desk.post(desk.reviewers[0], path, ruling).status_code == 200
    notes = [desk.api(who).get(desk.base + "me/").json()["notes"] for who in desk.crew]
    assert [[one["text"] for one in told] for told in notes] == [
        ["Dogs have longer tails."], [], ["Dogs have longer tails."],
    ]  # fmt: skip
    assert {key for told in notes for one in told for key in one} == {"text", "at"}


def test_samples_are_not_accepted_by_the_hundred(desk: Desk) -> None:
    set_rate(desk, 1.0)
    settle(desk)
    assert desk.post(desk.reviewers[0], "conflicts/accept/", {"min_confidence": 0.0}).json()["done"] == 0
    assert [one["kind"] for one in desk.open()] == ["sample"]
