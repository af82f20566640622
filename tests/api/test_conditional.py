"""Whoever has a document already is told that it is still so, and is not sent it again."""

import pytest
from django.test import Client

from tests.api.world import World


@pytest.mark.parametrize("part", ["releases/1/", "releases/1/diff/1/"])
def test_a_release_is_sent_once(world: World, part: str) -> None:
    reader = world.as_("reviewer")
    first = reader.get(world.base + part)
    again = reader.get(world.base + part, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert reader.get(world.base + part, headers={"If-None-Match": '"other"'}).status_code == 200


def test_nobody_learns_from_a_tag_what_is_not_theirs_to_see(world: World) -> None:
    tag = world.as_("reviewer").get(world.base + "releases/1/")["ETag"]
    answer = world.as_("stranger").get(world.base + "releases/1/", headers={"If-None-Match": tag})
    assert answer.status_code == 404


def test_the_openapi_document_is_sent_once() -> None:
    first = Client().get("/api/schema/", headers={"Accept": "application/json"})
    again = Client().get("/api/schema/", headers={"Accept": "application/json", "If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
