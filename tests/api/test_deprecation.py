"""A call that is going away says so, in each answer and in the document, in good time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from crowd.api.deprecation import Deprecation
from crowd.api.workers import Stats
from tests.api.world import V1, World

SINCE = datetime(2030, 1, 1, tzinfo=UTC)
GOING = Deprecation(since=SINCE, sunset=SINCE + timedelta(days=365), link="https://crowd.example.org/changes#stats")


def test_a_call_that_is_going_away_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stats, "deprecated", GOING)
    for who, status in (("owner", 200), ("stranger", 404)):
        answer = world.as_(who).get(world.base + "stats/")
        assert answer.status_code == status
        assert answer["Deprecation"] == "@1893456000"
        assert answer["Sunset"] == "Wed, 01 Jan 2031 00:00:00 GMT"
        assert answer["Link"] == '<https://crowd.example.org/changes#stats>; rel="deprecation"; type="text/html"'
    assert "Deprecation" not in world.as_("owner").get(world.base)
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    operation = paths[f"{V1}projects/{{slug}}/stats/"]["get"]
    assert operation["deprecated"] is True
    assert "it stops on 2031-01-01. Instead: https://crowd.example.org" in operation["description"]
    assert not paths[f"{V1}projects/"]["get"].get("deprecated")


def test_nothing_goes_sooner_than_the_policy_says() -> None:
    with pytest.raises(ValueError, match="at least 180 days"):
        Deprecation(since=SINCE, sunset=SINCE + timedelta(days=90), link="https://crowd.example.org/")


def test_the_policy_is_in_the_document() -> None:
    told = Client().get("/api/schema/", headers={"Accept": "application/json"}).json()["info"]["description"]
    assert "at least 180 days later" in told
    assert "RFC 9745" in told
