"""One action on many tasks over HTTP: those named at once, all that match a filter in the background."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from crowd.models import Bulk, Event, Gold, Task
from crowd.workflow.tasks import bulk
from crowd.workflow.upkeep import sweeping
from tests.api.world import World
from tests.factories import make


def send(api: APIClient, path: str, body: object = None, *, expect: int = 200, verb: str = "post") -> Any:
    answer = getattr(api, verb)(path, body)
    assert answer.status_code == expect, answer.content
    return answer.json()


def go_on(made: dict[str, Any], **limits: float) -> Bulk:
    bulk.run(bulk_id=made["id"], clock=timezone.now, **limits)
    return Bulk.objects.get(pk=made["id"])


def test_a_few_named_tasks_are_changed_at_once_each_with_its_event(world: World) -> None:
    first, second = (make.task(world.project) for _ in range(2))
    path, owner = world.base + "tasks/bulk/", world.as_("owner")
    made = send(owner, path, {"action": "priority", "value": 5, "ids": [first.pk, second.pk, first.pk]})
    assert (made["state"], made["done"], made["unchanged"], made["refused"]) == ("done", 2, 0, 0)
    again = send(owner, path, {"action": "priority", "value": 5, "ids": [first.pk]})
    assert (again["done"], again["unchanged"]) == (0, 1)
    told = Event.objects.filter(type="task.changed", data__changed={"priority": [0, 5]})
    assert sorted(told.values_list("data__task", flat=True)) == [first.pk, second.pk]
    assert [one["id"] for one in send(owner, path, verb="get")["results"]][-2:] == [made["id"], again["id"]]


def test_what_its_own_verb_refuses_is_left_and_told(world: World) -> None:
    plain = make.task(world.project)
    body = {"action": "overlap", "value": 4, "ids": [plain.pk, world.gold.task_id, world.ruled.pk]}
    made = send(world.as_("reviewer"), world.base + "tasks/bulk/", body)
    assert (made["done"], made["refused"]) == (1, 2)
    assert {one["task"]: one["code"] for one in made["faults"]} == {
        world.gold.task_id: "gold",
        world.ruled.pk: "already_adjudicated",
    }
    plain.refresh_from_db()
    assert (plain.overlap, plain.open_slots) == (4, 4)


def test_all_that_match_are_changed_in_the_background_and_none_that_comes_later(world: World) -> None:
    before = {make.task(world.project).pk for _ in range(3)}
    body = {"action": "exclude", "filter": {"state": "open"}}
    made = send(world.as_("owner"), world.base + "tasks/bulk/", body, expect=202)
    later = make.task(world.project)
    assert go_on(made).state == "done"
    later.refresh_from_db()
    assert later.state == "open"
    assert before <= set(Task.objects.filter(project=world.project, state="excluded").values_list("pk", flat=True))
    shown = send(world.as_("reviewer"), f"{world.base}tasks/bulk/{made['id']}/", verb="get")
    assert (shown["state"], shown["refused"]) == ("done", 0)
    back = send(
        world.as_("owner"),
        world.base + "tasks/bulk/",
        {"action": "include", "filter": {"state": "excluded"}},
        expect=202,
    )
    assert go_on(back).done == shown["done"]


def test_a_run_that_died_goes_on_where_it_stood_and_two_at_once_count_each_task_once(world: World) -> None:
    tasks = [make.task(world.project) for _ in range(6)]
    body = {"action": "exclude", "filter": {"q": "image", "state": "open"}}
    made = send(world.as_("owner"), world.base + "tasks/bulk/", body, expect=202)
    assert go_on(made, seconds=0).done == 0
    row = Bulk.objects.get(pk=made["id"])
    assert bulk._next_batch(row, timezone.now())
    row.refresh_from_db()
    half, key = list(row.batch), row.batch[0]
    assert bulk._one(row, key, timezone.now())
    assert not bulk._one(row, key, timezone.now())  # the other run has it in its hands no more
    done = go_on(made)
    assert (done.state, done.done, done.unchanged) == ("done", len(half), 0)
    assert {task.pk for task in tasks} <= set(half)


def test_a_change_is_stopped_and_a_lost_one_is_found_by_the_sweep(world: World) -> None:
    owner = world.as_("owner")
    made = send(owner, world.base + "tasks/bulk/", {"action": "exclude", "filter": {}}, expect=202)
    stopped = send(owner, f"{world.base}tasks/bulk/{made['id']}/cancel/")
    assert stopped["state"] == "cancelled"
    assert go_on(made).done == 0
    lost = send(owner, world.base + "tasks/bulk/", {"action": "exclude", "filter": {}}, expect=202)
    late = timezone.now() + 2 * bulk.LOST_AFTER
    sweeping.sweep(now=late)
    assert Bulk.objects.get(pk=lost["id"]).moved_at == late


def test_gold_is_made_of_the_consensus_by_owners_only(world: World) -> None:
    open_ = make.task(world.project)
    body = {"action": "gold", "ids": [world.ruled.pk, open_.pk, world.gold.task_id]}
    send(world.as_("reviewer"), world.base + "tasks/bulk/", body, expect=403)
    made = send(world.as_("owner"), world.base + "tasks/bulk/", body)
    assert (made["done"], made["unchanged"], made["refused"]) == (1, 1, 1)
    assert made["faults"][0]["code"] == "not_settled"
    planted = Gold.objects.get(task=world.ruled)
    assert (planted.source, planted.annotation) == ("adjudication", make.DOG)


def test_reopening_needs_a_reason_and_tells_it(world: World) -> None:
    path = world.base + "tasks/bulk/"
    refused = send(world.as_("owner"), path, {"action": "reopen", "ids": [world.ruled.pk]}, expect=400)
    assert list(refused["errors"]) == ["reason"]
    made = send(world.as_("owner"), path, {"action": "reopen", "reason": "New rule.", "ids": [world.ruled.pk]})
    assert made["done"] == 1
    assert Event.objects.filter(type="task.reopened", data__reason="New rule.", data__task=world.ruled.pk).exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"action": "exclude"}, "ids"),
        ({"action": "exclude", "ids": [1], "filter": {}}, "ids"),
        ({"action": "exclude", "ids": []}, "ids"),
        ({"action": "exclude", "ids": [2**62]}, "ids"),
        ({"action": "priority", "ids": [1]}, "value"),
        ({"action": "overlap", "value": 0, "ids": [1]}, "value"),
        ({"action": "destroy", "ids": [1]}, "action"),
        ({"action": "exclude", "filter": {"state": "odd"}}, "filter.state"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_path(world: World, body: dict[str, Any], path: str) -> None:
    assert list(send(world.as_("owner"), world.base + "tasks/bulk/", body, expect=400)["errors"]) == [path]


def test_tasks_of_others_are_not_touched(world: World) -> None:
    refused = send(
        world.as_("owner"),
        world.base + "tasks/bulk/",
        {"action": "exclude", "ids": [world.foreign_task.pk]},
        expect=400,
    )
    assert list(refused["errors"]) == ["ids"]


def test_a_change_under_way_stops_where_its_project_is_archived(world: World) -> None:
    owner = world.as_("owner")
    made = send(owner, world.base + "tasks/bulk/", {"action": "exclude", "filter": {}}, expect=202)
    send(owner, world.base + "archive/")
    stopped = go_on(made)
    assert (stopped.state, stopped.done) == ("cancelled", 0)
    assert Event.objects.get(type="bulk.cancelled").actor is None
