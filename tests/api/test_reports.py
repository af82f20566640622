"""Questions and reports over HTTP, as a worker, an owner and a reviewer make and answer them."""

from typing import Any

import pytest

from crowd.models import Assignment
from crowd.queries import acknowledgements
from tests.api.world import V1, World
from tests.factories import make


def send(world: World, **body: Any) -> Any:
    body = {"kind": "image", "comment": "A face can be seen.", **body}
    return world.as_("worker").post(f"{V1}assignments/{world.held.pk}/report/", body, format="json")


def test_a_report_from_the_image_to_its_answer(world: World) -> None:
    made = send(world)
    assert made.status_code == 201
    body = made.json()
    assert (body["kind"], body["comment"], body["answer"]) == ("image", "A face can be seen.", None)
    listed = world.as_("reviewer").get(world.base + "reports/").json()["results"]
    [mine] = [one for one in listed if one["id"] == body["id"]]
    assert (mine["worker"], mine["closed"], mine["task"]) == ("worker", False, world.held.task_id)
    done = world.as_("reviewer").patch(f"{V1}reports/{body['id']}/", {"answer": "Thank you, we take it out."})
    assert (done.status_code, done.json()["closed"], done.json()["answered_by"]) == (
        200,
        True,
        world.users["reviewer"].username,
    )
    own = world.as_("worker").get(world.base + "me/reports/").json()["results"]
    assert [one["answer"] for one in own if one["id"] == body["id"]] == ["Thank you, we take it out."]
    assert world.as_("colleague").get(world.base + "me/reports/").json()["results"] == []
    assert Assignment.objects.get(pk=world.held.pk).state == "leased"


def test_a_worker_is_told_the_same_whether_or_not_the_image_is_gold(world: World) -> None:
    worker = make.member(world.project, username="prober")
    make.task(world.project)
    world.project.gold_rate = 0.5
    world.project.save()
    told, golden = [], []
    for rng in (make.AlwaysGold(), make.NeverGold()):
        [held] = make.claim(world.project, worker, rng=rng)
        golden.append(hasattr(held.task, "gold"))
        world.users["prober"] = worker
        answer = world.as_("prober").post(f"{V1}assignments/{held.pk}/report/", {"kind": "image", "comment": "Dark."})
        told.append((answer.status_code, {name: type(value) for name, value in answer.json().items()}))
    assert golden == [True, False]
    assert told[0] == told[1]


@pytest.mark.parametrize("body", [{"kind": "joke"}, {"kind": None}, {"comment": " "}, {"comment": "x" * 2001}])
def test_what_cannot_be_taken_is_refused_by_field(world: World, body: dict[str, Any]) -> None:
    answer = send(world, **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(body))


@pytest.mark.parametrize("body", [{}, {"answer": ""}, {"closed": False}, {"answer": None}])
def test_an_answer_says_something(world: World, body: dict[str, Any]) -> None:
    answer = world.as_("owner").patch(f"{V1}reports/{world.report.pk}/", body, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["answer"])


def test_a_report_is_put_away_without_an_answer(world: World) -> None:
    answer = world.as_("owner").patch(f"{V1}reports/{world.report.pk}/", {"closed": True}, format="json")
    assert (answer.status_code, answer.json()["closed"], answer.json()["answer"]) == (200, True, None)


def test_a_worker_knows_the_version_they_read_or_answered_under(world: World) -> None:
    worker = world.users["worker"]
    assert acknowledgements.last_known(project=world.project, worker=worker) is None
    world.as_("worker").post(world.base + "guidelines/1/acknowledge/")
    assert acknowledgements.last_known(project=world.project, worker=worker) == 1
