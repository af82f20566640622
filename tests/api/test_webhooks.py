"""Webhooks as their owner calls them."""

from typing import Any

from tests.api.world import V1, World
from tests.workflow.test_webhooks import deliver, happen

SHAPE = {
    "id", "url", "events", "description", "state", "reason", "created_at", "failing_since", "next_at",
    "old_secret_until",
}  # fmt: skip
DELIVERY = {
    "id", "webhook", "event", "type", "message", "state", "attempts", "created_at", "last_at", "next_at", "status",
    "milliseconds", "excerpt", "error",
}  # fmt: skip


def call(world: World, verb: str, path: str, body: Any = None, *, expect: int, **more: str) -> Any:
    answer = getattr(world.as_("owner"), verb)(path, body, **more)
    assert answer.status_code == expect, answer.content
    return answer.json() if answer.content else None


def test_the_secret_is_told_once_and_again_only_when_it_is_a_new_one(world: World) -> None:
    body = {"url": "https://8.8.4.4/in", "events": ["task.resolved"], "description": "CI"}
    made = call(world, "post", world.base + "webhooks/", body, expect=201)
    assert made.keys() == SHAPE | {"secret"}
    assert made["secret"].startswith("whsec_")
    one = f"{V1}webhooks/{made['id']}/"
    read = call(world, "get", one, expect=200)
    assert (read.keys(), read["events"], read["state"]) == (SHAPE, ["task.resolved"], "active")
    listed = world.as_("owner").get(world.base + "webhooks/")
    assert made["secret"] not in listed.content.decode()
    assert all(row.keys() == SHAPE for row in listed.json()["results"])
    again = call(world, "post", one + "rotate/", expect=200)
    assert again["secret"] != made["secret"]
    assert again["old_secret_until"] is not None


def test_a_key_makes_one_endpoint_and_its_secret_is_not_repeated(world: World) -> None:
    body = {"url": "https://8.8.4.4/in"}
    how = {"HTTP_IDEMPOTENCY_KEY": "once"}
    call(world, "post", world.base + "webhooks/", body, expect=201, **how)
    assert call(world, "post", world.base + "webhooks/", body, expect=409, **how)["code"] == "shown_once"


def test_an_endpoint_is_changed_paused_and_removed(world: World) -> None:
    one = f"{world.base}webhooks/{world.webhook.pk}/"
    changed = call(world, "patch", one, {"events": ["release.ready"], "state": "paused"}, expect=200)
    assert (changed["events"], changed["state"], changed["url"]) == (["release.ready"], "paused", "https://8.8.8.8/")
    assert call(world, "patch", one, {"state": "disabled"}, expect=400)["errors"].keys() == {"state"}
    assert call(world, "patch", one, {"url": "http://10.0.0.1/"}, expect=400)["errors"].keys() == {"url"}
    assert call(world, "patch", one, {"events": ["everything"]}, expect=400)["errors"].keys() == {"events"}
    again = f"{V1}deliveries/{world.delivery.pk}/redeliver/"
    assert call(world, "post", again, expect=409)["code"] == "paused"
    call(world, "delete", one, expect=204)
    call(world, "get", one, expect=404)


def test_deliveries_tell_the_last_answer_newest_first(world: World, settings: Any) -> None:
    settings.CROWD_EGRESS_ALLOW = []
    world.webhook.url, world.webhook.events = "https://127.0.0.1/", ["test.told"]
    world.webhook.save()
    happen(world.project, 1)
    type(world.delivery).objects.all().delete()
    deliver(world.webhook)
    rows = call(world, "get", f"{V1}webhooks/{world.webhook.pk}/deliveries/", expect=200)["results"]
    assert rows == []  # our own transaction is under way: nothing in it is told yet
    made = world.webhook.deliveries.create(event=world.project.events.last(), created_at=world.webhook.created_at)
    [row] = call(world, "get", f"{V1}webhooks/{world.webhook.pk}/deliveries/", expect=200)["results"]
    assert (row.keys(), row["message"], row["state"]) == (DELIVERY, f"evt_{made.event_id}", "pending")
    redelivered = call(world, "post", f"{V1}deliveries/{made.pk}/redeliver/", expect=200)
    assert redelivered.keys() == DELIVERY
