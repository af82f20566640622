"""Appeals over HTTP, as the worker and the owner make them."""

from typing import Any

import pytest

from crowd.models import Event
from tests.api.world import V1, World
from tests.factories import make


@pytest.fixture
def paused(world: World) -> World:
    """The world with “colleague” paused by the owner."""
    answer = world.as_("owner").patch(world.base + "workers/colleague/", {"status": "paused", "reason": "Too fast."})
    assert answer.status_code == 200
    return world


def me(world: World) -> dict[str, Any]:
    return world.as_("colleague").get(world.base + "me/").json()


def test_an_appeal_from_the_pause_to_the_next_image(paused: World) -> None:
    assert (me(paused)["reason"], me(paused)["appeal"], me(paused)["may_appeal"]) == ("Too fast.", None, True)
    made = paused.as_("colleague").post(paused.base + "me/appeal/", {"text": "I know these well."})
    assert (made.status_code, made.json()["outcome"]) == (201, "")
    assert made.json() == me(paused)["appeal"]
    again = paused.as_("colleague").post(paused.base + "me/appeal/", {"text": "Please."})
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")

    [mine] = [one for one in rows(paused) if one["worker"] == "colleague"]
    assert (mine["text"], mine["given_reason"], mine["decided_at"]) == ("I know these well.", "Too fast.", None)
    assert [one["appealed"] for one in listed(paused, "workers/") if one["username"] == "colleague"] == [True]
    silent = paused.as_("owner").post(f"{V1}appeals/{mine['id']}/decide/", {"outcome": "rejected"})
    assert (silent.status_code, list(silent.json()["errors"])) == (400, ["reason"])
    done = paused.as_("owner").post(f"{V1}appeals/{mine['id']}/decide/", {"outcome": "upheld", "reason": "You do."})
    assert (done.status_code, done.json()["outcome"], done.json()["reason"]) == (200, "upheld", "You do.")

    assert (me(paused)["status"], me(paused)["appeal"]["reason"], me(paused)["may_appeal"]) == (
        "active",
        "You do.",
        False,
    )
    assert paused.as_("colleague").post(paused.base + "assignments/").status_code in {201, 204}
    types = Event.objects.filter(data__worker="colleague").order_by("pk").values_list("type", flat=True)
    assert list(types)[-4:] == ["worker.paused", "appeal.opened", "worker.resumed", "appeal.decided"]


def test_the_same_key_appeals_once(paused: World) -> None:
    answers = [
        paused.as_("colleague").post(paused.base + "me/appeal/", {"text": "Hear me."}, HTTP_IDEMPOTENCY_KEY="once")
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, None, 7])
def test_an_appeal_says_something_and_not_too_much(paused: World, text: object) -> None:
    answer = paused.as_("colleague").post(paused.base + "me/appeal/", {"text": text})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["text"])


def test_who_may_work_has_nothing_to_appeal_against(world: World) -> None:
    answer = world.as_("worker").post(world.base + "me/appeal/", {"text": "Just in case."})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_paused")


def test_an_appeal_of_another_project_is_not_there(paused: World) -> None:
    paused.as_("colleague").post(paused.base + "me/appeal/", {"text": "Hear me."})
    [mine] = [one for one in rows(paused) if one["worker"] == "colleague"]
    for who in ("stranger", "worker", "colleague", "reviewer"):
        answer = paused.as_(who).post(f"{V1}appeals/{mine['id']}/decide/", {"outcome": "upheld"})
        assert answer.status_code == 404, who


def test_a_worker_sees_no_finding_and_no_doubt(paused: World) -> None:
    make.answer(paused.project, paused.users["worker"])
    for who in ("worker", "colleague"):
        told = str(paused.as_(who).get(paused.base + "me/").json())
        assert [word for word in ("doubt", "findings", "figures", "pace", "peer") if word in told] == []


def rows(world: World) -> list[dict[str, Any]]:
    return listed(world, "appeals/")


def listed(world: World, noun: str) -> list[dict[str, Any]]:
    return list(world.as_("owner").get(world.base + noun).json()["results"])
