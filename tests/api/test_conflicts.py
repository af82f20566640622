"""The reviewers' desk by the API: held by one at a time, handed on, sent back, settled many at once."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from crowd.models import Conflict, Task
from crowd.queries import integrity
from crowd.workflow.assignments import submission
from crowd.workflow.conflicts import reviewing
from crowd.workflow.projects import members
from crowd.workflow.workers import reporting
from tests.api.desk import Desk, settle
from tests.api.world import V1
from tests.factories import make
from tests.workflow.test_races import at_once


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
    for hours in ("%2B19:43", "-23:59", "Z"):  # beyond any zone of this earth, and what the database takes
        for year in ("0001-01-01", "2026-01-31", "9999-12-31"):
            assert client.get(desk.base + f"conflicts/?opened_before={year}T12:00:00{hours}").status_code == 200
    for query in ("order=best", "kind=odd", "severity_above=2", "opened_before=soon", "cursor=AAAA", "page_size=x"):
        assert client.get(desk.base + f"conflicts/?{query}").status_code == 400, query


def test_an_image_is_excluded_with_a_reason(desk: Desk) -> None:
    task = desk.disputed()
    answer = desk.api(desk.reviewers[0]).patch(
        f"{V1}tasks/{task.pk}/", {"state": "excluded", "reason": "It is a drawing."}
    )
    assert answer.json()["state"] == "excluded"
    row = Conflict.objects.get()
    assert (row.outcome, row.comment) == ("excluded", "It is a drawing.")
    assert desk.project.events.get(type="task.excluded").data["reason"] == "It is a drawing."


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
