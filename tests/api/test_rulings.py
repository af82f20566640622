"""Rulings by the API: final until opened again, told on, learnt from, and looked at a second time."""

from datetime import timedelta

from django.utils import timezone

from crowd import consensus
from crowd.models import Conflict, Consensus, Task, User
from crowd.queries import integrity, reviewers, versions
from crowd.workflow.assignments import submission
from crowd.workflow.consensus import fitting, learning, resolving
from tests.api.desk import BOXLESS, Desk
from tests.api.world import V1
from tests.factories import make
from tests.workflow.test_races import at_once


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
