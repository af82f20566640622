"""Pilots over HTTP: begun, answered by everybody, read, and the rest opened."""

from typing import Any

from rest_framework.test import APIClient

from crowd.models import Project
from tests.api.world import V1, client
from tests.factories import make


def send(api: APIClient, path: str, body: object = None, *, expect: int = 200, verb: str = "post") -> Any:
    answer = getattr(api, verb)(path, body)
    assert answer.status_code == expect, answer.content
    return answer.json() if answer.content else None


def work(api: APIClient, base: str, *answers: Any) -> None:
    """Claim everything there is and answer it."""
    given = send(api, f"{base}assignments/", {"count": 50}, expect=201)["results"]
    assert len(given) == len(answers)
    for one, annotation in zip(given, answers, strict=True):
        send(api, f"{V1}assignments/{one['id']}/submit/", {"annotation": annotation})


def test_a_pilot_from_its_beginning_to_the_opening_of_the_rest(settled: None) -> None:
    owner = make.user()
    project = make.project(owner, overlap=2)
    make.images(project, 9)
    api, crew = client(owner), [client(make.member(project, username=name)) for name in ("ann", "ben", "cid")]
    base = f"{V1}projects/{project.slug}/"
    made = send(api, f"{base}pilots/", {"size": 2}, expect=201)
    assert (made["number"], made["state"], made["size"], made["overlap"], made["holds"]) == (1, "running", 2, 3, True)
    for one in crew[:2]:
        work(one, base, make.CAT, make.DOG)
    empty = crew[0].post(f"{base}assignments/")
    assert (empty.status_code, empty["Crowd-Queue"], empty["Crowd-Queue-Reason"]) == (204, "empty", "pilot")
    assert send(api, f"{base}pilots/1/", verb="get")["progress"] == {
        "answered": 4, "asked": 6, "images_done": 0, "leased": 0,
    }  # fmt: skip
    work(crew[2], base, make.CAT, make.CAT)
    read = send(api, f"{base}pilots/1/", verb="get")
    assert (read["state"], read["holds"]) == ("finished", True)
    found = read["findings"]
    assert (found["images"], found["answers"], found["sharpen"][0]["apart"]) == (2, 6, 2)
    assert {(one["one"], one["other"]): one["pairs"] for one in found["crossed"]} == {
        ("cat", "cat"): 3, ("cat", "dog"): 2, ("dog", "dog"): 1,
    }  # fmt: skip
    assert [one["username"] for one in found["workers"]] == ["cid", "ann", "ben"]
    whole, cat, dog = found["classes"]
    assert (whole["name"], cat["name"], cat["given"], dog["given"]) == (None, "cat", 4, 2)
    assert cat["kappa"]["value"] < cat["alpha"]["value"] < 1
    send(api, f"{base}pilots/open-rest/", expect=204)
    work(crew[0], base, *[make.CAT] * 7)
    assert send(api, f"{base}pilots/open-rest/", expect=409)["code"] == "no_pilot"
    assert send(api, f"{base}pilots/1/cancel/", expect=409)["code"] == "pilot_over"
    assert not Project.objects.get(pk=project.pk).pilot
