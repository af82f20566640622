"""Whoever has a document is not sent it again while it is still so; nobody overwrites what they did not see."""

from typing import Any

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


KEPT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # by address: two changes
    "": ({"name": "One"}, {"name": "Two"}),
    "guidelines/2/": ({"body": "# One"}, {"body": "# Two"}),
    "webhooks/{webhook}/": ({"description": "One"}, {"description": "Two"}),
}


def address(world: World, part: str) -> str:
    return world.base + part.format(example=world.example.pk, webhook=world.webhook.pk)


@pytest.mark.parametrize("part", KEPT)
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(world: World, part: str) -> None:
    (first, second), path, owner = KEPT[part], address(world, part), world.as_("owner")
    seen = owner.get(path)["ETag"]
    done = owner.patch(path, first, headers={"If-Match": seen})
    late = owner.patch(path, second, headers={"If-Match": seen})
    assert (done.status_code, late.status_code, late.json()["code"]) == (200, 412, "outdated")
    now = owner.get(path)
    assert now.json().items() >= first.items()
    assert owner.patch(path, second, headers={"If-Match": f'"other", {now["ETag"]}'}).status_code == 200


@pytest.mark.parametrize("part", KEPT)
def test_a_change_that_names_no_tag_is_made_as_ever(world: World, part: str) -> None:
    (first, second), path, owner = KEPT[part], address(world, part), world.as_("owner")
    assert owner.patch(path, first).status_code == 200
    assert owner.patch(path, second, headers={"If-Match": "*"}).status_code == 200


def test_a_tag_is_known_again_though_compression_weakened_it(world: World) -> None:
    path, owner = address(world, "guidelines/2/"), world.as_("owner")
    owner.patch(path, {"body": "Long. " * 500})
    seen = owner.get(path, headers={"Accept-Encoding": "gzip"})["ETag"]
    assert seen.startswith("W/")
    assert owner.patch(path, {"body": "Short."}, headers={"If-Match": seen}).status_code == 200
    assert owner.patch(path, {"body": "Late."}, headers={"If-Match": seen}).status_code == 412


def test_what_was_changed_meanwhile_is_not_removed(world: World) -> None:
    path, owner = address(world, "webhooks/{webhook}/"), world.as_("owner")
    seen = owner.get(path)["ETag"]
    owner.patch(path, {"description": "Another."})
    assert owner.delete(path, headers={"If-Match": seen}).status_code == 412
    assert owner.delete(path, headers={"If-Match": owner.get(path)["ETag"]}).status_code == 204


def test_an_archived_project_can_be_removed_by_who_has_seen_it(world: World) -> None:
    owner = world.as_("owner")
    assert owner.post(world.base + "archive/").status_code == 200
    assert owner.delete(world.base, headers={"If-Match": owner.get(world.base)["ETag"]}).status_code == 204


def test_nobody_learns_by_a_guess_what_is_not_theirs_to_see(world: World) -> None:
    for guess in ("*", '"x"', "nonsense"):
        answer = world.as_("stranger").patch(world.base, {"name": "N"}, headers={"If-Match": guess})
        assert answer.status_code == 404
