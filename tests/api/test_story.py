"""The whole path once, by HTTP: image, lease, answer, consensus, adjudication, release."""

import hashlib
import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crowd.models import User
from tests.factories import make

Api = Callable[[User], APIClient]
V1 = "/api/v1/"


@pytest.mark.usefixtures("settled")
def test_an_image_becomes_a_released_label(api: Api) -> None:
    owner, reviewer = make.user("ann"), make.user("rob")
    crew = [make.user(f"w{number}") for number in range(5)]
    as_owner = api(owner)

    made = as_owner.post(V1 + "projects/", {"name": "Pets", "overlap": 3, "max_overlap": 3, "gold_rate": 0.0})
    assert (made.status_code, made.json()["slug"], made.json()["confidence_target"]) == (201, "pets", 0.9)
    pets = V1 + "projects/pets/"

    draft = as_owner.post(pets + "guidelines/", {"body": "# Pets", "schema": make.SCHEMA})
    assert (draft.status_code, draft.json()["number"], draft.json()["state"]) == (201, 1, "draft")
    published = as_owner.post(pets + "guidelines/1/publish/", {"impact": "clarification"})
    assert (published.status_code, published.json()["state"]) == (200, "published")

    files = [SimpleUploadedFile(f"{n}.png", make.picture(seed=n)) for n in range(2)]
    files += [SimpleUploadedFile("again.png", make.picture(seed=0)), SimpleUploadedFile("x.svg", b"<svg/>")]
    upload = as_owner.post(pets + "images/", {"file": files}, format="multipart")
    assert upload.status_code == 201
    body = upload.json()
    assert [one["name"] for one in body["created"]] == ["0.png", "1.png"]
    assert body["duplicates"] == [{"name": "again.png", "image": body["created"][0]["id"]}]
    assert [one["name"] for one in body["rejected"]] == ["x.svg"]

    for user, role in [(reviewer, "reviewer"), *((one, "worker") for one in crew)]:
        assert as_owner.post(pets + "members/", {"username": user.username, "role": role}).status_code == 201

    answers = {0: ["cat", "cat", "cat"], 1: ["cat", "dog", "fox"]}
    by_url = {}
    for worker in crew[:3]:
        for _ in range(2):
            claim = api(worker).post(pets + "assignments/")
            assert claim.status_code == 201
            [given] = claim.json()["results"]
            assert set(given) == {
                "id", "project", "image", "guideline", "prelabel", "draft", "expires_at", "state",
            }  # fmt: skip
            seen = hashlib.sha256(b"".join(api(worker).get(given["image"]["url"]).streaming_content)).hexdigest()
            number = [hashlib.sha256(make.picture(seed=n)).hexdigest() for n in range(2)].index(seen)
            scene = answers[number][crew.index(worker)]
            by_url[number] = given["image"]["url"]
            done = api(worker).post(
                V1 + f"assignments/{given['id']}/submit/", {"annotation": {"classifications": {"scene": scene}}}
            )
            assert (done.status_code, done.json()) == (200, {"id": given["id"], "state": "submitted", "feedback": None})
        none = api(worker).post(pets + "assignments/")
        assert (none.status_code, none.content, none["Crowd-Queue"]) == (204, b"", "empty")

    tasks = as_owner.get(pets + "tasks/").json()["results"]
    assert [(one["state"], one["labels"]) for one in tasks] == [("resolved", 3), ("conflict", 3)]
    assert tasks[0]["consensus"]["annotation"]["classifications"] == {"scene": "cat"}
    assert tasks[0]["consensus"]["confidence"] > 0.9

    [conflict] = api(reviewer).get(pets + "conflicts/").json()["results"]
    assert (conflict["task"], conflict["kind"]) == (tasks[1]["id"], "class_disagreement")
    ruled = api(reviewer).post(
        V1 + f"tasks/{conflict['task']}/adjudicate/",
        {"accept": tasks[1]["assignments"][2]["id"], "comment": "Look at the ears."},
    )
    assert (ruled.status_code, ruled.json()["state"]) == (200, "resolved")
    assert (ruled.json()["consensus"]["by"], ruled.json()["consensus"]["method"]) == ("rob", "adjudication")
    assert api(reviewer).get(pets + "conflicts/").json()["results"] == []

    cut = as_owner.post(pets + "releases/", {"note": "first"})
    assert cut.status_code == 202
    release = as_owner.get(pets + "releases/1/").json()
    assert (release["state"], release["images"], release["guidelines"]) == ("ready", 2, [1])
    for file in release["files"]:
        found = as_owner.get(pets + f"releases/1/files/{file['format']}/")
        assert found.status_code == 302
        content = b"".join(as_owner.get(found["Location"]).streaming_content)
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])
        if file["format"] == "manifest":
            assert file["sha256"] == release["manifest_sha256"]
            listed = {one["format"]: one["sha256"] for one in json.loads(content)["files"]}
            assert listed == {one["format"]: one["sha256"] for one in release["files"] if one["format"] != "manifest"}
    assert {"coco", "csv", "jsonl", "manifest"} <= {file["format"] for file in release["files"]}

    feed = as_owner.get(pets + "labels/").json()["results"]
    assert [one["task"] for one in feed] == [tasks[0]["id"], tasks[1]["id"]]
    assert len(feed[0]["lineage"]) == 3
    assert feed[0]["lineage"][0]["worker"] not in {one.username for one in crew}
    assert as_owner.get(pets + f"labels/?since={feed[0]['cursor']}").json()["results"] == feed[1:]
    kinds = [one["type"] for one in as_owner.get(pets + "events/").json()["results"]]
    assert {"image.imported", "task.resolved", "task.conflict", "guideline.published", "release.ready"} <= set(kinds)
    stats = as_owner.get(pets + "stats/").json()
    assert (stats["tasks"]["resolved"], stats["labels"], stats["labels_per_resolved_task"]) == (2, 6, 3.0)
