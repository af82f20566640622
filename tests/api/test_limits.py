"""How often callers may ask: counted in a real Valkey, told in headers, never in anybody's way."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from redis import Redis
from rest_framework.test import APIClient

from crowd.api import limits
from crowd.embedded.folder import any_free_port
from tests.api.world import V1, World
from tests.factories import make

FEW = {"reads": 3, "writes": 2, "heavy": 1, "anonymous": 2}
ANN, BOB = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def server(broker_url: str, settings: LazySettings) -> Redis:
    """The counter, empty, and limits so small that a test meets them."""
    settings.CROWD_LIMITS_URL, settings.CROWD_LIMITS = broker_url, FEW
    known = Redis.from_url(broker_url)
    for key in known.scan_iter("crowd:rate:*"):
        known.delete(key)
    return known


def statuses(ask: Callable[[], Any], times: int) -> list[int]:
    return [ask().status_code for _ in range(times)]


def test_a_spent_minute_is_told_before_and_when_it_is_spent(server: Redis, world: World) -> None:
    caller = world.as_("owner")
    first = caller.get(world.base)
    assert first["RateLimit-Policy"] == '"reads";q=3;w=60'
    assert first["RateLimit"] == '"reads";r=2;t=60'
    assert statuses(lambda: caller.get(world.base), 2) == [200, 200]
    over = caller.get(world.base)
    assert (over.status_code, over.json()["code"], over.json().keys()) == (
        429, "too_many_requests", {"code", "detail", "errors"},
    )  # fmt: skip
    assert 1 <= int(over["Retry-After"]) <= 60
    assert over["RateLimit"] == f'"reads";r=0;t={over["Retry-After"]}'
    assert caller.patch(world.base, {"name": "Still"}).status_code == 200  # other kinds are counted apart


def test_what_costs_much_is_counted_apart(server: Redis, world: World) -> None:
    caller = world.as_("owner")
    assert statuses(lambda: caller.post(world.base + "releases/", {"formats": ["no"]}), 2) == [400, 429]
    assert caller.patch(world.base, {}).status_code == 200


def test_images_may_come_one_by_one(server: Redis, world: World) -> None:
    assert world.as_("owner").post(world.base + "images/")["RateLimit-Policy"].startswith('"writes"')
    assert world.as_("owner").post(world.base + "uploads/none/complete/")["RateLimit-Policy"].startswith('"writes"')


def test_a_count_ends_by_itself(server: Redis, world: World) -> None:
    world.as_("owner").get(world.base)
    kept = list(server.scan_iter("crowd:rate:*"))
    assert len(kept) == 2
    assert all(0 < int(server.pttl(key)) <= 60_000 for key in kept)  # type: ignore[arg-type]
    for key in kept:
        server.persist(key)
    world.as_("owner").get(world.base)
    assert all(int(server.pttl(key)) > 0 for key in kept)  # type: ignore[arg-type]


def test_each_token_counts_alone_and_all_of_a_user_together(server: Redis, world: World) -> None:
    owner = world.users["owner"]
    tokens = [APIClient(headers={"Authorization": f"Bearer {make.token(owner)}"}) for _ in range(4)]
    told = [statuses(lambda one=one: one.get(world.base), 4) for one in tokens]  # type: ignore[misc]
    assert told == [[200, 200, 200, 429]] * 3 + [[429] * 4]  # three times three; what is refused does not count
    assert world.as_("reviewer").get(world.base + "conflicts/").status_code == 200


def test_a_session_is_counted_as_its_user(server: Redis, world: World) -> None:
    browser = APIClient()
    browser.force_login(world.users["owner"])
    assert statuses(lambda: browser.get(world.base), 4) == [200, 200, 200, 429]


def test_whoever_is_nobody_is_counted_by_address(server: Redis, db: None) -> None:
    wrong = APIClient(headers={"Authorization": "Bearer crowd_guess"})
    assert statuses(lambda: wrong.get(V1 + "projects/", REMOTE_ADDR=ANN), 3) == [401, 401, 429]
    assert APIClient().get(V1 + "projects/", REMOTE_ADDR=ANN).status_code == 429
    assert APIClient().get(V1 + "projects/", REMOTE_ADDR=BOB).status_code == 401


@pytest.mark.parametrize(
    ("remote", "noted", "proxies", "found"),
    [
        (ANN, "", 0, ANN),
        (ANN, BOB, 0, ANN),  # nobody vouches for the header
        (ANN, f"198.51.100.7, {BOB}", 1, BOB),
        (ANN, f"{BOB}, 10.0.0.1", 2, BOB),
        (ANN, BOB, 2, ANN),
        ("2001:db8::7:1", "", 0, "2001:db8::"),
        ("::ffff:192.0.2.1", "", 0, ANN),
        ("", "", 0, "unknown"),
    ],
)
def test_an_address_is_what_our_own_proxies_saw(
    settings: LazySettings, remote: str, noted: str, proxies: int, found: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert limits.address(RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=noted)) == found


def test_counting_asks_the_database_nothing(server: Redis, world: World, settings: LazySettings) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            world.as_("reviewer").get(world.base)
        return len(seen)

    asked()  # the token's last use is written once a minute
    counted = asked()
    settings.CROWD_LIMITS_URL = ""
    assert asked() == counted


def test_without_its_counter_nobody_is_held_up_and_the_log_says_so_once(
    settings: LazySettings, world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REST", 3600.0)  # asked once, however slow the machine
    settings.CROWD_LIMITS_URL, settings.CROWD_LIMITS = f"redis://127.0.0.1:{any_free_port()}/0", FEW
    caller = world.as_("owner")
    with caplog.at_level(logging.WARNING, "crowd.api.limits"):
        answers = [caller.get(world.base) for _ in range(5)]
    assert [one.status_code for one in answers] == [200] * 5
    assert not any("RateLimit" in one for one in answers)
    assert len([one for one in caplog.records if one.name == "crowd.api.limits"]) == 1


def test_a_limit_of_none_is_none(server: Redis, settings: LazySettings, world: World) -> None:
    settings.CROWD_LIMITS = FEW | {"reads": 0}
    assert statuses(lambda: world.as_("owner").get(world.base), 5) == [200] * 5
