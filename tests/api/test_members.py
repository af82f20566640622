"""What members can and may do, as owners set it over HTTP; and what makes no pilot."""

from tests.api.test_pilots import send
from tests.api.world import V1, World
from tests.factories import make


def test_what_a_pilot_cannot_be_is_told(world: World) -> None:
    owner = world.as_("owner")
    assert "size" in send(owner, f"{world.base}pilots/", {"size": 0}, expect=400)["errors"]
    wrong = {"size": 1, "filter": {"q": "nothing is called so"}}
    assert send(owner, f"{world.base}pilots/", wrong, expect=409)["code"] == "none"
    assert send(owner, f"{world.base}pilots/9/", expect=404, verb="get")["code"]
    listed = send(owner, f"{world.base}pilots/", verb="get")["results"]
    assert [(one["number"], one["state"]) for one in listed] == [(1, "cancelled")]


def test_members_have_skills_and_limits_and_images_ask_for_them(world: World) -> None:
    owner = world.as_("owner")
    path = f"{world.base}members/colleague/"
    made = send(owner, path, {"tags": ["night"], "most_answers": 0, "max_leases": 3}, verb="patch")
    assert (made["tags"], made["most_answers"], made["max_leases"], made["answers_per_hour"]) == (["night"], 0, 3, None)
    none = world.as_("colleague").post(f"{world.base}assignments/")
    assert (none.status_code, none["Crowd-Queue"], none["Crowd-Queue-Reason"]) == (204, "empty", "share")
    assert "max_leases" in send(owner, path, {"max_leases": 0}, verb="patch", expect=400)["errors"]
    assert send(owner, path, {"most_answers": None}, verb="patch")["most_answers"] is None
    task = make.task(world.project)
    assert send(owner, f"{V1}tasks/{task.pk}/", {"skill": "birds"}, verb="patch")["skill"] == "birds"
    assert send(owner, f"{world.base}tasks/bulk/", {"action": "skill", "skill": "night", "ids": [task.pk]})["done"] == 1
    assert send(owner, f"{V1}tasks/{task.pk}/", verb="get")["skill"] == "night"
    send(owner, f"{world.base}", {"skill": "owls"}, verb="patch")
    refused = send(world.as_("colleague"), f"{world.base}assignments/", expect=403)
    assert (refused["code"], "the skill “owls”" in refused["detail"]) == ("skill_required", True)
