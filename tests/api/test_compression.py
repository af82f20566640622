"""Answers are small for programs, whole for browsers, and nobody's cache keeps what is one person's."""

import gzip
import json

import pytest
import zstandard
from django.test import Client
from rest_framework.test import APIClient

from crowd.api.compression import preferred
from tests.api.world import World

BOTH = {"Accept-Encoding": "gzip, zstd"}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, zstd, br", "zstd"),
        ("GZIP;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("gzip;q=0", ""),
        ("identity, gzip;q=0.5", ""),
        ("br, deflate", ""),
        ("gzip;q=much", ""),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(accepted: str, coding: str) -> None:
    assert preferred(accepted) == coding


def test_a_program_is_sent_less_and_reads_the_same(world: World) -> None:
    reader, path = world.as_("owner"), world.base + "tasks/?state=resolved"
    plain = reader.get(world.base + "workers/")
    packed = reader.get(world.base + "workers/", headers=BOTH)
    zipped = reader.get(world.base + "workers/", headers={"Accept-Encoding": "gzip"})
    assert (packed["Content-Encoding"], zipped["Content-Encoding"]) == ("zstd", "gzip")
    assert "Content-Encoding" not in plain
    assert zstandard.decompress(packed.content) == plain.content == gzip.decompress(zipped.content)
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)
    assert packed["ETag"] == f"W/{plain['ETag']}"
    again = reader.get(world.base + "workers/", headers={**BOTH, "If-None-Match": packed["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert reader.get(path).status_code == 200


def test_a_browser_with_cookies_and_whoever_is_shown_a_secret_are_sent_all(world: World) -> None:
    browser = APIClient()
    browser.force_login(world.users["owner"])
    answer = browser.get(world.base + "workers/", headers=BOTH)
    assert "Content-Encoding" not in answer
    assert len(json.loads(answer.content)["results"]) == 6
    shown = world.as_("owner").post(world.base + "tokens/", {"name": "a" * 90, "scopes": ["read:labels"]})
    assert "no-store" in shown["Cache-Control"]
    assert "ETag" not in world.as_("owner").get(world.base + "tokens/")


def test_what_is_one_persons_is_kept_by_no_shared_cache(world: World) -> None:
    for path in (world.base, world.base + "nothing-here/"):
        answer = world.as_("owner").get(path)
        varies = {word.strip() for word in answer["Vary"].split(",")}
        assert {"Authorization", "Cookie", "Accept-Encoding", "Accept-Language"} <= varies
        assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("noun", ["", "guidelines/1/", "labels/", "members/"])
def test_what_is_as_it_was_is_not_sent_again(world: World, noun: str) -> None:
    reader = world.as_("owner")
    first = reader.get(world.base + noun)
    again = reader.get(world.base + noun, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize(
    "asked",
    [{"If-Match": '"other"'}, {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}],
    ids=" ".join,
)
def test_nobody_who_only_reads_is_refused_for_a_change(world: World, asked: dict[str, str]) -> None:
    answer = world.as_("owner").get(world.base, headers=asked)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_the_document_is_compressed_for_anybody() -> None:
    answer = Client().get("/api/schema/", headers={"Accept": "application/json", **BOTH})
    assert answer["Content-Encoding"] == "zstd"
    assert json.loads(zstandard.decompress(answer.content))["openapi"].startswith("3.1")
